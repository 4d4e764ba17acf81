// Items become messages. Items of the assistant that follow each other become one, as do outputs of its calls: other dialects want all calls of a turn
// in one message and all results in the next.
#include "domain/wire/responses_input.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include "domain/wire/compose.hpp"
#include "domain/wire/media.hpp"

namespace genai::wire::responses {
namespace {

using chat::Part;
using chat::Role;
using json::Kind;

constexpr std::array<std::string_view, 4> item_types{"message", "function_call", "function_call_output", "reasoning"};
constexpr std::array<std::string_view, 8> part_types{"input_text",   "output_text",    "text",        "refusal",
                                                     "summary_text", "reasoning_text", "input_image", "input_file"};

Part part_of(Part::Kind kind, std::string text = {}) {
  Part part;
  part.kind = kind;
  part.text = std::move(text);
  return part;
}

bool speaks(const chat::Message& message) {
  return std::any_of(message.parts.begin(), message.parts.end(),
                     [](const Part& part) { return part.kind == Part::Kind::text || part.kind == Part::Kind::refusal; });
}

}  // namespace

void InputReader::read_input(std::string_view name) {
  if (skipped_null()) return;
  if (in_.kind() == Kind::string) {
    messages_.push_back({Role::user, {part_of(Part::Kind::text, text(std::string(name)))}});
    return;
  }
  if (!enter_array(std::string(name), "must be a string or an array of items")) return;
  for (std::size_t i = 0; in_.next_element(); ++i) {
    Item item;
    item.path = element(name, i);
    if (!enter_object(item.path)) continue;
    const bool was_right = !wrong_;
    read_item(item);
    if (!item.typed && !item.role.empty()) item.type = "message";
    const bool is_known = std::find(item_types.begin(), item_types.end(), item.type) != item_types.end();
    if (was_right && !is_known) wrong_.reset();  // nobody knows what is right inside of it
    if (in_.failed()) return;
    if (is_known) take(item);
    else if (item.type.empty()) note_missing(below(item.path, "type"));
    else note_foreign(below(item.path, "type"));
  }
}

void InputReader::read_item(Item& item) {
  std::string_view key;
  while (in_.next_member(key)) {
    if (key == "type") item.type = text(below(item.path, key)), item.typed = true;
    else if (key == "role") item.role = text(below(item.path, key));
    else if (key == "call_id") item.call_id = any_text();
    else if (key == "name") item.name = any_text();
    else if (key == "arguments") item.arguments = any_text();
    else if (key == "encrypted_content") item.encrypted = any_text();
    else if (key == "content" || key == "summary") read_parts(below(item.path, key), item.parts);
    else if (key == "output") item.has_output = in_.kind() != Kind::null, read_parts(below(item.path, key), item.output);
    else if (key == "id" || key == "status" || key == "phase") in_.skip();
    else if (in_.kind() != Kind::null && item.foreign_field.empty()) item.foreign_field = key, in_.skip();
    else in_.skip();
  }
}

void InputReader::read_parts(const std::string& path, std::vector<Part>& to) {
  if (skipped_null()) return;
  if (in_.kind() == Kind::string) {
    to.push_back(part_of(Part::Kind::text, text(path)));
    return;
  }
  if (!enter_array(path, "must be a string or an array of parts")) return;
  for (std::size_t i = 0; in_.next_element(); ++i) read_part(element(path, i), to);
}

void InputReader::read_part(const std::string& path, std::vector<Part>& to) {
  if (!enter_object(path)) return;
  RawPart raw;
  std::string foreign_field;
  std::string_view key;
  const std::pair<std::string_view, std::string*> texts[]{{"type", &raw.type},           {"text", &raw.text},           {"refusal", &raw.refusal},
                                                          {"image_url", &raw.image_url}, {"file_data", &raw.file_data}, {"file_url", &raw.file_url},
                                                          {"filename", &raw.filename},   {"detail", &raw.detail}};
  while (in_.next_member(key)) {
    const auto* const known = std::find_if(std::begin(texts), std::end(texts), [&](const auto& row) { return row.first == key; });
    if (known != std::end(texts)) *known->second = text(below(path, key));
    else if (key == "annotations" || key == "logprobs" || in_.kind() == Kind::null) in_.skip();
    else if (foreign_field.empty()) foreign_field = key, in_.skip();
    else in_.skip();
  }
  if (in_.failed()) return;
  if (raw.type.empty()) return note_missing(below(path, "type"));
  const bool is_known = std::find(part_types.begin(), part_types.end(), raw.type) != part_types.end();
  if (!is_known) return note_foreign(below(path, "type"));
  if (!foreign_field.empty()) return note_foreign(below(path, foreign_field));
  if (auto part = judge(path, raw)) to.push_back(std::move(*part));
}

std::optional<Part> InputReader::judge(const std::string& path, RawPart& raw) {
  if (raw.type == "input_image") return image(path, raw);
  if (raw.type == "input_file") return document(path, raw);
  if (raw.type == "refusal") return part_of(Part::Kind::refusal, std::move(raw.refusal));
  const bool is_thought = raw.type == "summary_text" || raw.type == "reasoning_text";
  return part_of(is_thought ? Part::Kind::reasoning : Part::Kind::text, std::move(raw.text));
}

std::optional<Part> InputReader::image(const std::string& path, RawPart& raw) {
  Part part = part_of(Part::Kind::image);
  if (raw.image_url.empty()) {
    note_missing(below(path, "image_url"));
    return std::nullopt;
  }
  if (!raw.detail.empty() && raw.detail != "auto" && raw.detail != "low" && raw.detail != "high") {
    note_foreign(below(path, "detail"));
    return std::nullopt;
  }
  part.detail = std::move(raw.detail);
  if (const auto data = read_data_url(raw.image_url)) {
    part.media_type = data->media_type;
    part.data = data->data;
  } else if (is_https(raw.image_url)) {
    part.url = std::move(raw.image_url);
  } else {
    note_wrong(below(path, "image_url"), "must be an https URL or a data URL in base64");
    return std::nullopt;
  }
  return part;
}

std::optional<Part> InputReader::document(const std::string& path, RawPart& raw) {
  Part part = part_of(Part::Kind::document);
  part.name = std::move(raw.filename);
  if (!raw.file_url.empty()) {
    part.url = std::move(raw.file_url);
    if (is_https(part.url)) return part;
    note_wrong(below(path, "file_url"), "must be an https URL");
  } else if (raw.file_data.empty()) {
    note_missing(below(path, "file_data"));
  } else if (const auto data = read_data_url(raw.file_data)) {
    part.media_type = data->media_type;
    part.data = data->data;
    return part;
  } else if (is_base64(raw.file_data)) {
    part.media_type = part.name.empty() ? "application/pdf" : media_type_of(part.name);
    part.data = std::move(raw.file_data);
    if (!part.media_type.empty()) return part;
    note_wrong(below(path, "filename"), "must end as files of a known type do: .pdf, .txt");
  } else {
    note_wrong(below(path, "file_data"), "must be base64, or a data URL in base64");
  }
  return std::nullopt;
}

// ---- items into messages

void InputReader::take(Item& item) {
  if (!item.foreign_field.empty()) return note_foreign(below(item.path, item.foreign_field));
  if (item.type == "message") take_message(item);
  else if (item.type == "function_call") take_call(item);
  else if (item.type == "function_call_output") take_output(item);
  else take_reasoning(item);
}

void InputReader::take_message(Item& item) {
  const bool is_assistant = item.role == "assistant";
  if (!is_assistant && item.role != "user" && item.role != "system" && item.role != "developer")
    return note_wrong(below(item.path, "role"), "must be one of user, assistant, system, developer");
  if (item.parts.empty()) return note_missing(below(item.path, "content"));
  for (std::size_t i = 0; i < item.parts.size(); ++i) {
    const auto kind = item.parts[i].kind;
    const bool is_media = kind == Part::Kind::image || kind == Part::Kind::document;
    const bool fits = kind == Part::Kind::text || (is_assistant ? kind == Part::Kind::refusal : is_media);
    if (!fits) return note_wrong(below(element(below(item.path, "content"), i), "type"), "does not fit the role of its message");
  }
  const Role role = is_assistant ? Role::assistant : item.role == "user" ? Role::user : Role::system;
  const bool joins = is_assistant && !messages_.empty() && messages_.back().role == role && !speaks(messages_.back());
  if (!joins) messages_.push_back({role, {}});
  std::move(item.parts.begin(), item.parts.end(), std::back_inserter(messages_.back().parts));
}

// The message of the assistant that is going on.
std::vector<Part>& InputReader::turn() {
  if (messages_.empty() || messages_.back().role != Role::assistant) messages_.push_back({Role::assistant, {}});
  return messages_.back().parts;
}

void InputReader::take_call(Item& item) {
  if (item.call_id.empty()) return note_missing(below(item.path, "call_id"));
  if (item.name.empty()) return note_missing(below(item.path, "name"));
  if (item.arguments.empty()) item.arguments = "{}";
  if (!is_object(item.arguments)) return note_wrong(below(item.path, "arguments"), "must be one JSON object, as a string");
  Part call = part_of(Part::Kind::tool_call, std::move(item.arguments));
  call.id = std::move(item.call_id);
  call.name = std::move(item.name);
  turn().push_back(std::move(call));
}

bool InputReader::has_results() const {
  if (messages_.empty() || messages_.back().role != Role::user) return false;
  return !messages_.back().parts.empty() && messages_.back().parts.back().kind == Part::Kind::tool_result;
}

void InputReader::take_output(Item& item) {
  if (item.call_id.empty()) return note_missing(below(item.path, "call_id"));
  if (!item.has_output) return note_missing(below(item.path, "output"));
  for (std::size_t i = 0; i < item.output.size(); ++i)
    if (item.output[i].kind != Part::Kind::text && item.output[i].kind != Part::Kind::image)
      return note_foreign(below(element(below(item.path, "output"), i), "type"));
  if (!has_results()) messages_.push_back({Role::user, {}});
  Part result = part_of(Part::Kind::tool_result);
  result.id = std::move(item.call_id);
  result.parts = std::move(item.output);
  messages_.back().parts.push_back(std::move(result));
}

// Encrypted content is the proof of what is there to read, or all there is.
void InputReader::take_reasoning(Item& item) {
  Part part = part_of(item.parts.empty() ? Part::Kind::hidden_reasoning : Part::Kind::reasoning);
  if (item.parts.empty() && item.encrypted.empty()) return;  // says nothing
  for (const Part& piece : item.parts) {
    if (piece.kind != Part::Kind::reasoning && piece.kind != Part::Kind::text) return note_foreign(below(item.path, "content"));
    if (!part.text.empty() && !piece.text.empty()) part.text += "\n\n";
    part.text += piece.text;
  }
  (item.parts.empty() ? part.data : part.signature) = std::move(item.encrypted);
  turn().push_back(std::move(part));
}

}  // namespace genai::wire::responses

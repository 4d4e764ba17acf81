// What a request in the dialect of responses asks, for upstreams that speak another one.
//
// Members come in any order, so an item is gathered first and judged when it is complete. Items of the assistant that follow each other become
// one message, as do outputs of its calls: other dialects want all calls of a turn in one message and all results in the next.
#include <algorithm>
#include <array>
#include <charconv>

#include "domain/wire/body_reader.hpp"
#include "domain/wire/compose.hpp"
#include "domain/wire/media.hpp"
#include "domain/wire/responses.hpp"

namespace genai::wire::responses {
namespace {

using chat::Part;
using chat::Role;
using json::Kind;

constexpr std::string_view foreign = "is not supported for this model, whose provider speaks another dialect";
constexpr std::array<std::string_view, 6> efforts{"none", "minimal", "low", "medium", "high", "xhigh"};

std::string element(std::string_view path, std::size_t index) { return std::string(path) + "[" + std::to_string(index) + "]"; }
std::string below(std::string_view path, std::string_view member) { return std::string(path) + "." + std::string(member); }

Part part_of(Part::Kind kind, std::string text = {}) {
  Part part;
  part.kind = kind;
  part.text = std::move(text);
  return part;
}

// An item of the input, before it is judged.
struct Item {
  std::string path, type, role, call_id, name, arguments, encrypted, output_text;
  std::string foreign_field;  // the first one that is not known
  bool typed = false, has_output = false, has_reasoning = false;
  std::vector<Part> parts;    // of content, and of a summary before it
  std::vector<Part> output;
};

class ConversationReader {
 public:
  explicit ConversationReader(std::string_view body) : in_(body, json::Duplicates::allowed), body_(body) {}

  Result<chat::Conversation> read() {
    std::string_view name;
    if (!in_.enter_object()) return Error{Code::expected_object, "the body must be one JSON object", {}};
    while (in_.next_member(name)) member(name);
    if (!in_.end()) return in_.error();
    if (to_.user.empty()) to_.user = std::move(safety_identifier_);
    if (instructions_) to_.messages.insert(to_.messages.begin(), {Role::system, {part_of(Part::Kind::text, std::move(*instructions_))}});
    if (wrong_) return std::move(*wrong_);
    return std::move(to_);
  }

 private:
  using Read = void (ConversationReader::*)(std::string_view name);
  struct Row {
    std::string_view name;
    Read read;
  };
  static const std::array<Row, 24> rows;

  void member(std::string_view name) {
    for (const Row& row : rows)
      if (row.name == name) return (this->*row.read)(row.name);
    refuse(name);
  }

  // ---- values

  void note(Error error) {
    if (!wrong_) wrong_ = std::move(error);  // the first one is told
  }
  void note_foreign(std::string path) { note(unsupported(std::move(path), foreign)); }

  bool skipped_null() { return in_.kind() == Kind::null && in_.null(); }

  // What has no counterpart; null says nothing.
  void refuse(std::string_view name) {
    if (in_.kind() != Kind::null) note_foreign(std::string(name));
    in_.skip();
  }

  void hint(std::string_view) { in_.skip(); }

  std::string text(const std::string& path) {
    if (skipped_null()) return {};
    const auto text = in_.string();
    if (text) return plain(*text);
    note(wrong_value(path, "must be a string"));
    return {};
  }

  std::optional<bool> boolean(const std::string& path) {
    if (skipped_null()) return std::nullopt;
    const auto value = in_.boolean();
    if (!value) note(wrong_value(path, "must be true or false"));
    return value;
  }

  std::string number(std::string_view name) {
    if (skipped_null()) return {};
    const auto value = in_.number();
    if (!value) note(wrong_value(std::string(name), "must be a number"));
    return std::string(value.value_or(""));
  }

  // An object as it stands there.
  std::string object(const std::string& path) {
    if (skipped_null()) return {};
    const bool is_object = in_.kind() == Kind::object;
    const std::size_t begin = in_.at();
    in_.skip();
    if (is_object && !in_.failed()) return std::string(body_.substr(begin, in_.behind() - begin));
    note(wrong_value(path, "must be an object"));
    return {};
  }

  bool enter_object(const std::string& path) {
    if (in_.enter_object()) return true;
    note(wrong_value(path, "must be an object"));
    return false;
  }

  // ---- the fields of the body, by name

  void read_stream(std::string_view name) { to_.stream = boolean(std::string(name)).value_or(false); }
  void read_parallel(std::string_view name) { to_.parallel_tool_calls = boolean(std::string(name)); }
  void read_temperature(std::string_view name) { to_.temperature = number(name); }
  void read_top_p(std::string_view name) { to_.top_p = number(name); }
  void read_user(std::string_view name) { to_.user = text(std::string(name)); }
  void read_safety_identifier(std::string_view name) { safety_identifier_ = text(std::string(name)); }

  void read_instructions(std::string_view name) {
    if (in_.kind() != Kind::null) instructions_ = text(std::string(name));
    else in_.skip();
  }

  void read_max_tokens(std::string_view name) {
    const std::string digits = number(name);
    std::int64_t value = 0;
    if (digits.empty()) return;
    const auto [stop, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (failed == std::errc() && stop == digits.data() + digits.size() && value > 0) to_.max_tokens = value;
    else note(wrong_value(std::string(name), "must be an integer of at least 1"));
  }

  // Switches that would make OpenAI keep or do something.
  void read_off(std::string_view name) {
    if (boolean(std::string(name)).value_or(false)) note_foreign(std::string(name));
  }

  void read_top_logprobs(std::string_view name) {
    const std::string asked = number(name);
    if (!asked.empty() && asked != "0") note_foreign(std::string(name));
  }

  void read_truncation(std::string_view name) { read_word(std::string(name), {"disabled"}); }
  void read_service_tier(std::string_view name) { read_word(std::string(name), {"auto", "default"}); }

  // Only the words that mean what is done anyway.
  void read_word(const std::string& path, std::initializer_list<std::string_view> harmless) {
    const std::string word = text(path);
    if (!word.empty() && std::find(harmless.begin(), harmless.end(), word) == harmless.end()) note_foreign(path);
  }

  void read_include(std::string_view name) {
    if (skipped_null()) return;
    if (!in_.enter_array()) return note(wrong_value(std::string(name), "must be an array"));
    for (std::size_t i = 0; in_.next_element(); ++i) read_word(element(name, i), {"reasoning.encrypted_content"});
  }

  void read_stream_options(std::string_view name) {
    if (skipped_null() || !enter_object(std::string(name))) return;
    std::string_view key;
    while (in_.next_member(key)) key == "include_obfuscation" ? in_.skip() : refuse(below(name, key));
  }

  void read_reasoning(std::string_view name) {
    if (skipped_null() || !enter_object(std::string(name))) return;
    std::string_view key;
    while (in_.next_member(key)) {
      if (key == "effort") read_effort(below(name, key));
      else if (key == "summary" || key == "generate_summary") in_.skip();
      else refuse(below(name, key));
    }
  }

  void read_effort(const std::string& path) {
    to_.effort = text(path);
    if (!to_.effort.empty() && std::find(efforts.begin(), efforts.end(), to_.effort) == efforts.end())
      note(wrong_value(path, "must be one of none, minimal, low, medium, high, xhigh"));
  }

  void read_text_options(std::string_view name) {
    if (skipped_null() || !enter_object(std::string(name))) return;
    std::string_view key;
    while (in_.next_member(key)) {
      if (key == "format") read_format(below(name, key));
      else if (key == "verbosity") read_word(below(name, key), {"medium"});
      else refuse(below(name, key));
    }
  }

  void read_format(const std::string& path) {
    if (skipped_null() || !enter_object(path)) return;
    std::string type;
    std::string_view key;
    while (in_.next_member(key)) {
      if (key == "type") type = text(below(path, key));
      else if (key == "name") to_.format.name = text(below(path, key));
      else if (key == "description") to_.format.description = text(below(path, key));
      else if (key == "schema") to_.format.schema = object(below(path, key));
      else if (key == "strict") to_.format.strict = boolean(below(path, key));
      else refuse(below(path, key));
    }
    if (in_.failed()) return;
    using Format = chat::OutputFormat::Kind;
    if (type == "json_schema") to_.format.kind = Format::json_schema;
    else if (type == "json_object") to_.format.kind = Format::json_object;
    else if (type != "text") note(wrong_value(below(path, "type"), "must be one of text, json_object, json_schema"));
    if (type == "json_schema" && to_.format.schema.empty()) note(missing(below(path, "schema")));
    if (type == "json_schema" && to_.format.name.empty()) note(missing(below(path, "name")));
  }

  static Error missing(std::string path) {
    Error error = wrong_value(std::move(path), "is required");
    error.code = Code::missing_field;
    return error;
  }

  // ---- tools

  void read_tools(std::string_view name) {
    if (skipped_null()) return;
    if (!in_.enter_array()) return note(wrong_value(std::string(name), "must be an array"));
    for (std::size_t i = 0; in_.next_element(); ++i) read_tool(element(name, i));
  }

  void read_tool(const std::string& path) {
    if (!enter_object(path)) return;
    chat::Tool tool;
    std::string type, foreign_field;
    std::string_view key;
    while (in_.next_member(key)) {
      if (key == "type") type = text(below(path, key));
      else if (key == "name") tool.name = any_text();
      else if (key == "description") tool.description = any_text();
      else if (key == "parameters") tool.schema = any_object();
      else if (key == "strict") tool.strict = any_boolean();
      else if (in_.kind() != Kind::null && foreign_field.empty()) foreign_field = key, in_.skip();
      else in_.skip();
    }
    if (in_.failed()) return;
    if (type.empty()) return note(missing(below(path, "type")));
    if (type != "function") return note(unsupported(below(path, "type"), "must be \"function\": tools that run at OpenAI are not supported for this model"));
    if (!foreign_field.empty()) return note_foreign(below(path, foreign_field));
    if (tool.name.empty()) return note(missing(below(path, "name")));
    to_.tools.push_back(std::move(tool));
  }

  // Of tools whose type is not known yet: what is of another kind counts as absent.
  std::string any_text() {
    const auto text = in_.string();
    return text ? plain(*text) : std::string();
  }
  std::string any_object() {
    if (in_.kind() == Kind::object) return object({});
    in_.skip();
    return {};
  }
  std::optional<bool> any_boolean() { return in_.boolean(); }

  void read_tool_choice(std::string_view name) {
    using Choice = chat::ToolChoice::Kind;
    if (skipped_null()) return;
    chat::ToolChoice& choice = to_.tool_choice.emplace();
    if (in_.kind() == Kind::string) {
      const std::string word = any_text();
      if (word == "none") choice.kind = Choice::none;
      else if (word == "required") choice.kind = Choice::any;
      else if (word != "auto") note(wrong_value(std::string(name), "must be one of auto, none, required, or an object"));
      return;
    }
    if (!enter_object(std::string(name))) return;
    std::string type, foreign_field;
    std::string_view key;
    while (in_.next_member(key)) {
      if (key == "type") type = text(below(name, key));
      else if (key == "name") choice.name = any_text();
      else if (in_.kind() != Kind::null && foreign_field.empty()) foreign_field = key, in_.skip();
      else in_.skip();
    }
    if (in_.failed()) return;
    choice.kind = Choice::one;
    if (type != "function") return note_foreign(below(name, "type"));
    if (!foreign_field.empty()) return note_foreign(below(name, foreign_field));
    if (choice.name.empty()) note(missing(below(name, "name")));
  }

  // ---- input

  void read_input(std::string_view name) {
    if (skipped_null()) return;
    if (in_.kind() == Kind::string) {
      to_.messages.push_back({Role::user, {part_of(Part::Kind::text, text(std::string(name)))}});
      return;
    }
    if (!in_.enter_array()) return note(wrong_value(std::string(name), "must be a string or an array of items"));
    for (std::size_t i = 0; in_.next_element(); ++i) {
      Item item;
      item.path = element(name, i);
      if (!enter_object(item.path)) continue;
      read_item(item);
      if (!in_.failed()) take(std::move(item));
    }
  }

  void read_item(Item& item) {
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

  void read_parts(const std::string& path, std::vector<Part>& to) {
    if (skipped_null()) return;
    if (in_.kind() == Kind::string) {
      to.push_back(part_of(Part::Kind::text, text(path)));
      return;
    }
    if (!in_.enter_array()) return note(wrong_value(path, "must be a string or an array of parts"));
    for (std::size_t i = 0; in_.next_element(); ++i) read_part(element(path, i), to);
  }

  // A part, as its members say.
  struct Raw {
    std::string type, text, refusal, image_url, file_data, file_url, filename, detail;
  };

  void read_part(const std::string& path, std::vector<Part>& to) {
    if (!enter_object(path)) return;
    Raw raw;
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
    if (raw.type.empty()) return note(missing(below(path, "type")));
    if (auto part = judge(path, raw)) to.push_back(std::move(*part));
    if (!foreign_field.empty()) note_foreign(below(path, foreign_field));
  }

  std::optional<Part> judge(const std::string& path, Raw& raw) {
    if (raw.type == "input_text" || raw.type == "output_text" || raw.type == "text") return part_of(Part::Kind::text, std::move(raw.text));
    if (raw.type == "summary_text" || raw.type == "reasoning_text") return part_of(Part::Kind::reasoning, std::move(raw.text));
    if (raw.type == "refusal") return part_of(Part::Kind::refusal, std::move(raw.refusal));
    if (raw.type == "input_image") return image(path, raw);
    if (raw.type == "input_file") return document(path, raw);
    note_foreign(below(path, "type"));
    return std::nullopt;
  }

  std::optional<Part> image(const std::string& path, Raw& raw) {
    Part part = part_of(Part::Kind::image);
    if (raw.image_url.empty()) {
      note_foreign(below(path, "file_id"));
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
      note(wrong_value(below(path, "image_url"), "must be an https URL or a data URL in base64"));
      return std::nullopt;
    }
    return part;
  }

  std::optional<Part> document(const std::string& path, Raw& raw) {
    Part part = part_of(Part::Kind::document);
    part.name = std::move(raw.filename);
    if (!raw.file_url.empty()) {
      part.url = std::move(raw.file_url);
      if (is_https(part.url)) return part;
      note(wrong_value(below(path, "file_url"), "must be an https URL"));
    } else if (raw.file_data.empty()) {
      note_foreign(below(path, "file_id"));
    } else if (const auto data = read_data_url(raw.file_data)) {
      part.media_type = data->media_type;
      part.data = data->data;
      return part;
    } else if (is_base64(raw.file_data)) {
      part.media_type = part.name.empty() ? "application/pdf" : media_type_of(part.name);
      part.data = std::move(raw.file_data);
      if (!part.media_type.empty()) return part;
      note(wrong_value(below(path, "filename"), "must end as files of a known type do: .pdf, .txt"));
    } else {
      note(wrong_value(below(path, "file_data"), "must be base64, or a data URL in base64"));
    }
    return std::nullopt;
  }

  // ---- items into messages

  void take(Item item) {
    const bool is_message = item.type == "message" || (!item.typed && !item.role.empty());
    const bool is_known = is_message || item.type == "function_call" || item.type == "function_call_output" || item.type == "reasoning";
    if (!is_known && !item.typed) return note(missing(below(item.path, "type")));
    if (!is_known) return note_foreign(below(item.path, "type"));
    if (!item.foreign_field.empty()) return note_foreign(below(item.path, item.foreign_field));
    if (is_message) take_message(item);
    else if (item.type == "function_call") take_call(item);
    else if (item.type == "function_call_output") take_output(item);
    else take_reasoning(item);
  }

  void take_message(Item& item) {
    const bool is_assistant = item.role == "assistant";
    if (!is_assistant && item.role != "user" && item.role != "system" && item.role != "developer")
      return note(wrong_value(below(item.path, "role"), "must be one of user, assistant, system, developer"));
    if (item.parts.empty()) return note(missing(below(item.path, "content")));
    for (std::size_t i = 0; i < item.parts.size(); ++i) {
      const auto kind = item.parts[i].kind;
      const bool fits = kind == Part::Kind::text || (is_assistant ? kind == Part::Kind::refusal : kind == Part::Kind::image || kind == Part::Kind::document);
      if (!fits) return note(wrong_value(below(element(below(item.path, "content"), i), "type"), "does not fit the role of its message"));
    }
    const Role role = is_assistant ? Role::assistant : item.role == "user" ? Role::user : Role::system;
    const bool joins = is_assistant && !to_.messages.empty() && to_.messages.back().role == role && !speaks(to_.messages.back());
    if (!joins) to_.messages.push_back({role, {}});
    std::move(item.parts.begin(), item.parts.end(), std::back_inserter(to_.messages.back().parts));
  }

  static bool speaks(const chat::Message& message) {
    return std::any_of(message.parts.begin(), message.parts.end(),
                       [](const Part& part) { return part.kind == Part::Kind::text || part.kind == Part::Kind::refusal; });
  }

  // The message of the assistant that is going on.
  std::vector<Part>& turn() {
    if (to_.messages.empty() || to_.messages.back().role != Role::assistant) to_.messages.push_back({Role::assistant, {}});
    return to_.messages.back().parts;
  }

  void take_call(Item& item) {
    if (item.call_id.empty()) return note(missing(below(item.path, "call_id")));
    if (item.name.empty()) return note(missing(below(item.path, "name")));
    if (item.arguments.empty()) item.arguments = "{}";
    if (!is_object(item.arguments)) return note(wrong_value(below(item.path, "arguments"), "must be one JSON object, as a string"));
    Part call = part_of(Part::Kind::tool_call, std::move(item.arguments));
    call.id = std::move(item.call_id);
    call.name = std::move(item.name);
    turn().push_back(std::move(call));
  }

  void take_output(Item& item) {
    if (item.call_id.empty()) return note(missing(below(item.path, "call_id")));
    if (!item.has_output) return note(missing(below(item.path, "output")));
    for (std::size_t i = 0; i < item.output.size(); ++i)
      if (item.output[i].kind != Part::Kind::text && item.output[i].kind != Part::Kind::image)
        return note_foreign(below(element(below(item.path, "output"), i), "type"));
    const bool joins = !to_.messages.empty() && to_.messages.back().role == Role::user && !to_.messages.back().parts.empty() &&
                       to_.messages.back().parts.back().kind == Part::Kind::tool_result;
    if (!joins) to_.messages.push_back({Role::user, {}});
    Part result = part_of(Part::Kind::tool_result);
    result.id = std::move(item.call_id);
    result.parts = std::move(item.output);
    to_.messages.back().parts.push_back(std::move(result));
  }

  // Encrypted content is the proof of what is there to read, or all there is.
  void take_reasoning(Item& item) {
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

  json::Reader in_;
  std::string_view body_;
  chat::Conversation to_;
  std::optional<Error> wrong_;
  std::optional<std::string> instructions_;
  std::string safety_identifier_;
};

const std::array<ConversationReader::Row, 24> ConversationReader::rows{{
    {"model", &ConversationReader::hint},
    {"input", &ConversationReader::read_input},
    {"instructions", &ConversationReader::read_instructions},
    {"stream", &ConversationReader::read_stream},
    {"stream_options", &ConversationReader::read_stream_options},
    {"max_output_tokens", &ConversationReader::read_max_tokens},
    {"temperature", &ConversationReader::read_temperature},
    {"top_p", &ConversationReader::read_top_p},
    {"tools", &ConversationReader::read_tools},
    {"tool_choice", &ConversationReader::read_tool_choice},
    {"parallel_tool_calls", &ConversationReader::read_parallel},
    {"reasoning", &ConversationReader::read_reasoning},
    {"text", &ConversationReader::read_text_options},
    {"user", &ConversationReader::read_user},
    {"safety_identifier", &ConversationReader::read_safety_identifier},
    {"metadata", &ConversationReader::hint},
    {"prompt_cache_key", &ConversationReader::hint},
    {"prompt_cache_retention", &ConversationReader::hint},
    {"store", &ConversationReader::read_off},
    {"background", &ConversationReader::read_off},
    {"truncation", &ConversationReader::read_truncation},
    {"service_tier", &ConversationReader::read_service_tier},
    {"include", &ConversationReader::read_include},
    {"top_logprobs", &ConversationReader::read_top_logprobs},
}};

}  // namespace

Result<chat::Conversation> read(const chat::Chat& chat) { return ConversationReader(chat.body).read(); }

}  // namespace genai::wire::responses

// What a request in the dialect of responses asks, for upstreams that speak another one.
//
// Everything is looked at: what is not known could mean anything, so it is refused.
#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include "domain/wire/compose.hpp"
#include "domain/wire/conversation_reader.hpp"
#include "domain/wire/media.hpp"
#include "domain/wire/responses.hpp"

namespace genai::wire::responses {
namespace {

using chat::Part;
using chat::Role;
using json::Kind;

constexpr std::string_view foreign = "cannot be said to the provider of this model, which speaks another dialect";
constexpr std::array<std::string_view, 4> item_types{"message", "function_call", "function_call_output", "reasoning"};
constexpr std::array<std::string_view, 8> part_types{"input_text",   "output_text",    "text",        "refusal",
                                                     "summary_text", "reasoning_text", "input_image", "input_file"};
constexpr std::array<std::string_view, 7> efforts{"none", "minimal", "low", "medium", "high", "xhigh", "max"};

std::string element(std::string_view path, std::size_t index) { return std::string(path) + "[" + std::to_string(index) + "]"; }
std::string below(std::string_view path, std::string_view member) { return std::string(path) + "." + std::string(member); }

bool speaks(const chat::Message& message) {
  return std::any_of(message.parts.begin(), message.parts.end(),
                     [](const Part& part) { return part.kind == Part::Kind::text || part.kind == Part::Kind::refusal; });
}

class Reading final : ConversationReader {
 public:
  explicit Reading(const chat::Chat& chat) : ConversationReader(chat) {}

  Result<chat::Conversation> read() {
    std::string_view name;
    in_.enter_object();
    while (in_.next_member(name)) member(name);
    if (asked_.user.empty()) asked_.user = std::move(safety_identifier_);
    if (instructions_) asked_.messages.insert(asked_.messages.begin(), std::move(*instructions_));
    return finished();
  }

 private:
  using Read = void (Reading::*)(std::string_view name);
  struct Row {
    std::string_view name;
    Read read;
  };
  static const std::array<Row, 25> rows;

  void member(std::string_view name) {
    for (const Row& row : rows)
      if (row.name == name) return (this->*row.read)(row.name);
    is_hint(name) ? in_.skip() : refuse(name);
  }

  // What has no counterpart; null says nothing.
  void refuse(std::string_view name) { only(name, {}); }

  // ---- the fields of the body, by name. Those that the decoder reads stand in the chat already.

  void known(std::string_view) { in_.skip(); }
  void read_parallel(std::string_view name) { asked_.parallel_tool_calls = boolean(name); }
  void read_temperature(std::string_view name) { asked_.temperature = number(name, 0, 2, "must be a number from 0 to 2"); }
  void read_top_p(std::string_view name) { asked_.top_p = number(name, 0, 1, "must be a number from 0 to 1"); }
  void read_safety_identifier(std::string_view name) { safety_identifier_ = said(name); }

  void read_instructions(std::string_view name) {
    if (auto words = text(name)) instructions_ = chat::Message{Role::system, {Part{.kind = Part::Kind::text, .text = *std::move(words)}}};
  }

  // What would make OpenAI keep or do something.
  void read_off(std::string_view name) { only(name, {"false"}); }
  void read_top_logprobs(std::string_view name) { only(name, {"0"}); }
  void read_truncation(std::string_view name) { only(name, {R"("disabled")"}); }
  void read_service_tier(std::string_view name) { only(name, {R"("auto")", R"("default")"}); }

  void read_include(std::string_view name) {
    if (skipped_null() || !enter_array(name, "must be an array")) return;
    for (std::size_t i = 0; in_.next_element(); ++i) only(element(name, i), {R"("reasoning.encrypted_content")"});
  }

  void read_stream_options(std::string_view name) {
    if (skipped_null() || !enter_object(name)) return;
    std::string_view key;
    while (in_.next_member(key)) key == "include_obfuscation" ? in_.skip() : refuse(below(name, key));
  }

  bool enter_object(std::string_view path) { return in_.enter_object() || (wrong(path, "must be an object"), false); }
  bool enter_array(std::string_view path, std::string_view what) { return in_.enter_array() || (wrong(path, what), false); }

  // An object as it was written; null is absent.
  std::string object(std::string_view path) {
    const Kind kind = in_.kind();
    const std::string_view written = raw();
    if (kind == Kind::object) return std::string(written);
    if (kind != Kind::null) wrong(path, "must be an object");
    return {};
  }

  // Where it is not known yet what they belong to: what is of another kind is absent.
  std::string any_text() {
    const auto words = in_.string();
    return words ? words->unescaped() : std::string();
  }
  std::string any_object() {
    const bool is_object = in_.kind() == Kind::object;
    const std::string_view written = raw();
    return is_object ? std::string(written) : std::string();
  }

  void read_reasoning(std::string_view name) {
    if (skipped_null() || !enter_object(name)) return;
    std::string_view key;
    while (in_.next_member(key)) {
      if (key == "effort") read_effort(below(name, key));
      else if (key == "summary" || key == "generate_summary") in_.skip();
      else refuse(below(name, key));
    }
  }

  void read_effort(const std::string& path) {
    asked_.effort = said(path);
    if (!asked_.effort.empty() && std::find(efforts.begin(), efforts.end(), asked_.effort) == efforts.end())
      wrong(path, "must be one of none, minimal, low, medium, high, xhigh, max");
  }

  void read_text_options(std::string_view name) {
    if (skipped_null() || !enter_object(name)) return;
    std::string_view key;
    while (in_.next_member(key)) {
      if (key == "format") read_format(below(name, key));
      else if (key == "verbosity") only(below(name, key), {R"("medium")"});
      else refuse(below(name, key));
    }
  }

  void read_format(const std::string& path) {
    if (skipped_null() || !enter_object(path)) return;
    std::string type;
    std::string_view key;
    while (in_.next_member(key)) {
      if (key == "type") type = said(below(path, key));
      else if (key == "name") asked_.format.name = said(below(path, key));
      else if (key == "description") asked_.format.description = said(below(path, key));
      else if (key == "schema") asked_.format.schema = object(below(path, key));
      else if (key == "strict") asked_.format.strict = boolean(below(path, key));
      else refuse(below(path, key));
    }
    if (in_.failed()) return;
    using Format = chat::OutputFormat::Kind;
    if (type == "json_schema") asked_.format.kind = Format::json_schema;
    else if (type == "json_object") asked_.format.kind = Format::json_object;
    else if (type != "text") wrong(below(path, "type"), "must be one of text, json_object, json_schema");
    if (type == "json_schema" && asked_.format.schema.empty()) wrong(Code::missing_field, below(path, "schema"), "is required");
    if (type == "json_schema" && asked_.format.name.empty()) wrong(Code::missing_field, below(path, "name"), "is required");
  }

  // ---- tools

  void read_tools(std::string_view name) {
    if (skipped_null()) return;
    if (!enter_array(name, "must be an array")) return;
    for (std::size_t i = 0; in_.next_element(); ++i) read_tool(element(name, i));
  }

  void read_tool(const std::string& path) {
    if (!enter_object(path)) return;
    chat::Tool tool;
    std::string type, foreign_field;
    std::string_view key;
    while (in_.next_member(key)) {
      if (key == "type") type = said(below(path, key));
      else if (key == "name") tool.name = any_text();
      else if (key == "description") tool.description = any_text();
      else if (key == "parameters") tool.schema = any_object();
      else if (key == "strict") tool.strict = in_.boolean();
      else if (in_.kind() != Kind::null && foreign_field.empty()) foreign_field = key, in_.skip();
      else in_.skip();
    }
    if (in_.failed()) return;
    if (type.empty()) return wrong(Code::missing_field, below(path, "type"), "is required");
    if (type != "function") return wrong(Code::unsupported_parameter, below(path, "type"), "must be 'function' for this model: other tools run at OpenAI only");
    if (!foreign_field.empty()) return wrong(Code::unsupported_parameter, below(path, foreign_field), foreign);
    if (tool.name.empty()) return wrong(Code::missing_field, below(path, "name"), "is required");
    asked_.tools.push_back(std::move(tool));
  }

  void read_tool_choice(std::string_view name) {
    using Choice = chat::ToolChoice::Kind;
    if (skipped_null()) return;
    chat::ToolChoice& choice = asked_.tool_choice.emplace();
    if (in_.kind() == Kind::string) {
      const std::string word = any_text();
      if (word == "none") choice.kind = Choice::none;
      else if (word == "required") choice.kind = Choice::any;
      else if (word != "auto") wrong(name, "must be one of auto, none, required, or an object");
      return;
    }
    if (!enter_object(name)) return;
    std::string type, foreign_field;
    std::string_view key;
    while (in_.next_member(key)) {
      if (key == "type") type = said(below(name, key));
      else if (key == "name") choice.name = any_text();
      else if (in_.kind() != Kind::null && foreign_field.empty()) foreign_field = key, in_.skip();
      else in_.skip();
    }
    if (in_.failed()) return;
    choice.kind = Choice::one;
    if (type != "function") return wrong(Code::unsupported_parameter, below(name, "type"), foreign);
    if (!foreign_field.empty()) return wrong(Code::unsupported_parameter, below(name, foreign_field), foreign);
    if (choice.name.empty()) wrong(Code::missing_field, below(name, "name"), "is required");
  }

  // ---- input

  // An item, before it is judged: its members come in any order.
  struct Item {
    std::string path, type, role, call_id, name, arguments, encrypted;
    std::string foreign_field;  // the first one that is not known
    bool typed = false, has_output = false;
    std::vector<Part> parts;  // of content, and of a summary
    std::vector<Part> output;
  };

  // A part, as its members say.
  struct RawPart {
    std::string type, text, refusal, image_url, file_data, file_url, filename, detail;
  };

  void read_input(std::string_view name) {
    if (skipped_null()) return;
    if (in_.kind() == Kind::string) {
      asked_.messages.push_back({Role::user, {Part{.kind = Part::Kind::text, .text = said(name)}}});
      return;
    }
    if (!enter_array(name, "must be a string or an array of items")) return;
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
      else if (item.type.empty()) wrong(Code::missing_field, below(item.path, "type"), "is required");
      else wrong(Code::unsupported_parameter, below(item.path, "type"), foreign);
    }
  }

  void read_item(Item& item) {
    std::string_view key;
    while (in_.next_member(key)) {
      if (key == "type") item.type = said(below(item.path, key)), item.typed = true;
      else if (key == "role") item.role = said(below(item.path, key));
      else if (key == "call_id") item.call_id = any_text();
      else if (key == "name") item.name = any_text();
      else if (key == "arguments") item.arguments = any_text();
      else if (key == "encrypted_content") item.encrypted = any_text();
      else if (key == "content" || key == "summary") read_parts(below(item.path, key), item.parts);
      else if (key == "output") item.has_output = in_.kind() != Kind::null, read_parts(below(item.path, key), item.output);
      else if (key == "id" || key == "status" || key == "phase" || key == "parsed_arguments") in_.skip();  // what SDKs add is not said
      else if (in_.kind() != Kind::null && item.foreign_field.empty()) item.foreign_field = key, in_.skip();
      else in_.skip();
    }
  }

  void read_parts(const std::string& path, std::vector<Part>& to) {
    if (skipped_null()) return;
    if (in_.kind() == Kind::string) {
      to.push_back(Part{.kind = Part::Kind::text, .text = said(path)});
      return;
    }
    if (!enter_array(path, "must be a string or an array of parts")) return;
    for (std::size_t i = 0; in_.next_element(); ++i) read_part(element(path, i), to);
  }

  void read_part(const std::string& path, std::vector<Part>& to) {
    if (!enter_object(path)) return;
    RawPart raw;
    std::string foreign_field;
    std::string_view key;
    const std::pair<std::string_view, std::string*> texts[]{{"type", &raw.type},           {"text", &raw.text},           {"refusal", &raw.refusal},
                                                            {"image_url", &raw.image_url}, {"file_data", &raw.file_data}, {"file_url", &raw.file_url},
                                                            {"filename", &raw.filename},   {"detail", &raw.detail}};
    while (in_.next_member(key)) {
      const auto* const known = std::find_if(std::begin(texts), std::end(texts), [&](const auto& row) { return row.first == key; });
      if (known != std::end(texts)) *known->second = said(below(path, key));
      else if (key == "annotations" || key == "logprobs" || key == "parsed" || in_.kind() == Kind::null) in_.skip();
      else if (foreign_field.empty()) foreign_field = key, in_.skip();
      else in_.skip();
    }
    if (in_.failed()) return;
    if (raw.type.empty()) return wrong(Code::missing_field, below(path, "type"), "is required");
    const bool is_known = std::find(part_types.begin(), part_types.end(), raw.type) != part_types.end();
    if (!is_known) return wrong(Code::unsupported_parameter, below(path, "type"), foreign);
    if (!foreign_field.empty()) return wrong(Code::unsupported_parameter, below(path, foreign_field), foreign);
    if (auto part = judge(path, raw)) to.push_back(std::move(*part));
  }

  std::optional<Part> judge(const std::string& path, RawPart& raw) {
    if (raw.type == "input_image") return image(path, raw);
    if (raw.type == "input_file") return document(path, raw);
    if (raw.type == "refusal") return Part{.kind = Part::Kind::refusal, .text = std::move(raw.refusal)};
    const bool is_thought = raw.type == "summary_text" || raw.type == "reasoning_text";
    return Part{.kind = is_thought ? Part::Kind::reasoning : Part::Kind::text, .text = std::move(raw.text)};
  }

  // The decoder has looked at its address.
  std::optional<Part> image(const std::string& path, RawPart& raw) {
    Part part;
    if (raw.image_url.empty()) return wrong(Code::missing_field, below(path, "image_url"), "is required"), std::nullopt;
    const bool is_known = raw.detail.empty() || raw.detail == "auto" || raw.detail == "low" || raw.detail == "high";
    if (!is_known) return wrong(Code::unsupported_parameter, below(path, "detail"), foreign), std::nullopt;
    ConversationReader::image(part, std::move(raw.image_url));
    part.detail = std::move(raw.detail);
    return part;
  }

  std::optional<Part> document(const std::string& path, RawPart& raw) {
    Part part{.kind = Part::Kind::document, .name = std::move(raw.filename)};
    if (!raw.file_url.empty()) {
      part.url = std::move(raw.file_url);
      if (is_https(part.url)) return part;
      wrong(below(path, "file_url"), "must be an https URL");
    } else if (raw.file_data.empty()) {
      wrong(Code::missing_field, below(path, "file_data"), "is required");
    } else if (const auto data = parse_data_url(raw.file_data); data && !data->media_type.empty() && is_base64(data->data)) {
      part.media_type = data->media_type;
      part.data = data->data;
      return part;
    } else if (is_base64(raw.file_data)) {
      part.media_type = part.name.empty() ? "application/pdf" : media_type_of(part.name);
      part.data = std::move(raw.file_data);
      if (!part.media_type.empty()) return part;
      wrong(below(path, "filename"), "must end as files of a known type do: .pdf, .txt");
    } else {
      wrong(below(path, "file_data"), "must be base64, or a data URL in base64");
    }
    return std::nullopt;
  }

  // ---- items into messages

  void take(Item& item) {
    if (!item.foreign_field.empty()) return wrong(Code::unsupported_parameter, below(item.path, item.foreign_field), foreign);
    if (item.type == "message") take_message(item);
    else if (item.type == "function_call") take_call(item);
    else if (item.type == "function_call_output") take_output(item);
    else take_reasoning(item);
  }

  void take_message(Item& item) {
    const bool is_assistant = item.role == "assistant";
    if (!is_assistant && item.role != "user" && item.role != "system" && item.role != "developer")
      return wrong(below(item.path, "role"), "must be one of user, assistant, system, developer");
    if (item.parts.empty()) return wrong(Code::missing_field, below(item.path, "content"), "is required");
    for (std::size_t i = 0; i < item.parts.size(); ++i) {
      const auto kind = item.parts[i].kind;
      const bool is_media = kind == Part::Kind::image || kind == Part::Kind::document;
      const bool fits = kind == Part::Kind::text || (is_assistant ? kind == Part::Kind::refusal : is_media);
      if (!fits) return wrong(below(element(below(item.path, "content"), i), "type"), "does not fit the role of its message");
    }
    const Role role = is_assistant ? Role::assistant : item.role == "user" ? Role::user : Role::system;
    const bool joins = is_assistant && !asked_.messages.empty() && asked_.messages.back().role == role && !speaks(asked_.messages.back());
    if (!joins) asked_.messages.push_back({role, {}});
    std::move(item.parts.begin(), item.parts.end(), std::back_inserter(asked_.messages.back().parts));
  }

  // The message of the assistant that is going on.
  std::vector<Part>& turn() {
    if (asked_.messages.empty() || asked_.messages.back().role != Role::assistant) asked_.messages.push_back({Role::assistant, {}});
    return asked_.messages.back().parts;
  }

  void take_call(Item& item) {
    if (item.call_id.empty()) return wrong(Code::missing_field, below(item.path, "call_id"), "is required");
    if (item.name.empty()) return wrong(Code::missing_field, below(item.path, "name"), "is required");
    if (item.arguments.empty()) item.arguments = "{}";
    if (!is_object(item.arguments)) return wrong(below(item.path, "arguments"), "must be one JSON object, as a string");
    turn().push_back(
        {.kind = Part::Kind::tool_call, .text = std::move(item.arguments), .id = std::move(item.call_id), .name = std::move(item.name)});
  }

  bool has_results() const {
    if (asked_.messages.empty() || asked_.messages.back().role != Role::user) return false;
    return !asked_.messages.back().parts.empty() && asked_.messages.back().parts.back().kind == Part::Kind::tool_result;
  }

  void take_output(Item& item) {
    if (item.call_id.empty()) return wrong(Code::missing_field, below(item.path, "call_id"), "is required");
    if (!item.has_output) return wrong(Code::missing_field, below(item.path, "output"), "is required");
    for (std::size_t i = 0; i < item.output.size(); ++i)
      if (item.output[i].kind != Part::Kind::text && item.output[i].kind != Part::Kind::image)
        return wrong(Code::unsupported_parameter, below(element(below(item.path, "output"), i), "type"), foreign);
    if (!has_results()) asked_.messages.push_back({Role::user, {}});
    asked_.messages.back().parts.push_back(
        {.kind = Part::Kind::tool_result, .id = std::move(item.call_id), .parts = std::move(item.output)});
  }

  // Encrypted content is the proof of what is there to read, or all there is.
  void take_reasoning(Item& item) {
    Part part{.kind = item.parts.empty() ? Part::Kind::hidden_reasoning : Part::Kind::reasoning};
    if (item.parts.empty() && item.encrypted.empty()) return;  // says nothing
    for (const Part& piece : item.parts) {
      if (piece.kind != Part::Kind::reasoning && piece.kind != Part::Kind::text) return wrong(Code::unsupported_parameter, below(item.path, "content"), foreign);
      if (!part.text.empty() && !piece.text.empty()) part.text += "\n\n";
      part.text += piece.text;
    }
    (item.parts.empty() ? part.data : part.signature) = std::move(item.encrypted);
    turn().push_back(std::move(part));
  }

  std::optional<chat::Message> instructions_;
  std::string safety_identifier_;
};

const std::array<Reading::Row, 25> Reading::rows{{
    {"model", &Reading::known},
    {"stream", &Reading::known},
    {"user", &Reading::known},
    {"max_output_tokens", &Reading::known},
    {"input", &Reading::read_input},
    {"instructions", &Reading::read_instructions},
    {"stream_options", &Reading::read_stream_options},
    {"temperature", &Reading::read_temperature},
    {"top_p", &Reading::read_top_p},
    {"tools", &Reading::read_tools},
    {"tool_choice", &Reading::read_tool_choice},
    {"parallel_tool_calls", &Reading::read_parallel},
    {"reasoning", &Reading::read_reasoning},
    {"text", &Reading::read_text_options},
    {"safety_identifier", &Reading::read_safety_identifier},
    {"store", &Reading::read_off},
    {"background", &Reading::read_off},
    {"truncation", &Reading::read_truncation},
    {"service_tier", &Reading::read_service_tier},
    {"include", &Reading::read_include},
    {"top_logprobs", &Reading::read_top_logprobs},
    {"previous_response_id", &Reading::refuse},
    {"conversation", &Reading::refuse},
    {"prompt", &Reading::refuse},
    {"max_tool_calls", &Reading::refuse},
}};

}  // namespace

Result<chat::Conversation> read(const chat::Chat& chat) { return Reading(chat).read(); }

}  // namespace genai::wire::responses

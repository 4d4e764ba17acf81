// What a request in the dialect of responses asks, for upstreams that speak another one.
//
// Everything is looked at: what is not known could mean anything, so it is refused.
#include <algorithm>
#include <array>
#include <charconv>

#include "domain/wire/compose.hpp"
#include "domain/wire/responses.hpp"
#include "domain/wire/responses_input.hpp"

namespace genai::wire::responses {
namespace {

using json::Kind;

constexpr std::array<std::string_view, 6> efforts{"none", "minimal", "low", "medium", "high", "xhigh"};

class ConversationReader final : private InputReader {
 public:
  explicit ConversationReader(std::string_view body) : InputReader(body) {}

  Result<chat::Conversation> read() {
    std::string_view name;
    if (!in_.enter_object()) return Error{Code::expected_object, "the body must be one JSON object", {}};
    while (in_.next_member(name)) member(name);
    if (!in_.end()) return in_.error();
    if (to_.user.empty()) to_.user = std::move(safety_identifier_);
    if (wrong_) return std::move(*wrong_);
    if (instructions_) messages_.insert(messages_.begin(), std::move(*instructions_));
    to_.messages = std::move(messages_);
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
    refuse(std::string(name));
  }

  void hint(std::string_view) { in_.skip(); }

  // ---- the fields of the body, by name

  void read_stream(std::string_view name) { to_.stream = boolean(std::string(name)).value_or(false); }
  void read_parallel(std::string_view name) { to_.parallel_tool_calls = boolean(std::string(name)); }
  void read_temperature(std::string_view name) { to_.temperature = number(std::string(name)); }
  void read_top_p(std::string_view name) { to_.top_p = number(std::string(name)); }
  void read_user(std::string_view name) { to_.user = text(std::string(name)); }
  void read_safety_identifier(std::string_view name) { safety_identifier_ = text(std::string(name)); }

  void read_instructions(std::string_view name) {
    if (skipped_null()) return;
    instructions_ = chat::Message{chat::Role::system, {chat::Part()}};
    instructions_->parts[0].text = text(std::string(name));
  }

  void read_max_tokens(std::string_view name) {
    const std::string digits = number(std::string(name));
    std::int64_t value = 0;
    if (digits.empty()) return;
    const auto [stop, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (failed == std::errc() && stop == digits.data() + digits.size() && value > 0) to_.max_tokens = value;
    else note_wrong(std::string(name), "must be an integer of at least 1");
  }

  // Switches that would make OpenAI keep or do something.
  void read_off(std::string_view name) {
    if (boolean(std::string(name)).value_or(false)) note_foreign(std::string(name));
  }

  void read_top_logprobs(std::string_view name) {
    const std::string asked = number(std::string(name));
    if (!asked.empty() && asked != "0") note_foreign(std::string(name));
  }

  void read_truncation(std::string_view name) { read_word(std::string(name), {"disabled"}); }
  void read_service_tier(std::string_view name) { read_word(std::string(name), {"auto", "default"}); }

  void read_include(std::string_view name) {
    if (skipped_null()) return;
    if (!enter_array(std::string(name))) return;
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
      note_wrong(path, "must be one of none, minimal, low, medium, high, xhigh");
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
    else if (type != "text") note_wrong(below(path, "type"), "must be one of text, json_object, json_schema");
    if (type == "json_schema" && to_.format.schema.empty()) note_missing(below(path, "schema"));
    if (type == "json_schema" && to_.format.name.empty()) note_missing(below(path, "name"));
  }

  // ---- tools

  void read_tools(std::string_view name) {
    if (skipped_null()) return;
    if (!enter_array(std::string(name))) return;
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
      else if (key == "strict") tool.strict = in_.boolean();
      else if (in_.kind() != Kind::null && foreign_field.empty()) foreign_field = key, in_.skip();
      else in_.skip();
    }
    if (in_.failed()) return;
    if (type.empty()) return note_missing(below(path, "type"));
    if (type != "function") return note(unsupported(below(path, "type"), "must be 'function' for this model: other tools run at OpenAI only"));
    if (!foreign_field.empty()) return note_foreign(below(path, foreign_field));
    if (tool.name.empty()) return note_missing(below(path, "name"));
    to_.tools.push_back(std::move(tool));
  }

  void read_tool_choice(std::string_view name) {
    using Choice = chat::ToolChoice::Kind;
    if (skipped_null()) return;
    chat::ToolChoice& choice = to_.tool_choice.emplace();
    if (in_.kind() == Kind::string) {
      const std::string word = any_text();
      if (word == "none") choice.kind = Choice::none;
      else if (word == "required") choice.kind = Choice::any;
      else if (word != "auto") note_wrong(std::string(name), "must be one of auto, none, required, or an object");
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
    if (choice.name.empty()) note_missing(below(name, "name"));
  }

  chat::Conversation to_;
  std::optional<chat::Message> instructions_;
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

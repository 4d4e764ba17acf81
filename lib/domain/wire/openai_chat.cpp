// Reading and editing request bodies of chat completions.
#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <optional>

#include "domain/wire/openai.hpp"
#include "platform/json/reader.hpp"
#include "platform/json/writer.hpp"

namespace genai::wire::openai {
namespace {

using json::Kind;

constexpr std::size_t longest_model = 256;
constexpr std::size_t most_stops = 4;
constexpr std::int64_t bytes_per_token = 4;
constexpr std::int64_t tokens_per_message = 3;
constexpr std::array<std::string_view, 6> roles{"system", "developer", "user", "assistant", "tool", "function"};

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

// One pass over a body. A wrong value is noted, not acted upon: the rest must still be seen to be well-formed.
class ChatReader {
 public:
  explicit ChatReader(std::string_view body) : in_(body) {}

  Result<chat::Chat> read() {
    if (in_.kind() != Kind::object) {
      in_.skip();
      if (!in_.end()) return in_.error();
      return Error{Code::expected_object, "the body must be one JSON object", {}};
    }
    chat_.open_brace = in_.at();
    in_.enter_object();
    std::string_view name;
    while (in_.next_member(name)) member(name);
    if (!in_.end()) return in_.error();
    require_fields();
    if (wrong_) return std::move(*wrong_);
    chat_.prompt_estimate = Tokens((text_bytes_ + bytes_per_token - 1) / bytes_per_token + tokens_per_message * messages_);
    return std::move(chat_);
  }

 private:
  using Read = void (ChatReader::*)(std::string_view name);
  struct Row {
    std::string_view name;
    Read read;
  };
  static const std::array<Row, 19> rows;

  void member(std::string_view name) {
    for (const Row& row : rows)
      if (row.name == name) return (this->*row.read)(row.name);
    in_.skip();
  }

  void wrong(Code code, std::string param, std::string_view what) {
    if (wrong_) return;  // the first one is told
    std::string sentence = "'" + param + "' ";
    sentence += what;
    wrong_ = Error{code, std::move(sentence), std::move(param)};
  }
  void wrong(std::string_view param, std::string_view what) { wrong(Code::invalid_value, std::string(param), what); }

  // The path is put together only when something is wrong.
  std::string message_path(std::string_view field = {}) const {
    std::string path = "messages[" + std::to_string(messages_) + "]";
    if (!field.empty()) (path += '.') += field;
    return path;
  }

  bool skipped_null() { return in_.kind() == Kind::null && in_.null(); }

  std::optional<std::int64_t> integer(std::string_view name, std::int64_t least, std::int64_t most, std::string_view what) {
    if (skipped_null()) return std::nullopt;
    const auto text = in_.number();
    std::int64_t value = 0;
    if (text) {
      const auto [stop, failed] = std::from_chars(text->data(), text->data() + text->size(), value);
      if (failed == std::errc() && stop == text->data() + text->size() && value >= least && value <= most) return value;
    }
    wrong(name, what);
    return std::nullopt;
  }

  void number(std::string_view name, double least, double most, std::string_view what) {
    if (skipped_null()) return;
    const auto text = in_.number();
    double value = 0;
    const bool fits = text && std::from_chars(text->data(), text->data() + text->size(), value).ec == std::errc();
    if (!fits || value < least || value > most) wrong(name, what);
  }

  std::optional<bool> boolean(std::string_view name) {
    if (skipped_null()) return std::nullopt;
    const auto value = in_.boolean();
    if (!value) wrong(name, "must be true or false");
    return value;
  }

  // ---- the fields of the body, by name

  void read_model(std::string_view name) {
    const std::size_t begin = in_.at();
    const auto text = in_.string();
    if (!text) return wrong(name, "must be a string");
    chat_.model_value = {begin, in_.behind()};
    chat_.model = text->escaped() ? text->unescaped() : std::string(text->raw);
    if (chat_.model.empty() || chat_.model.size() > longest_model) wrong(name, "must have 1 to 256 bytes");
    else if (has_control(chat_.model)) wrong(name, "must not contain control characters");
  }

  void read_user(std::string_view name) {
    if (skipped_null()) return;
    const auto text = in_.string();
    if (!text) return wrong(name, "must be a string");
    chat_.user = text->unescaped();
    if (has_control(chat_.user)) wrong(name, "must not contain control characters");
  }

  void read_metadata(std::string_view name) {
    if (skipped_null()) return;
    if (!in_.enter_object()) return wrong(name, "must be an object");
    std::string_view key;
    while (in_.next_member(key)) {
      if (has_control(key)) wrong(name, "must not have control characters in its keys");
      in_.skip();
    }
  }

  void read_stream(std::string_view name) { chat_.stream = boolean(name).value_or(false); }

  void read_stream_options(std::string_view name) {
    const std::size_t begin = in_.at();
    const bool null = in_.kind() == Kind::null;
    if (null) {
      in_.null();
    } else if (in_.enter_object()) {
      std::string_view key;
      while (in_.next_member(key)) key == "include_usage" ? read_include_usage() : in_.skip();
      stream_options_ = true;
    } else {
      wrong(name, "must be an object");
    }
    chat_.stream_options_value = {begin, in_.behind()};
  }

  void read_include_usage() {
    const std::size_t begin = in_.at();
    chat_.include_usage = boolean("stream_options.include_usage").value_or(false);
    chat_.include_usage_value = {begin, in_.behind()};
  }

  void read_max_tokens(std::string_view name) { old_limit_ = integer(name, 1, INT64_MAX, "must be an integer of at least 1"); }
  void read_max_completion_tokens(std::string_view name) { new_limit_ = integer(name, 1, INT64_MAX, "must be an integer of at least 1"); }
  void read_temperature(std::string_view name) { number(name, 0, 2, "must be a number from 0 to 2"); }
  void read_top_p(std::string_view name) { number(name, 0, 1, "must be a number from 0 to 1"); }
  void read_n(std::string_view name) {
    chat_.choices = static_cast<int>(integer(name, 1, 128, "must be an integer from 1 to 128").value_or(1));
  }

  void read_stop(std::string_view name) {
    constexpr std::string_view what = "must be a string or an array of at most 4 strings";
    const Kind kind = in_.kind();
    if (kind == Kind::null || kind == Kind::string) return in_.skip();
    if (!in_.enter_array()) return wrong(name, what);
    std::size_t count = 0;
    while (in_.next_element())
      if (!in_.string() || ++count > most_stops) wrong(name, what);
  }

  void read_list(std::string_view name) {
    if (skipped_null()) return;
    if (in_.kind() != Kind::array) wrong(name, "must be an array");
    in_.skip();
  }

  // No request may steer where credentials are sent.
  void refuse(std::string_view name) {
    in_.skip();
    wrong(Code::forbidden_field, std::string(name), "must not be set by a request");
  }

  // ---- messages

  void read_messages(std::string_view name) {
    has_messages_ = true;
    if (!in_.enter_array()) return wrong(name, "must be an array");
    for (; in_.next_element(); ++messages_) {
      if (in_.enter_object()) read_message();
      else wrong(message_path(), "must be an object");
    }
    if (messages_ == 0) wrong(name, "must not be empty");
  }

  struct Message {
    std::string_view role;
    Kind content = Kind::none;  // none: absent
    bool speaks = false;        // says something without content: a call, a refusal, reasoning, audio
    bool answers_call = false;
  };

  void read_message() {
    Message message;
    std::string_view key;
    while (in_.next_member(key)) {
      if (key == "role") read_role(message);
      else if (key == "content") read_content(message);
      else if (key == "tool_calls") read_tool_calls(message);
      else if (key == "tool_call_id") read_tool_call_id(message);
      else if (key == "refusal" || key == "function_call" || key == "audio" || key == "reasoning_content" || key == "reasoning")
        message.speaks |= in_.kind() != Kind::null, in_.skip();
      else in_.skip();
    }
    check_message(message);
  }

  void check_message(const Message& message) {
    if (in_.failed()) return;
    if (message.role.empty()) wrong(Code::missing_field, message_path("role"), "is required");
    const bool silent = message.content == Kind::none || message.content == Kind::null;
    if (silent && !(message.role == "assistant" && message.speaks) && message.role != "function")
      wrong(message.content == Kind::none ? Code::missing_field : Code::invalid_value, message_path("content"),
            "must be a string or an array of parts");
    if (message.role == "tool" && !message.answers_call)
      wrong(Code::missing_field, message_path("tool_call_id"), "is required: a tool result answers a call");
  }

  void read_role(Message& message) {
    const auto text = in_.string();
    if (text) {
      const auto* const known = std::find(roles.begin(), roles.end(), text->escaped() ? std::string_view() : text->raw);
      if (known != roles.end()) {
        message.role = *known;
        return;
      }
    }
    message.role = "?";
    wrong(Code::invalid_value, message_path("role"), "must be one of system, developer, user, assistant, tool, function");
  }

  void read_content(Message& message) {
    message.content = in_.kind();
    if (message.content == Kind::null) return in_.skip();
    if (message.content == Kind::string) {
      if (const auto text = in_.string()) count(*text);
      return;
    }
    if (!in_.enter_array()) return wrong(Code::invalid_value, message_path("content"), "must be a string or an array of parts");
    std::size_t part = 0;
    for (; in_.next_element(); ++part) read_part(part);
    if (part == 0) wrong(Code::invalid_value, message_path("content"), "must not be empty");
  }

  std::string part_path(std::size_t part, std::string_view field = {}) const {
    std::string path = message_path("content") + "[" + std::to_string(part) + "]";
    if (!field.empty()) (path += '.') += field;
    return path;
  }

  void read_part(std::size_t part) {
    if (!in_.enter_object()) return wrong(Code::invalid_value, part_path(part), "must be an object");
    bool is_text = false, typed = false, has_text = false;
    std::string_view key;
    while (in_.next_member(key)) {
      if (key == "type") {
        const auto type = in_.string();
        if (!type) wrong(Code::invalid_value, part_path(part, "type"), "must be a string");
        typed = true;
        is_text = type && type->raw == "text";
      } else if (key == "text") {
        const auto text = in_.string();
        if (text) count(*text);
        else wrong(Code::invalid_value, part_path(part, "text"), "must be a string");
        has_text = true;
      } else {
        in_.skip();
      }
    }
    if (in_.failed()) return;
    if (!typed) wrong(Code::missing_field, part_path(part, "type"), "is required");
    if (is_text && !has_text) wrong(Code::missing_field, part_path(part, "text"), "is required");
  }

  void read_tool_calls(Message& message) {
    if (skipped_null()) return;
    if (!in_.enter_array()) return wrong(Code::invalid_value, message_path("tool_calls"), "must be an array");
    while (in_.next_element()) {
      message.speaks = true;
      in_.skip();
    }
  }

  void read_tool_call_id(Message& message) {
    if (skipped_null()) return;
    const auto text = in_.string();
    if (!text) return wrong(Code::invalid_value, message_path("tool_call_id"), "must be a string");
    message.answers_call = text->size > 0;
  }

  void count(const json::Text& text) { text_bytes_ += static_cast<std::int64_t>(text.size); }

  // ---- what depends on several fields

  void require_fields() {
    if (chat_.model_value.empty()) wrong(Code::missing_field, "model", "is required");
    if (!has_messages_) wrong(Code::missing_field, "messages", "is required");
    if (stream_options_ && !chat_.stream) wrong("stream_options", "is only allowed with 'stream': true");
    if (old_limit_ && new_limit_ && *old_limit_ != *new_limit_) wrong("max_tokens", "contradicts 'max_completion_tokens'");
    if (new_limit_ || old_limit_) chat_.max_tokens = Tokens(new_limit_ ? *new_limit_ : *old_limit_);
  }

  json::Reader in_;
  chat::Chat chat_;
  std::optional<Error> wrong_;
  std::optional<std::int64_t> old_limit_, new_limit_;
  std::int64_t text_bytes_ = 0;
  std::int64_t messages_ = 0;
  bool has_messages_ = false;
  bool stream_options_ = false;
};

const std::array<ChatReader::Row, 19> ChatReader::rows{{
    {"model", &ChatReader::read_model},
    {"messages", &ChatReader::read_messages},
    {"stream", &ChatReader::read_stream},
    {"stream_options", &ChatReader::read_stream_options},
    {"max_tokens", &ChatReader::read_max_tokens},
    {"max_completion_tokens", &ChatReader::read_max_completion_tokens},
    {"temperature", &ChatReader::read_temperature},
    {"top_p", &ChatReader::read_top_p},
    {"n", &ChatReader::read_n},
    {"user", &ChatReader::read_user},
    {"stop", &ChatReader::read_stop},
    {"metadata", &ChatReader::read_metadata},
    {"tools", &ChatReader::read_list},
    {"functions", &ChatReader::read_list},
    {"api_base", &ChatReader::refuse},
    {"base_url", &ChatReader::refuse},
    {"api_key", &ChatReader::refuse},
    {"user_config", &ChatReader::refuse},
    {"extra_headers", &ChatReader::refuse},
}};

// One replacement in the body.
struct Splice {
  std::size_t begin;
  std::size_t end;
  std::string text;
};

std::optional<Splice> ask_for_usage(const chat::Chat& chat) {
  constexpr std::string_view asked = R"("include_usage":true)";
  const auto& options = chat.stream_options_value;
  if (!chat.stream || chat.include_usage) return std::nullopt;
  if (options.empty()) {  // the body has members: `model` at least
    const std::size_t behind = chat.open_brace + 1;
    return Splice{behind, behind, R"("stream_options":{)" + std::string(asked) + "},"};
  }
  if (!chat.include_usage_value.empty()) return Splice{chat.include_usage_value.begin, chat.include_usage_value.end, "true"};
  if (chat.body[options.begin] != '{') return Splice{options.begin, options.end, "{" + std::string(asked) + "}"};
  const std::size_t behind = options.begin + 1;
  const bool has_members = chat.body[chat.body.find_first_not_of(" \t\r\n", behind)] != '}';
  return Splice{behind, behind, has_members ? std::string(asked) + "," : std::string(asked)};
}

}  // namespace

Result<chat::Chat> decode_chat(std::string body) {
  auto chat = ChatReader(body).read();
  if (chat) chat->body = std::move(body);
  return chat;
}

std::string encode_chat(const chat::Chat& chat, std::string_view model) {
  std::array<std::optional<Splice>, 2> splices{ask_for_usage(chat)};
  if (model != chat.model) {
    splices[1] = Splice{chat.model_value.begin, chat.model_value.end, {}};
    json::append_string(splices[1]->text, model);
  }
  if (splices[0] && splices[1] && splices[1]->begin < splices[0]->begin) std::swap(splices[0], splices[1]);
  std::string to;
  to.reserve(chat.body.size() + 64 + model.size());
  std::size_t copied = 0;
  for (const auto& splice : splices) {
    if (!splice) continue;
    to.append(chat.body, copied, splice->begin - copied).append(splice->text);
    copied = splice->end;
  }
  return to.append(chat.body, copied);
}

}  // namespace genai::wire::openai

// Reading and editing request bodies of chat completions.
#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <optional>

#include "domain/wire/openai.hpp"
#include "domain/wire/request_reader.hpp"
#include "platform/json/writer.hpp"

namespace genai::wire::openai {
namespace {

using json::Kind;

constexpr std::size_t most_stops = 4;
constexpr std::int64_t bytes_per_token = 4;
constexpr std::int64_t tokens_per_message = 3;
constexpr std::array<std::string_view, 6> roles{"system", "developer", "user", "assistant", "tool", "function"};

class ChatReader : RequestReader {
 public:
  ChatReader(std::string_view body, chat::Dialect dialect) : RequestReader(body) { chat_.dialect = dialect; }

  Result<chat::Chat> read() {
    chat_.open_brace = in_.at();
    if (Error failure; !enter_body(failure)) return failure;
    std::string_view name;
    while (in_.next_member(name)) member(name);
    if (!in_.end()) return in_.error();
    require_fields();
    if (wrong_) return std::move(*wrong_);
    chat_.prompt_estimate = Tokens((text_bytes_ + bytes_per_token - 1) / bytes_per_token + tokens_per_message * static_cast<std::int64_t>(messages_));
    return std::move(chat_);
  }

 private:
  using Read = void (ChatReader::*)(std::string_view name);
  struct Row {
    std::string_view name;
    Read read;
  };
  static const std::array<Row, 16> rows;

  void member(std::string_view name) {
    for (const Row& row : rows)
      if (row.name == name) return (this->*row.read)(row.name);
    is_forbidden(name) ? refuse(name) : in_.skip();
  }

  // ---- the fields of the body, by name

  void read_model(std::string_view name) { RequestReader::read_model(name, chat_); }
  void read_user(std::string_view name) { RequestReader::read_user(name, chat_); }
  void read_metadata(std::string_view name) { RequestReader::read_metadata(name); }

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
  void read_temperature(std::string_view name) { (void)number(name, 0, 2, "must be a number from 0 to 2"); }
  void read_top_p(std::string_view name) { (void)number(name, 0, 1, "must be a number from 0 to 1"); }
  void read_n(std::string_view name) {
    chat_.choices = static_cast<int>(integer(name, 1, 128, "must be an integer from 1 to 128").value_or(1));
  }

  void read_logit_bias(std::string_view name) {
    if (skipped_null()) return;
    if (!in_.enter_object()) return wrong(name, "must be an object");
    std::string_view token;
    while (in_.next_member(token)) (void)number(name, -100, 100, "must have numbers from -100 to 100");
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

  // ---- messages

  bool is_chat() const { return chat_.dialect == chat::Dialect::chat_completions; }

  // Of completions: a text, several, or tokens.
  void read_prompt(std::string_view name) {
    if (is_chat()) return in_.skip();
    has_question_ = true;
    if (in_.kind() == Kind::string) {
      if (const auto text = in_.string()) count(*text);
      return;
    }
    if (in_.kind() != Kind::array) wrong(name, "must be a string or an array");
    in_.skip();
  }

  void read_messages(std::string_view name) {
    if (!is_chat()) return in_.skip();
    has_question_ = true;
    messages_ = each_object(name, [this] { read_message(); });
    if (messages_ == 0) wrong(name, "must not be empty");
  }

  struct Message {
    std::string_view role;
    Kind content = Kind::none;  // none: absent
    bool speaks = false;        // says something without content: a call, a refusal, reasoning, audio
    std::optional<std::string_view> answers;  // the call, raw
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
      else if (is_forbidden(key)) refuse(key);
      else in_.skip();
    }
    check_message(message);
  }

  void check_message(const Message& message) {
    if (in_.failed()) return;
    if (message.role.empty()) wrong(Code::missing_field, "role", "is required");
    const bool silent = message.content == Kind::none || message.content == Kind::null;
    if (silent && !(message.role == "assistant" && message.speaks) && message.role != "function")
      wrong(message.content == Kind::none ? Code::missing_field : Code::invalid_value, "content", "must be a string or an array of parts");
    if (message.role != "tool") return;
    if (!message.answers) wrong(Code::missing_field, "tool_call_id", "is required: a tool result answers a call");
    else if (std::find(calls_.begin(), calls_.end(), *message.answers) == calls_.end())
      wrong("tool_call_id", "answers no call: no assistant message before it has a tool call of this id");
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
    wrong("role", "must be one of system, developer, user, assistant, tool, function");
  }

  void read_content(Message& message) {
    message.content = in_.kind();
    if (message.content == Kind::null) return in_.skip();
    if (message.content == Kind::string) {
      if (const auto text = in_.string()) count(*text);
      return;
    }
    if (message.content != Kind::array) {
      in_.skip();
      return wrong("content", "must be a string or an array of parts");
    }
    if (each_object("content", [this] { read_part(); }) == 0) wrong("content", "must not be empty");
  }

  void read_part() {
    bool is_text = false, typed = false, has_text = false;
    std::string_view key;
    while (in_.next_member(key)) {
      if (key == "type") {
        const auto type = in_.string();
        if (!type) wrong("type", "must be a string");
        typed = true;
        is_text = type && type->raw == "text";
      } else if (key == "text") {
        const auto text = in_.string();
        if (text) count(*text);
        else wrong("text", "must be a string");
        has_text = true;
      } else if (key == "image_url") {
        read_image();
      } else {
        in_.skip();
      }
    }
    if (in_.failed()) return;
    if (!typed) wrong(Code::missing_field, "type", "is required");
    if (is_text && !has_text) wrong(Code::missing_field, "text", "is required");
  }

  void read_image() {
    const Path::Step at(path_, "image_url");
    if (!in_.enter_object()) return wrong("", "must be an object");
    std::string_view key;
    while (in_.next_member(key)) {
      if (key != "url") {
        in_.skip();
        continue;
      }
      const auto url = in_.string();
      const auto problem = !url ? "must be a string" : image_address_problem(url->escaped() ? url->unescaped() : url->raw);
      if (!problem.empty()) wrong("url", problem);
    }
  }

  void read_tool_calls(Message& message) {
    if (skipped_null()) return;
    if (!in_.enter_array()) return wrong("tool_calls", "must be an array");
    std::string_view key;
    for (; in_.next_element(); message.speaks = true) {
      if (!in_.enter_object()) continue;
      while (in_.next_member(key)) {
        if (key != "id") {
          in_.skip();
          continue;
        }
        if (const auto id = in_.string()) calls_.push_back(id->raw);
      }
    }
  }

  void read_tool_call_id(Message& message) {
    if (skipped_null()) return;
    const auto text = in_.string();
    if (!text) return wrong("tool_call_id", "must be a string");
    if (text->size > 0) message.answers = text->raw;
  }

  void count(const json::Text& text) { text_bytes_ += static_cast<std::int64_t>(text.size); }

  // ---- what depends on several fields

  void require_fields() {
    if (chat_.model_value.empty()) wrong(Code::missing_field, "model", "is required");
    const std::string_view question = is_chat() ? "messages" : "prompt";
    if (!has_question_) wrong(Code::missing_field, question, "is required");
    if (stream_options_ && !chat_.stream) wrong("stream_options", "is only allowed with 'stream': true");
    if (old_limit_ && new_limit_ && *old_limit_ != *new_limit_) wrong("max_tokens", "contradicts 'max_completion_tokens'");
    if (new_limit_ || old_limit_) chat_.max_tokens = Tokens(new_limit_ ? *new_limit_ : *old_limit_);
  }

  chat::Chat chat_;
  std::vector<std::string_view> calls_;  // ids of the tool calls so far, raw
  std::optional<std::int64_t> old_limit_, new_limit_;
  std::int64_t text_bytes_ = 0;
  std::size_t messages_ = 0;
  bool has_question_ = false;  // messages, or a prompt
  bool stream_options_ = false;
};

const std::array<ChatReader::Row, 16> ChatReader::rows{{
    {"model", &ChatReader::read_model},
    {"messages", &ChatReader::read_messages},
    {"prompt", &ChatReader::read_prompt},
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
    {"logit_bias", &ChatReader::read_logit_bias},
    {"tools", &ChatReader::read_list},
    {"functions", &ChatReader::read_list},
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

Result<chat::Chat> decode_chat(std::string body, chat::Dialect dialect) {
  auto chat = ChatReader(body, dialect).read();
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

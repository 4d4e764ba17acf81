// Reading request bodies of the Messages API.
#include <algorithm>
#include <array>

#include "domain/wire/anthropic.hpp"
#include "domain/wire/request_reader.hpp"

namespace genai::wire::anthropic {
namespace {

using json::Kind;

constexpr std::int64_t bytes_per_token = 4;
constexpr std::int64_t tokens_per_message = 3;

class MessagesReader : RequestReader {
 public:
  MessagesReader(std::string_view body, chat::Dialect dialect) : RequestReader(body) { chat_.dialect = dialect; }

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
  void member(std::string_view name) {
    if (name == "model") read_model(name, chat_);
    else if (name == "messages") read_messages(name);
    else if (name == "max_tokens") read_max_tokens(name);
    else if (name == "system") read_system(name);
    else if (name == "stream") chat_.stream = boolean(name).value_or(false);
    else if (name == "temperature") (void)number(name, 0, 1, "must be a number from 0 to 1");
    else if (name == "top_p") (void)number(name, 0, 1, "must be a number from 0 to 1");
    else if (name == "top_k") (void)integer(name, 0, INT64_MAX, "must be an integer of at least 0");
    else if (name == "stop_sequences") read_stops(name);
    else if (name == "metadata") read_metadata(name);
    else if (name == "tools") read_tools(name);
    else if (is_forbidden(name)) refuse(name);
    else in_.skip();
  }

  void read_max_tokens(std::string_view name) {
    const auto limit = integer(name, 1, INT64_MAX, "must be an integer of at least 1");
    if (limit) chat_.max_tokens = Tokens(*limit);
  }

  void read_stops(std::string_view name) {
    if (skipped_null()) return;
    if (!in_.enter_array()) return wrong(name, "must be an array of strings");
    while (in_.next_element())
      if (!in_.string()) wrong(name, "must be an array of strings");
  }

  void read_metadata(std::string_view name) {
    if (skipped_null()) return;
    if (!in_.enter_object()) return wrong(name, "must be an object");
    const Path::Step at(path_, name);
    std::string_view key;
    while (in_.next_member(key)) {
      if (has_control(key)) wrong("", "must not have control characters in its keys");
      if (key == "user_id") read_user(key, chat_);
      else in_.skip();
    }
  }

  void read_tools(std::string_view name) {
    if (skipped_null()) return;
    each_object(name, [this] {
      bool named = false, has_schema = false, own_kind = false;
      std::string_view key;
      while (in_.next_member(key)) {
        if (key == "name") named = in_.string().has_value();
        else if (key == "type") own_kind = in_.kind() == Kind::string && raw() != R"("custom")";
        else if (key == "input_schema") has_schema = in_.kind() == Kind::object, in_.skip();
        else in_.skip();
      }
      if (in_.failed() || own_kind) return;  // the provider's own tools have their own fields
      if (!named) wrong(Code::missing_field, "name", "is required");
      else if (!has_schema) wrong(Code::missing_field, "input_schema", "is required: an object");
    });
  }

  void read_system(std::string_view name) {
    if (in_.kind() == Kind::string) return count(in_.string());
    if (skipped_null()) return;
    each_object(name, [this] { read_block(false); });
  }

  // ---- messages

  void read_messages(std::string_view name) {
    has_messages_ = true;
    messages_ = each_object(name, [this] { read_message(); });
    if (messages_ == 0) wrong(name, "must not be empty");
  }

  void read_message() {
    bool role = false, content = false;
    std::string_view key;
    while (in_.next_member(key)) {
      if (key == "role") role = true, read_role();
      else if (key == "content") content = true, read_content();
      else if (is_forbidden(key)) refuse(key);
      else in_.skip();
    }
    if (in_.failed()) return;
    if (!role) wrong(Code::missing_field, "role", "is required");
    if (!content) wrong(Code::missing_field, "content", "is required");
  }

  void read_role() {
    const auto text = in_.string();
    if (!text || (text->raw != "user" && text->raw != "assistant" && text->raw != "system")) wrong("role", "must be user or assistant");
  }

  void read_content() {
    const Kind kind = in_.kind();
    if (kind == Kind::string) return count(in_.string());
    if (kind != Kind::array) {
      in_.skip();
      return wrong("content", "must be a string or an array of blocks");
    }
    if (each_object("content", [this] { read_block(true); }) == 0) wrong("content", "must not be empty");
  }

  void read_block(bool in_message) {
    std::string_view type, id, answers, key;
    bool has_text = false;
    while (in_.next_member(key)) {
      if (key == "type") type = word();
      else if (key == "text") has_text = in_.kind() == Kind::string, count(in_.string());
      else if (key == "id") id = word();
      else if (key == "tool_use_id") answers = word();
      else if (key == "source") read_source();
      else if (key == "content" && in_message) read_result();
      else in_.skip();
    }
    if (in_.failed()) return;
    if (type.empty()) return wrong(Code::missing_field, "type", "is required");
    if (type == "text" && !has_text) wrong(Code::missing_field, "text", "is required");
    if (type == "tool_use") calls_.push_back(id);
    if (type == "tool_result") check_result(answers);
  }

  void check_result(std::string_view answers) {
    if (answers.empty()) wrong(Code::missing_field, "tool_use_id", "is required: a tool result answers a call");
    else if (std::find(calls_.begin(), calls_.end(), answers) == calls_.end())
      wrong("tool_use_id", "answers no call: no assistant message before it has a tool_use of this id");
  }

  // What a tool said: text, or blocks of text and pictures.
  void read_result() {
    if (in_.kind() == Kind::string) return count(in_.string());
    if (in_.kind() != Kind::array) return in_.skip();
    each_object("content", [this] { read_block(false); });
  }

  void read_source() {
    const Path::Step at(path_, "source");
    if (!in_.enter_object()) return wrong("", "must be an object");
    std::string_view type, media_type, key;
    std::optional<json::Text> data;
    while (in_.next_member(key)) {
      if (key == "type") type = word();
      else if (key == "media_type") media_type = word();
      else if (key == "data") data = in_.string();
      else in_.skip();
    }
    if (in_.failed() || type != "base64" || !media_type.starts_with("image/")) return;
    const auto problem = data ? image_data_problem(media_type, data->raw) : "must be base64";
    if (!problem.empty()) wrong("data", problem);
  }

  // A string without escapes; of any other it is enough that it is no word we know.
  std::string_view word() {
    const auto text = in_.string();
    return text ? text->raw : "?";
  }

  void count(const std::optional<json::Text>& text) {
    if (text) text_bytes_ += static_cast<std::int64_t>(text->size);
  }

  void require_fields() {
    if (chat_.model_value.empty()) wrong(Code::missing_field, "model", "is required");
    if (!has_messages_) wrong(Code::missing_field, "messages", "is required");
    if (!chat_.max_tokens && chat_.dialect == chat::Dialect::messages) wrong(Code::missing_field, "max_tokens", "is required");
  }

  chat::Chat chat_;
  std::vector<std::string_view> calls_;
  std::int64_t text_bytes_ = 0;
  std::size_t messages_ = 0;
  bool has_messages_ = false;
};

}  // namespace

Result<chat::Chat> decode(std::string body, chat::Dialect dialect) {
  auto chat = MessagesReader(body, dialect).read();
  if (chat) chat->body = std::move(body);
  return chat;
}

}  // namespace genai::wire::anthropic

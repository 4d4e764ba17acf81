// Reading request bodies of responses, as far as the gateway needs to.
#include <algorithm>
#include <array>
#include <unordered_set>

#include "domain/wire/request_reader.hpp"
#include "domain/wire/responses.hpp"

namespace genai::wire::responses {
namespace {

using json::Kind;

constexpr std::int64_t bytes_per_token = 4;
constexpr std::int64_t tokens_per_message = 3;
constexpr std::array<std::string_view, 4> roles{"user", "assistant", "system", "developer"};

class ResponsesReader final : RequestReader {
 public:
  explicit ResponsesReader(std::string_view body) : RequestReader(body) { chat_.dialect = chat::Dialect::responses; }

  Result<chat::Chat> read() {
    chat_.open_brace = in_.at();
    if (Error failure; !enter_body(failure)) return failure;
    std::string_view name;
    while (in_.next_member(name)) member(name);
    if (!in_.end()) return in_.error();
    require_fields();
    if (wrong_) return std::move(*wrong_);
    const std::int64_t messages = messages_ + (has_instructions_ ? 1 : 0);
    chat_.prompt_estimate = Tokens((text_bytes_ + bytes_per_token - 1) / bytes_per_token + tokens_per_message * messages);
    return std::move(chat_);
  }

 private:
  using Read = void (ResponsesReader::*)(std::string_view name);
  struct Row {
    std::string_view name;
    Read read;
  };
  static const std::array<Row, 14> rows;

  void member(std::string_view name) {
    for (const Row& row : rows)
      if (row.name == name) return (this->*row.read)(row.name);
    is_forbidden(name) ? refuse(name) : in_.skip();
  }

  void count(const json::Text& text) { text_bytes_ += static_cast<std::int64_t>(text.size); }

  // ---- the fields of the body, by name

  void read_model(std::string_view name) { RequestReader::read_model(name, chat_); }
  void read_user(std::string_view name) { RequestReader::read_user(name, chat_); }
  void read_metadata(std::string_view name) { RequestReader::read_metadata(name); }
  void read_stream(std::string_view name) { chat_.stream = boolean(name).value_or(false); }
  void read_temperature(std::string_view name) { number(name, 0, 2, "must be a number from 0 to 2"); }
  void read_top_p(std::string_view name) { number(name, 0, 1, "must be a number from 0 to 1"); }

  void read_list(std::string_view name) {
    if (skipped_null()) return;
    if (in_.kind() != Kind::array) wrong(name, "must be an array");
    in_.skip();
  }

  void read_instructions(std::string_view name) {
    if (skipped_null()) return;
    const auto text = in_.string();
    if (!text) return wrong(name, "must be a string");
    count(*text);
    has_instructions_ = true;
  }

  void read_max_output_tokens(std::string_view name) {
    if (const auto limit = integer(name, 1, INT64_MAX, "must be an integer of at least 1")) chat_.max_tokens = Tokens(*limit);
  }

  // Where more of the conversation is than in this body.
  void read_elsewhere(std::string_view) {
    is_elsewhere_ |= in_.kind() != Kind::null;
    in_.skip();
  }

  void read_input(std::string_view name) {
    if (skipped_null()) return;
    has_input_ = true;
    if (in_.kind() == Kind::string) {
      if (const auto text = in_.string()) count(*text);
      messages_ = 1;
      return;
    }
    if (!in_.enter_array()) return wrong(name, "must be a string or an array of items");
    for (; in_.next_element(); ++messages_) {
      if (in_.enter_object()) read_item();
      else wrong(item_path(), "must be an object");
    }
    if (messages_ == 0 && !in_.failed()) wrong(name, "must not be empty");
  }

  // ---- items. Paths are put together only when something is wrong.

  std::string item_path(std::string_view field = {}) const {
    std::string path = "input[" + std::to_string(messages_) + "]";
    if (!field.empty()) (path += '.') += field;
    return path;
  }

  struct Item {
    std::string type;
    std::string call_id;
    bool typed = false, has_role = false, has_content = false, has_name = false, has_arguments = false, has_output = false;
  };

  void read_item() {
    Item item;
    std::string_view key;
    while (in_.next_member(key)) {
      if (key == "type") read_type(item);
      else if (key == "role") read_role(item);
      else if (key == "content") item.has_content |= read_content("content", true);
      else if (key == "output") item.has_output |= read_content("output", false);
      else if (key == "call_id") item.call_id = item_text("call_id");
      else if (key == "name") item.has_name = !item_text("name").empty();
      else if (key == "arguments") item.has_arguments = true, in_.skip();
      else in_.skip();
    }
    if (!in_.failed()) check_item(std::move(item));
  }

  void read_type(Item& item) {
    item.typed = true;
    item.type = item_text("type");
  }

  std::string item_text(std::string_view field) {
    if (skipped_null()) return {};
    const auto text = in_.string();
    if (text) return text->escaped() ? text->unescaped() : std::string(text->raw);
    wrong(item_path(field), "must be a string");
    return {};
  }

  void read_role(Item& item) {
    item.has_role = true;
    const auto text = in_.string();
    if (!text || std::find(roles.begin(), roles.end(), text->unescaped()) == roles.end())
      wrong(Code::invalid_value, item_path("role"), "must be one of user, assistant, system, developer");
  }

  // A string or a list of parts. Not strict: outputs of tools that are not known may be anything.
  bool read_content(std::string_view field, bool strict) {
    if (in_.kind() == Kind::null) return in_.null(), false;
    if (in_.kind() == Kind::string) {
      if (const auto text = in_.string()) count(*text);
      return true;
    }
    if (!in_.enter_array()) {
      if (strict) wrong(Code::invalid_value, item_path(field), "must be a string or an array of parts");
      return true;
    }
    for (std::size_t part = 0; in_.next_element(); ++part) read_part(field, part, strict);
    return true;
  }

  void read_part(std::string_view field, std::size_t part, bool strict) {
    const auto path = [&](std::string_view member) {
      std::string full = item_path(field) + "[" + std::to_string(part) + "]";
      if (!member.empty()) (full += '.') += member;
      return full;
    };
    const auto complain = [&](Code code, std::string_view member, std::string_view what) {
      if (strict) wrong(code, path(member), what);
    };
    if (!in_.enter_object()) return complain(Code::invalid_value, {}, "must be an object");
    std::optional<json::Text> type, text, address;
    std::string_view key;
    while (in_.next_member(key)) {
      if (key == "type") {
        if (type = in_.string(); !type) complain(Code::invalid_value, "type", "must be a string");
      } else if (key == "image_url") {
        address = in_.string();
      } else if (key == "text" || key == "refusal") {
        if (text = in_.string(); text) count(*text);
        else complain(Code::invalid_value, key, "must be a string");
      } else {
        in_.skip();
      }
    }
    if (in_.failed()) return;
    if (!type) complain(Code::missing_field, "type", "is required");
    else if ((type->raw == "input_text" || type->raw == "output_text") && !text) complain(Code::missing_field, "text", "is required");
    const bool is_image = type && type->raw == "input_image" && address;
    const auto problem = is_image ? image_address_problem(address->escaped() ? address->unescaped() : address->raw) : std::string_view();
    if (!problem.empty()) wrong(path("image_url"), problem);
  }

  void check_item(Item item) {
    const auto require = [&](bool there, std::string_view field) {
      if (!there) wrong(Code::missing_field, item_path(field), "is required");
    };
    if (!item.typed && !item.has_role) return wrong(Code::missing_field, item_path("type"), "is required");
    if (item.typed && item.type.empty()) return wrong(Code::invalid_value, item_path("type"), "must not be empty");
    if (!item.typed || item.type == "message") {
      require(item.has_role, "role");
      require(item.has_content, "content");
    } else if (item.type == "function_call") {
      require(!item.call_id.empty(), "call_id");
      require(item.has_name, "name");
      require(item.has_arguments, "arguments");
      calls_.insert(std::move(item.call_id));
    } else if (item.type == "function_call_output") {
      require(!item.call_id.empty(), "call_id");
      require(item.has_output, "output");
      if (!unanswered_ && !calls_.contains(item.call_id)) unanswered_ = item_path("call_id");
    } else if (item.type == "item_reference") {
      is_elsewhere_ = true;
    }
  }

  // ---- what depends on several fields

  void require_fields() {
    if (chat_.model_value.empty()) wrong(Code::missing_field, "model", "is required");
    if (!has_input_ && !is_elsewhere_) wrong(Code::missing_field, "input", "is required");
    if (unanswered_ && !is_elsewhere_) wrong(Code::invalid_value, *unanswered_, "answers no function call before it");
  }

  chat::Chat chat_;
  std::int64_t text_bytes_ = 0;
  std::unordered_set<std::string> calls_;
  std::optional<std::string> unanswered_;
  std::int64_t messages_ = 0;
  bool has_input_ = false;
  bool has_instructions_ = false;
  bool is_elsewhere_ = false;
};

const std::array<ResponsesReader::Row, 14> ResponsesReader::rows{{
    {"model", &ResponsesReader::read_model},
    {"input", &ResponsesReader::read_input},
    {"instructions", &ResponsesReader::read_instructions},
    {"stream", &ResponsesReader::read_stream},
    {"max_output_tokens", &ResponsesReader::read_max_output_tokens},
    {"temperature", &ResponsesReader::read_temperature},
    {"top_p", &ResponsesReader::read_top_p},
    {"user", &ResponsesReader::read_user},
    {"metadata", &ResponsesReader::read_metadata},
    {"tools", &ResponsesReader::read_list},
    {"include", &ResponsesReader::read_list},
    {"previous_response_id", &ResponsesReader::read_elsewhere},
    {"conversation", &ResponsesReader::read_elsewhere},
    {"prompt", &ResponsesReader::read_elsewhere},
}};

}  // namespace

Result<chat::Chat> decode(std::string body) {
  auto chat = ResponsesReader(body).read();
  if (chat) chat->body = std::move(body);
  return chat;
}

}  // namespace genai::wire::responses

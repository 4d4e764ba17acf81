// Reading what an upstream answers: chunks, whole answers, errors inside of them.
#include "domain/wire/openai.hpp"
#include "domain/wire/openai_error.hpp"
#include "domain/wire/usage.hpp"
#include "platform/json/reader.hpp"

namespace genai::wire::openai {
namespace {

using json::Kind;

// One pass over a payload. What is not known is checked as JSON and left alone. Duplicate keys pass: the payload is handed on as it is.
class EventReader {
 public:
  EventReader(std::string_view payload, std::string* text) : in_(payload, json::Duplicates::allowed), payload_(payload), text_(text) {}

  Result<chat::Event> read(bool whole) {
    event_.payload = payload_;
    event_.whole = whole;
    if (!in_.enter_object()) return broken();
    std::string_view key;
    while (in_.next_member(key)) {
      if (key == "choices") read_choices();
      else if (key == "usage") read_usage();
      else if (key == "service_tier") read_service_tier();
      else if (key == "error") read_error();
      else in_.skip();
    }
    if (!in_.end()) return broken();
    if (error_) return std::move(*error_);
    if (!has_choices_ && (whole || !has_usage_))
      return Error{Code::upstream_protocol, "the upstream sent JSON that is no completion: 'choices' is missing", {}};
    event_.only_usage = !whole && choices_ == 0 && has_usage_;
    return event_;
  }

 private:
  Error broken() {
    std::string what = "the upstream sent something that is not a JSON object";
    if (in_.failed()) what += ": " + in_.error().what;
    return {Code::upstream_protocol, std::move(what), {}};
  }

  void read_choices() {
    if (!in_.enter_array()) return;
    has_choices_ = true;
    for (; in_.next_element(); ++choices_)
      if (in_.enter_object()) read_choice();
  }

  void read_choice() {
    std::string_view key;
    while (in_.next_member(key)) {
      if (key == "delta" || key == "message") read_delta();
      else if (key == "text") visible(said());
      else if (key == "finish_reason") event_.finish |= filled(in_.string());
      else in_.skip();
    }
  }

  void read_delta() {
    if (!in_.enter_object()) return;
    std::string_view key;
    while (in_.next_member(key)) {
      if (key == "content") visible(said());
      else if (key == "reasoning_content" || key == "reasoning" || key == "refusal") event_.token |= said();
      else if (key == "tool_calls") event_.token |= said_in_elements();
      else if (key == "function_call") event_.token |= in_.kind() == Kind::object, said_in_object();
      else in_.skip();
    }
  }

  static bool filled(const std::optional<json::Text>& text) { return text && text->size > 0; }

  // A string with something in it. Content of an answer may also be an array of parts.
  bool said() {
    if (in_.kind() == Kind::array) return said_in_elements();
    const auto text = in_.string();
    if (!filled(text)) return false;
    if (text_ != nullptr) text->escaped() ? text_->append(text->unescaped()) : text_->append(text->raw);
    return true;
  }

  // Parts of content, calls of tools.
  bool said_in_elements() {
    bool any = false;
    if (!in_.enter_array()) return false;
    for (; in_.next_element(); any = true) said_in_object();
    return any;
  }

  // What a model generates inside of an object: a part's text, a call's name and arguments.
  void said_in_object() {
    if (in_.kind() != Kind::object || text_ == nullptr) return in_.skip();
    in_.enter_object();
    std::string_view key;
    while (in_.next_member(key)) {
      if (key == "text" || key == "name" || key == "arguments" || key == "refusal") (void)said();
      else if (key == "function") said_in_object();
      else in_.skip();
    }
  }

  void visible(bool said) {
    event_.visible |= said;
    event_.token |= said;
  }

  void read_service_tier() {
    if (const auto text = in_.string()) event_.service_tier = text->raw;
  }

  void read_usage() {
    const auto comma = in_.comma_at();
    const std::size_t key = in_.key_at();
    has_usage_ = in_.kind() == Kind::object;
    event_.usage = read_openai_usage(in_);
    if (in_.failed()) return;
    event_.usage_begin = comma.value_or(key);
    event_.usage_end = in_.behind();
    if (comma) return;
    const std::size_t next = payload_.find_first_not_of(" \t\r\n", event_.usage_end);  // the first member goes with the comma behind it
    if (next != payload_.npos && payload_[next] == ',') event_.usage_end = next + 1;
  }

  void read_error() {
    if (in_.kind() == Kind::null) return in_.skip();
    error_ = read_embedded_error(in_);
  }

  json::Reader in_;
  std::string_view payload_;
  std::string* text_;  // where what is said goes; nowhere when null
  chat::Event event_;
  std::optional<Error> error_;
  std::size_t choices_ = 0;
  bool has_choices_ = false;
  bool has_usage_ = false;
};

}  // namespace

Result<chat::Event> decode_chunk(std::string_view payload, std::string* text) { return EventReader(payload, text).read(false); }
Result<chat::Event> decode_answer(std::string_view payload, std::string* text) { return EventReader(payload, text).read(true); }

std::string_view without_usage(const chat::Event& event, std::string& into) {
  into.clear();
  if (event.usage_begin == event.usage_end) return event.payload;
  into.append(event.payload.substr(0, event.usage_begin)).append(event.payload.substr(event.usage_end));
  return into;
}

}  // namespace genai::wire::openai

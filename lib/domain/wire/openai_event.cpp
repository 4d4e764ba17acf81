// Reading what an upstream answers: chunks, whole answers, errors inside of them.
#include <charconv>
#include <vector>

#include "domain/wire/openai.hpp"
#include "domain/wire/openai_error.hpp"
#include "domain/wire/usage.hpp"
#include "platform/json/reader.hpp"

namespace genai::wire::openai {
namespace {

using Kind = chat::Delta::Kind;

chat::Finish finish_of(std::string_view reason) {
  if (reason == "length") return chat::Finish::length;
  if (reason == "tool_calls" || reason == "function_call") return chat::Finish::tool_calls;
  if (reason == "content_filter") return chat::Finish::content_filter;
  return chat::Finish::stop;
}

// One pass over a payload. What is not known is checked as JSON and left alone. Duplicate keys pass: the payload is handed on as it is.
class EventReader {
 public:
  EventReader(std::string_view payload, std::string* text, std::vector<chat::Delta>* deltas = nullptr)
      : in_(payload, json::Manner::lenient), payload_(payload), text_(text), deltas_(deltas) {}

  Result<chat::Event> read(bool whole) {
    event_.payload = payload_;
    event_.whole = whole;
    if (!in_.enter_object()) return no_object(in_);
    std::string_view key;
    while (in_.next_member(key)) {
      if (key == "choices") read_choices();
      else if (key == "usage") read_usage();
      else if (key == "x_groq") read_x_groq();
      else if (key == "object") read_object();
      else if (key == "service_tier") read_service_tier();
      else if (key == "error") read_error();
      else in_.skip();
    }
    if (!in_.end()) return no_object(in_);
    if (is_error_) return of_bare_error();
    if (error_) return std::move(*error_);
    if (!has_choices_ && (whole || !has_usage_))
      return Error{Code::upstream_protocol, "the upstream sent JSON that is no completion: 'choices' is missing", {}};
    if (!event_.usage && !has_usage_) event_.usage = groq_;
    event_.only_usage = !whole && choices_ == 0 && has_usage_;
    if (deltas_ != nullptr) event_.deltas = *deltas_;
    return event_;
  }

 private:

  void read_choices() {
    if (!in_.enter_array()) return;
    has_choices_ = true;
    for (; in_.next_element(); ++choices_)
      if (in_.enter_object()) read_choice();
  }

  void read_choice() {
    std::string_view key, sequence;
    while (in_.next_member(key)) {
      if (key == "delta" || key == "message") read_delta();
      else if (key == "text") say(Kind::text);
      else if (key == "finish_reason") read_finish();
      else if (key == "stop_reason") sequence = raw_text();  // vLLM: which stop sequence it was, where it was one
      else in_.skip();
    }
    if (sequence.empty() || event_.finish != chat::Finish::stop) return;
    event_.finish = chat::Finish::stop_sequence;
    event_.stop_sequence = sequence;
  }

  void read_finish() {
    const auto text = in_.string();
    if (!text || text->size == 0) return;
    event_.finish = finish_of(text->raw);
  }

  void read_delta() {
    if (!in_.enter_object()) return;
    bool has_reasoned = false;
    std::string_view key;
    while (in_.next_member(key)) {
      if (key == "content") say(Kind::text);
      else if (key == "reasoning_content" || key == "reasoning") read_reasoning(has_reasoned);
      else if (key == "refusal") say(Kind::refusal);
      else if (key == "tool_calls") event_.token |= read_calls();
      else if (key == "function_call") event_.token |= in_.kind() == json::Kind::object, read_call(0);
      else in_.skip();
    }
  }

  // Under the old name, the new one, or the same under both.
  void read_reasoning(bool& has_reasoned) {
    if (has_reasoned) in_.skip();
    else has_reasoned = say(Kind::reasoning);
  }

  // Whether there was a string with something in it. Content of an answer may also be an array of parts.
  bool say(Kind channel) {
    if (in_.kind() == json::Kind::array) return say_parts(channel);
    const auto text = in_.string();
    if (!text || text->size == 0) return false;
    event_.token = true;
    event_.visible |= channel == Kind::text;
    count(*text);
    if (deltas_ != nullptr) deltas_->push_back({.kind = channel, .text = text->raw});
    return true;
  }

  void count(const json::Text& text) {
    if (text_ != nullptr) text.escaped() ? text_->append(text.unescaped()) : text_->append(text.raw);
  }

  bool say_parts(Kind channel) {
    bool any = false;
    std::string_view key;
    for (in_.enter_array(); in_.next_element();) {
      if (!in_.enter_object()) continue;
      while (in_.next_member(key)) {
        if (key == "text") any |= say(channel);
        else if (key == "refusal") any |= say(Kind::refusal);
        else if (key == "thinking") any |= say(Kind::reasoning);
        else in_.skip();
      }
    }
    return any;
  }

  // Chunks number their calls; whole answers list them.
  bool read_calls() {
    if (!in_.enter_array()) return false;
    int place = 0;
    for (; in_.next_element(); ++place) read_call(place);
    return place > 0;
  }

  void read_call(int place) {
    chat::Delta call{.kind = Kind::tool_call, .call = place};
    std::optional<json::Text> arguments;
    read_call_members(call, arguments);
    if (deltas_ == nullptr || in_.failed()) return;
    if (!call.id.empty() || !call.name.empty()) deltas_->push_back(call);
    if (arguments && arguments->size > 0) deltas_->push_back({.kind = Kind::arguments, .call = call.call, .text = arguments->raw});
  }

  void read_call_members(chat::Delta& call, std::optional<json::Text>& arguments) {
    if (!in_.enter_object()) return;
    std::string_view key;
    while (in_.next_member(key)) {
      if (key == "index") read_index(call.call);
      else if (key == "id") call.id = raw_text();
      else if (key == "function") read_call_members(call, arguments);
      else if (key == "name") call.name = generated();
      else if (key == "arguments") arguments = counted();
      else in_.skip();
    }
  }

  std::optional<json::Text> counted() {
    const auto text = in_.string();
    if (text) count(*text);
    return text;
  }

  std::string_view generated() {
    const auto text = counted();
    return text ? text->raw : std::string_view();
  }

  std::string_view raw_text() {
    const auto text = in_.string();
    return text ? text->raw : std::string_view();
  }

  void read_index(int& index) {
    const auto digits = in_.number();
    if (digits) std::from_chars(digits->data(), digits->data() + digits->size(), index);
  }

  void read_service_tier() {
    if (const auto text = in_.string()) event_.service_tier = text->raw;
  }

  void read_usage() {
    const auto comma = in_.comma_at();
    const std::size_t key = in_.key_at();
    has_usage_ = in_.kind() == json::Kind::object;
    event_.usage = read_openai_usage(in_);
    if (in_.failed()) return;
    event_.usage_begin = comma.value_or(key);
    event_.usage_end = in_.behind();
    if (comma) return;
    const std::size_t next = payload_.find_first_not_of(" \t\r\n", event_.usage_end);  // the first member goes with the comma behind it
    if (next != payload_.npos && payload_[next] == ',') event_.usage_end = next + 1;
  }

  // Groq's streams: {"usage", "error"} of the last chunk, instead of members of its own.
  void read_x_groq() {
    std::string_view key;
    if (!in_.enter_object()) return;
    while (in_.next_member(key)) {
      if (key == "usage") groq_ = read_openai_usage(in_);
      else if (key == "error") read_error();
      else in_.skip();
    }
  }

  // {"object": "error", "message", "type", "code"}: what older servers send instead of {"error"}.
  void read_object() {
    const auto text = in_.string();
    is_error_ = text && text->raw == "error";
  }

  Error of_bare_error() const {
    json::Reader again(payload_, json::Manner::lenient);
    return read_embedded_error(again);
  }

  void read_error() {
    if (in_.kind() == json::Kind::null) return in_.skip();
    error_ = read_embedded_error(in_);
  }

  json::Reader in_;
  std::string_view payload_;
  std::string* text_;  // where what is said goes; nowhere when null
  std::vector<chat::Delta>* deltas_;  // the same
  chat::Event event_;
  std::optional<Error> error_;
  std::optional<chat::Usage> groq_;
  std::size_t choices_ = 0;
  bool has_choices_ = false;
  bool has_usage_ = false;
  bool is_error_ = false;
};

class ChatDecoder final : public Decoder {
 public:
  ChatDecoder(chat::Dialect dialect, bool translated) : dialect_(dialect), translated_(translated) {}

  Result<std::optional<chat::Event>> event(std::string_view, std::string_view data) override {
    if (data == terminal()) return std::optional<chat::Event>();
    auto event = read(data, false);
    if (!event) return event.error();
    return std::optional(*event);
  }
  Result<chat::Event> whole(std::string_view body) override { return read(body, true); }
  std::string_view terminal() const override { return "[DONE]"; }

 private:
  Result<chat::Event> read(std::string_view payload, bool whole) {
    text_.clear();
    deltas_.clear();
    auto event = EventReader(payload, &text_, translated_ ? &deltas_ : nullptr).read(whole);
    if (event) {
      event->text = text_;
      event->dialect = dialect_;
    }
    return event;
  }
  const chat::Dialect dialect_;
  const bool translated_;
  std::string text_;
  std::vector<chat::Delta> deltas_;
};

}  // namespace

std::unique_ptr<Decoder> make_chat_decoder(chat::Dialect dialect, bool translated) { return std::make_unique<ChatDecoder>(dialect, translated); }

Result<chat::Event> decode_chunk(std::string_view payload, std::string* text) { return EventReader(payload, text).read(false); }
Result<chat::Event> decode_answer(std::string_view payload, std::string* text) { return EventReader(payload, text).read(true); }

std::string_view without_usage(const chat::Event& event, std::string& into) {
  into.clear();
  if (event.usage_begin == event.usage_end) return event.payload;
  into.append(event.payload.substr(0, event.usage_begin)).append(event.payload.substr(event.usage_end));
  return into;
}

}  // namespace genai::wire::openai

// Reading what Cohere's chat API answers: messages, whole or event by event.
#include <algorithm>
#include <deque>
#include <utility>
#include <vector>

#include "domain/wire/call_ids.hpp"
#include "domain/wire/cohere.hpp"
#include "domain/wire/openai_error.hpp"
#include "domain/wire/usage.hpp"
#include "platform/json/reader.hpp"

namespace genai::wire::cohere {
namespace {

using Kind = chat::Delta::Kind;

// A call, or a piece of one.
struct ShownCall {
  std::string_view id;
  std::optional<json::Text> name, arguments;
};

struct Units {
  std::optional<std::int64_t> input, output;
  bool known() const { return input && output; }
};

class CohereDecoder final : public Decoder {
 public:
  explicit CohereDecoder(bool translated) : translated_(translated) {}

  Result<std::optional<chat::Event>> event(std::string_view type, std::string_view data) override {
    if (data == "[DONE]") return std::optional<chat::Event>();  // of servers that end as OpenAI's do
    if (auto failure = read(data)) return std::move(*failure);
    if (type_.empty()) type_ = type;
    if (type_.empty()) return Error{Code::upstream_protocol, "the upstream sent an event without a type", {}};
    event_.type = type;
    event_.last = type_ == "message-end";
    if (event_.last && !has_finished_) return Error{Code::upstream_protocol, "the upstream ended its answer without a 'finish_reason'", {}};
    say_contents();
    if (type_ == "tool-call-start") std::for_each(shown_.begin(), shown_.end(), [this](const ShownCall& call) { begin(call); });
    else if (type_ == "tool-call-delta") std::for_each(shown_.begin(), shown_.end(), [this](const ShownCall& call) { go_on(call); });
    else if (type_ == "tool-call-end") end_call();
    return std::optional(finished());
  }

  Result<chat::Event> whole(std::string_view body) override {
    if (auto failure = read(body)) return std::move(*failure);
    if (!has_finished_) return Error{Code::upstream_protocol, "the upstream's answer has no 'finish_reason'", {}};
    say_contents();
    for (const ShownCall& call : shown_) {
      begin(call);
      end_call();
    }
    event_.whole = true;
    return finished();
  }

  std::string_view terminal() const override { return "message-end"; }

 private:
  std::optional<Error> read(std::string_view payload) {
    text_.clear();
    deltas_.clear();
    shown_.clear();
    contents_.clear();
    type_ = {};
    index_ = 0;
    plan_.reset();
    error_.reset();
    event_ = {};
    event_.payload = payload;
    event_.dialect = chat::Dialect::cohere;
    json::Reader in(payload, json::Manner::lenient);
    const bool is_object = in.enter_object();
    if (is_object) read_members(in);
    if (!is_object || !in.end()) return no_object(in);
    return std::move(error_);
  }

  // Of an answer: all of it. Of an event: its type, and what it adds under `delta`, in the same words.
  void read_members(json::Reader& in) {
    std::string_view key;
    while (in.next_member(key)) {
      if (key == "type") type_ = raw(in);
      else if (key == "id") ids_.answer(raw(in));
      else if (key == "index") index_ = read_count(in).value_or(0);
      else if (key == "delta" && in.enter_object()) read_members(in);
      else if (key == "message") read_message(in);
      else if (key == "finish_reason") read_finish(in);
      else if (key == "usage") read_usage(in);
      else if (key == "error" && in.kind() != json::Kind::null) error_ = openai::read_embedded_error(in);
      else if (key != "delta") in.skip();
    }
  }

  static std::string_view raw(json::Reader& in) {
    const auto text = in.string();
    return text ? text->raw : std::string_view();
  }

  void read_finish(json::Reader& in) {
    const std::string_view word = raw(in);
    if (word.empty()) return;
    has_finished_ = true;
    if (word == "MAX_TOKENS" || word == "ERROR_LIMIT") event_.finish = chat::Finish::length;
    else if (word == "TOOL_CALL") event_.finish = chat::Finish::tool_calls;
    else if (word == "STOP_SEQUENCE") event_.finish = chat::Finish::stop_sequence;
    else if (word == "ERROR_TOXIC") event_.finish = chat::Finish::content_filter;
    else if (word.starts_with("ERROR") || word == "TIMEOUT" || word == "USER_CANCEL") stopped(word);
    else event_.finish = chat::Finish::stop;
  }

  void stopped(std::string_view word) {
    if (!error_) error_ = Error{Code::upstream_error, "the provider reported an error: the model stopped with " + std::string(word), {}};
  }

  // A sentence where a message should be is an error.
  void read_message(json::Reader& in) {
    if (in.kind() == json::Kind::string) {
      error_ = openai::read_embedded_error(in);
      return;
    }
    std::string_view key;
    if (!in.enter_object()) return;
    while (in.next_member(key)) {
      if (key == "content") each(in, [this](json::Reader& content) { read_content(content); });
      else if (key == "tool_plan") plan_ = in.string();
      else if (key == "tool_calls") each(in, [this](json::Reader& call) { read_call(call); });
      else in.skip();
    }
  }

  // Answers have arrays, events have what would be their only element.
  template <class Read>
  static void each(json::Reader& in, Read read) {
    if (in.kind() == json::Kind::object) return read(in);
    if (!in.enter_array()) return;
    while (in.next_element()) read(in);
  }

  void read_content(json::Reader& in) {
    std::string_view key;
    if (!in.enter_object()) return;
    while (in.next_member(key)) {
      if (key == "text") keep(Kind::text, in.string());
      else if (key == "thinking") keep(Kind::reasoning, in.string());
      else in.skip();
    }
  }

  void keep(Kind kind, const std::optional<json::Text>& text) {
    if (text) contents_.emplace_back(kind, *text);
  }

  void read_call(json::Reader& in) {
    ShownCall call;
    std::string_view key;
    if (!in.enter_object()) return;
    while (in.next_member(key)) {
      if (key == "id") call.id = raw(in);
      else if (key == "function") read_function(in, call);
      else in.skip();
    }
    shown_.push_back(call);
  }

  void read_function(json::Reader& in, ShownCall& call) {
    std::string_view key;
    if (!in.enter_object()) return;
    while (in.next_member(key)) {
      if (key == "name") call.name = in.string();
      else if (key == "arguments") call.arguments = in.string();
      else in.skip();
    }
  }

  // ---- usage

  void read_usage(json::Reader& in) {
    Units billed, counted;
    std::int64_t cached = 0;
    std::string_view key;
    if (!in.enter_object()) return;
    while (in.next_member(key)) {
      if (key == "billed_units") billed = read_units(in);
      else if (key == "tokens") counted = read_units(in);
      else if (key == "cached_tokens") cached = read_count(in).value_or(0);
      else in.skip();
    }
    if (billed.known()) event_.usage = chat::Usage{Tokens(*billed.input), Tokens(*billed.output), Tokens(0), Tokens(0), false};
    else if (counted.known()) event_.usage = chat::Usage{Tokens(*counted.input), Tokens(*counted.output), Tokens(std::min(cached, *counted.input)), Tokens(0), false};
  }

  static Units read_units(json::Reader& in) {
    Units units;
    std::string_view key;
    if (!in.enter_object()) return units;
    while (in.next_member(key)) {
      if (key == "input_tokens") units.input = read_count(in);
      else if (key == "output_tokens") units.output = read_count(in);
      else in.skip();
    }
    return units;
  }

  // ---- saying

  void count(const json::Text& text) { text.escaped() ? text_.append(text.unescaped()) : text_.append(text.raw); }

  void say(Kind kind, const json::Text& text) {
    if (text.size == 0) return;
    count(text);
    event_.token = true;
    event_.visible |= kind == Kind::text;
    deltas_.push_back({.kind = kind, .text = text.raw});
  }

  void say_contents() {
    if (plan_) say(Kind::reasoning, *plan_);
    for (const auto& [kind, text] : contents_) say(kind, text);
  }

  void begin(const ShownCall& call) {
    event_.token = true;
    if (call.name) count(*call.name);
    places_.push_back(index_);
    has_arguments_ = false;
    const std::string_view id = call.id.empty() ? std::string_view(made_.emplace_back(ids_.of(last_call()))) : call.id;
    deltas_.push_back({.kind = Kind::tool_call, .call = last_call(), .id = id, .name = call.name ? call.name->raw : std::string_view()});
    if (call.arguments) give(last_call(), *call.arguments);
  }

  void go_on(const ShownCall& call) {
    const auto place = std::find(places_.rbegin(), places_.rend(), index_);
    if (place != places_.rend() && call.arguments) give(static_cast<int>(places_.rend() - place) - 1, *call.arguments);
  }

  void give(int call, const json::Text& arguments) {
    if (arguments.size == 0) return;
    count(arguments);
    event_.token = has_arguments_ = true;
    deltas_.push_back({.kind = Kind::arguments, .call = call, .text = arguments.raw});
  }

  // A call that was given nothing is one with an empty object.
  void end_call() {
    if (!places_.empty() && !std::exchange(has_arguments_, true)) deltas_.push_back({.kind = Kind::arguments, .call = last_call(), .text = "{}"});
  }

  int last_call() const { return static_cast<int>(places_.size()) - 1; }

  chat::Event finished() {
    if (event_.finish == chat::Finish::stop && !places_.empty()) event_.finish = chat::Finish::tool_calls;
    event_.text = text_;
    if (translated_) event_.deltas = deltas_;
    return event_;
  }

  const bool translated_;
  bool has_finished_ = false;
  CallIds ids_;
  std::vector<std::int64_t> places_;  // of the calls so far: the index under which the upstream goes on with them
  bool has_arguments_ = false;        // the last of them
  std::deque<std::string> made_;      // ids
  // Of what is read:
  std::string_view type_;
  std::int64_t index_ = 0;
  chat::Event event_;
  std::optional<Error> error_;
  std::optional<json::Text> plan_;
  std::vector<std::pair<Kind, json::Text>> contents_;
  std::vector<ShownCall> shown_;
  std::string text_;
  std::vector<chat::Delta> deltas_;
};

}  // namespace

std::unique_ptr<Decoder> make_decoder(bool translated) { return std::make_unique<CohereDecoder>(translated); }

}  // namespace genai::wire::cohere

// Reading what Ollama's own API answers: objects, whole or line by line, and errors inside of them.
#include <deque>
#include <vector>

#include "domain/wire/call_ids.hpp"
#include "domain/wire/compose.hpp"
#include "domain/wire/ollama.hpp"
#include "domain/wire/openai_error.hpp"
#include "domain/wire/usage.hpp"
#include "platform/json/reader.hpp"

namespace genai::wire::ollama {
namespace {

using Kind = chat::Delta::Kind;

struct ShownCall {
  std::string_view id;
  std::optional<json::Text> name;
  std::string arguments;  // one JSON object
};

class OllamaDecoder final : public Decoder {
 public:
  OllamaDecoder(chat::Dialect dialect, bool translated) : dialect_(dialect), translated_(translated) {}

  Result<std::optional<chat::Event>> event(std::string_view type, std::string_view data) override {
    auto event = read(data);
    if (!event) return event.error();
    event->type = type;
    return std::optional(*event);
  }

  Result<chat::Event> whole(std::string_view body) override {
    auto event = read(body);
    if (!event) return event;
    if (!event->last) return Error{Code::upstream_protocol, "the upstream's answer is not 'done'", {}};
    event->whole = true;
    event->last = false;
    return event;
  }

  std::string_view terminal() const override { return "a line that is 'done'"; }

 private:
  Result<chat::Event> read(std::string_view payload) {
    text_.clear();
    deltas_.clear();
    scratch_.clear();
    shown_.clear();
    said_.reset();
    thought_.reset();
    error_.reset();
    done_.reset();
    event_ = {};
    event_.payload = payload;
    event_.dialect = dialect_;
    json::Reader in(payload, json::Manner::lenient);
    const bool is_object = in.enter_object();
    if (is_object) read_members(in);
    if (!is_object || !in.end()) return no_object(in);
    if (error_) return std::move(*error_);
    if (!done_) return Error{Code::upstream_protocol, "the upstream sent JSON that is no answer: 'done' is missing", {}};
    return finished();
  }

  void read_members(json::Reader& in) {
    std::string_view key;
    while (in.next_member(key)) {
      if (key == "message") read_message(in);
      else if (key == "response") said_ = in.string();
      else if (key == "thinking") thought_ = in.string();
      else if (key == "done") done_ = in.boolean();
      else if (key == "done_reason") read_finish(in);
      else if (key == "created_at") read_time(in);
      else if (key == "prompt_eval_count") prompt_ = read_count(in);
      else if (key == "prompt_eval_cached_count") cached_ = read_count(in);
      else if (key == "eval_count") completion_ = read_count(in);
      else if (key == "error" && in.kind() != json::Kind::null) error_ = openai::read_embedded_error(in);
      else in.skip();
    }
  }

  // There are `stop`, `length`, and `load` and `unload` of a model that was asked for nothing.
  void read_finish(json::Reader& in) {
    const auto reason = in.string();
    if (reason && reason->raw == "length") event_.finish = chat::Finish::length;
  }

  // Calls may have no ids: when the answer began makes them.
  void read_time(json::Reader& in) {
    if (const auto text = in.string()) ids_.answer(text->raw);
  }

  void read_message(json::Reader& in) {
    std::string_view key;
    if (!in.enter_object()) return;
    while (in.next_member(key)) {
      if (key == "content") said_ = in.string();
      else if (key == "thinking") thought_ = in.string();
      else if (key == "tool_calls") read_calls(in);
      else in.skip();
    }
  }

  void read_calls(json::Reader& in) {
    if (!in.enter_array()) return;
    while (in.next_element()) {
      ShownCall call;
      std::string_view key;
      if (!in.enter_object()) continue;
      while (in.next_member(key)) {
        if (key == "id") call.id = raw(in);
        else if (key == "function") read_function(in, call);
        else in.skip();
      }
      shown_.push_back(std::move(call));
    }
  }

  void read_function(json::Reader& in, ShownCall& call) {
    std::string_view key;
    if (!in.enter_object()) return;
    while (in.next_member(key)) {
      if (key == "name") call.name = in.string();
      else if (key == "arguments") read_arguments(in, call);
      else in.skip();
    }
  }

  // An object; servers that imitate this dialect have sent the text of one.
  void read_arguments(json::Reader& in, ShownCall& call) {
    const std::size_t begin = in.at();
    const bool is_object_here = in.kind() == json::Kind::object;
    const auto text = in.kind() == json::Kind::string ? in.string() : (in.skip(), std::nullopt);
    if (in.failed()) return;
    if (is_object_here) call.arguments = compact(event_.payload.substr(begin, in.behind() - begin));
    else if (text && is_object(text->unescaped())) call.arguments = text->unescaped();
  }

  static std::string_view raw(json::Reader& in) {
    const auto text = in.string();
    return text ? text->raw : std::string_view();
  }

  // ---- saying: a thought comes before what follows from it, wherever it stood

  chat::Event finished() {
    say(Kind::reasoning, thought_);
    say(Kind::text, said_);
    for (const ShownCall& call : shown_) say(call);
    if (*done_) finish();
    else event_.finish = chat::Finish::none;
    event_.text = text_;
    if (translated_) event_.deltas = deltas_;
    return event_;
  }

  void count(const json::Text& text) { text.escaped() ? text_.append(text.unescaped()) : text_.append(text.raw); }

  void say(Kind kind, const std::optional<json::Text>& text) {
    if (!text || text->size == 0) return;
    count(*text);
    event_.token = has_spoken_ = true;
    event_.visible |= kind == Kind::text;
    deltas_.push_back({.kind = kind, .text = text->raw});
  }

  void say(const ShownCall& call) {
    event_.token = has_spoken_ = true;
    if (call.name) count(*call.name);
    const std::string_view arguments = call.arguments.empty() ? std::string_view("{}") : std::string_view(call.arguments);
    text_ += arguments;
    const std::string_view id = call.id.empty() ? std::string_view(scratch_.emplace_back(ids_.of(calls_))) : call.id;
    deltas_.push_back({.kind = Kind::tool_call, .call = calls_, .id = id, .name = call.name ? call.name->raw : std::string_view()});
    json::append_escaped(scratch_.emplace_back(), arguments);
    deltas_.push_back({.kind = Kind::arguments, .call = calls_++, .text = scratch_.back()});
  }

  // A count of 0 says no more than one that is left out: no prompt has no tokens, and no answer but one without a word.
  void finish() {
    event_.last = true;
    if (event_.finish == chat::Finish::none) event_.finish = calls_ > 0 ? chat::Finish::tool_calls : chat::Finish::stop;
    const auto prompt = prompt_.value_or(0), completion = completion_.value_or(0);
    if (prompt == 0 || (completion == 0 && has_spoken_)) return;
    event_.usage = chat::Usage{Tokens(prompt), Tokens(completion), Tokens(std::min(cached_.value_or(0), prompt)), Tokens(0), false};
  }

  const chat::Dialect dialect_;
  const bool translated_;
  bool has_spoken_ = false;
  int calls_ = 0;
  CallIds ids_;
  std::optional<std::int64_t> prompt_, cached_, completion_;
  // Of the object that is read:
  chat::Event event_;
  std::optional<Error> error_;
  std::optional<bool> done_;
  std::optional<json::Text> said_, thought_;
  std::vector<ShownCall> shown_;
  std::string text_;
  std::vector<chat::Delta> deltas_;
  std::deque<std::string> scratch_;  // what deltas point to that does not stand in the payload
};

}  // namespace

std::unique_ptr<Decoder> make_decoder(chat::Dialect dialect, bool translated) { return std::make_unique<OllamaDecoder>(dialect, translated); }

}  // namespace genai::wire::ollama

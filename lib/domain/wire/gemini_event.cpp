// Reading what Google's Gemini API answers: responses, whole or in chunks, and errors inside of them.
//
// Format: "Gemini API: Generating content" (GenerateContentResponse, Candidate, FinishReason, BlockReason), "Function calling", "Thinking".
#include <algorithm>
#include <array>
#include <deque>
#include <vector>

#include "domain/wire/call_ids.hpp"
#include "domain/wire/compose.hpp"
#include "domain/wire/gemini.hpp"
#include "domain/wire/openai_error.hpp"
#include "domain/wire/usage.hpp"
#include "platform/json/reader.hpp"
#include "platform/json/writer.hpp"

namespace genai::wire::gemini {
namespace {

using Kind = chat::Delta::Kind;

constexpr std::array<std::string_view, 9> filtered{"SAFETY", "RECITATION", "LANGUAGE", "BLOCKLIST", "PROHIBITED_CONTENT",
                                                   "SPII", "IMAGE_SAFETY", "IMAGE_PROHIBITED_CONTENT", "IMAGE_RECITATION"};
// The model said something that is no answer.
constexpr std::array<std::string_view, 5> failed{"MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL", "TOO_MANY_TOOL_CALLS",
                                                 "MISSING_THOUGHT_SIGNATURE", "MALFORMED_RESPONSE"};

template <std::size_t size>
bool is_one_of(const std::array<std::string_view, size>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// A part, as its members say.
struct ShownPart {
  std::optional<json::Text> text, name;
  std::string_view id, arguments, signature;
  bool is_thought = false, is_call = false, is_foreign = false;
};

class GeminiDecoder final : public Decoder {
 public:
  explicit GeminiDecoder(bool translated) : translated_(translated) {}

  Result<std::optional<chat::Event>> event(std::string_view type, std::string_view data) override {
    auto event = read(data);
    if (!event) return event.error();
    event->type = type;
    return std::optional(*event);
  }

  Result<chat::Event> whole(std::string_view body) override {
    auto event = read(body);
    if (!event) return event;
    event->whole = true;
    if (!has_finished_) return Error{Code::upstream_protocol, "the upstream's answer has no 'finishReason'", {}};
    return event;
  }

  bool may_end() const override { return has_finished_; }
  std::string_view terminal() const override { return "a chunk with 'finishReason'"; }

 private:
  Result<chat::Event> read(std::string_view payload) {
    text_.clear();
    deltas_.clear();
    scratch_.clear();
    error_.reset();
    is_response_ = false;
    event_ = {};
    event_.payload = payload;
    event_.dialect = chat::Dialect::gemini;
    json::Reader in(payload, json::Manner::lenient);
    const bool is_object = in.enter_object();
    if (is_object) read_members(in);
    if (!is_object || !in.end()) return no_object(in);
    if (error_) return std::move(*error_);
    if (!is_response_) return Error{Code::upstream_protocol, "the upstream sent JSON that is no response: 'candidates' is missing", {}};
    return finished();
  }

  void read_members(json::Reader& in) {
    std::string_view key;
    while (in.next_member(key)) {
      if (key == "candidates") read_candidates(in);
      else if (key == "promptFeedback") read_feedback(in);
      else if (key == "usageMetadata") is_response_ = true, event_.usage = read_gemini_usage(in);
      else if (key == "responseId") is_response_ = true, read_id(in);
      else if (key == "error") read_error(in);
      else in.skip();
    }
  }

  void read_error(json::Reader& in) {
    if (in.kind() == json::Kind::null) return in.skip();
    error_ = openai::read_embedded_error(in);
  }

  void fail(std::string what) {
    if (!error_) error_ = Error{Code::upstream_error, std::move(what), {}};
  }

  void read_id(json::Reader& in) {
    if (const auto text = in.string()) ids_.answer(text->raw);
  }

  // ---- candidates; one was asked for

  void read_candidates(json::Reader& in) {
    if (!in.enter_array()) return;
    is_response_ = true;
    for (std::size_t place = 0; in.next_element(); ++place) {
      if (place > 0) in.skip();
      else if (in.enter_object()) read_candidate(in);
    }
  }

  void read_candidate(json::Reader& in) {
    std::string_view key;
    while (in.next_member(key)) {
      if (key == "content") read_content(in);
      else if (key == "finishReason") read_finish(in);
      else in.skip();
    }
  }

  void read_finish(json::Reader& in) {
    const auto text = in.string();
    if (!text || text->size == 0 || text->raw == "FINISH_REASON_UNSPECIFIED") return;
    if (is_one_of(failed, text->raw)) return fail("the provider reported an error: the model stopped with " + std::string(text->raw));
    has_finished_ = true;
    if (text->raw == "MAX_TOKENS") event_.finish = chat::Finish::length;
    else if (is_one_of(filtered, text->raw)) event_.finish = chat::Finish::content_filter;
    else event_.finish = chat::Finish::stop;
  }

  // A prompt that was blocked has no candidates: its answer is empty, and over.
  void read_feedback(json::Reader& in) {
    std::string_view key;
    if (!in.enter_object()) return;
    while (in.next_member(key)) {
      const auto reason = key == "blockReason" ? in.string() : (in.skip(), std::nullopt);
      if (!reason || reason->size == 0) continue;
      is_response_ = has_finished_ = true;
      event_.finish = chat::Finish::content_filter;
    }
  }

  void read_content(json::Reader& in) {
    std::string_view key;
    if (!in.enter_object()) return;
    while (in.next_member(key)) {
      if (key != "parts") in.skip();
      else if (in.enter_array())
        while (in.next_element()) read_part(in);
    }
  }

  void read_part(json::Reader& in) {
    ShownPart part;
    std::string_view key;
    if (!in.enter_object()) return;
    while (in.next_member(key)) {
      if (key == "text") part.text = in.string();
      else if (key == "thought") part.is_thought = in.boolean().value_or(false);
      else if (key == "thoughtSignature") part.signature = raw(in);
      else if (key == "functionCall") read_call(in, part);
      else part.is_foreign |= key == "inlineData" || key == "fileData" || key == "executableCode" || key == "codeExecutionResult", in.skip();
    }
    if (!in.failed()) take(part);
  }

  static std::string_view raw(json::Reader& in) {
    const auto text = in.string();
    return text ? text->raw : std::string_view();
  }

  void read_call(json::Reader& in, ShownPart& part) {
    std::string_view key;
    if (!in.enter_object()) return;
    part.is_call = true;
    while (in.next_member(key)) {
      if (key == "name") part.name = in.string();
      else if (key == "id") part.id = raw(in);
      else if (key == "args" && in.kind() == json::Kind::object) {
        const std::size_t begin = in.at();
        in.skip();
        if (!in.failed()) part.arguments = event_.payload.substr(begin, in.behind() - begin);
      } else in.skip();
    }
  }

  // ---- saying. A signature proves what was thought before its part, so it comes first; one on a thought itself, behind it.

  void take(const ShownPart& part) {
    if (part.is_foreign && translated_) return fail("the provider answered with media or code, which cannot be translated");
    if (part.is_thought) say(Kind::reasoning, part.text);
    if (!part.signature.empty()) deltas_.push_back({.kind = Kind::signature, .text = part.signature});
    if (part.is_call) call(part);
    else if (!part.is_thought) say(Kind::text, part.text);
  }

  void count(const json::Text& text) { text.escaped() ? text_.append(text.unescaped()) : text_.append(text.raw); }

  void say(Kind kind, const std::optional<json::Text>& text) {
    if (!text || text->size == 0) return;
    count(*text);
    event_.token = true;
    event_.visible |= kind == Kind::text;
    deltas_.push_back({.kind = kind, .text = text->raw});
  }

  void call(const ShownPart& part) {
    event_.token = true;
    if (part.name) count(*part.name);
    const std::string arguments = part.arguments.empty() ? "{}" : compact(part.arguments);
    text_ += arguments;
    deltas_.push_back({.kind = Kind::tool_call, .call = calls_, .id = part.id, .name = part.name ? part.name->raw : std::string_view()});
    json::append_escaped(scratch_.emplace_back(), arguments);
    deltas_.push_back({.kind = Kind::arguments, .call = calls_++, .text = scratch_.back()});
  }

  chat::Event finished() {
    for (chat::Delta& delta : deltas_)  // the answer's id may stand behind its calls
      if (delta.kind == Kind::tool_call && delta.id.empty()) delta.id = scratch_.emplace_back(ids_.of(delta.call));
    if (event_.finish == chat::Finish::stop && calls_ > 0) event_.finish = chat::Finish::tool_calls;
    event_.text = text_;
    if (translated_) event_.deltas = deltas_;
    return event_;
  }

  const bool translated_;
  bool has_finished_ = false;
  bool is_response_ = false;
  int calls_ = 0;
  CallIds ids_;
  chat::Event event_;
  std::optional<Error> error_;
  std::string text_;
  std::vector<chat::Delta> deltas_;
  std::deque<std::string> scratch_;  // what deltas point to that does not stand in the payload
};

}  // namespace

std::unique_ptr<Decoder> make_decoder(bool translated) { return std::make_unique<GeminiDecoder>(translated); }

}  // namespace genai::wire::gemini

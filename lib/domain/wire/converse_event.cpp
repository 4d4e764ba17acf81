// Reading what Amazon Bedrock's Converse answers: a whole answer, or the events of a stream, and exceptions among them.
//
// Format: Amazon Bedrock API Reference, "Converse" (response), "ConverseStreamOutput", "ContentBlockStart", "ContentBlockDelta", "TokenUsage". The type of
// an event stands outside of its JSON.
#include <array>
#include <deque>
#include <utility>
#include <vector>

#include "domain/wire/converse.hpp"
#include "domain/wire/openai.hpp"
#include "domain/wire/openai_error.hpp"
#include "domain/wire/usage.hpp"
#include "platform/json/reader.hpp"
#include "platform/json/writer.hpp"

namespace genai::wire::converse {
namespace {

using chat::Delta;
using chat::Finish;
using Kind = Delta::Kind;

constexpr std::string_view exception_mark = "exception:", error_mark = "error:";

struct StopReason {
  std::string_view word;
  Finish finish;
};
constexpr std::array<StopReason, 7> stop_reasons{{{"end_turn", Finish::stop},
                                                  {"tool_use", Finish::tool_calls},
                                                  {"max_tokens", Finish::length},
                                                  {"model_context_window_exceeded", Finish::length},
                                                  {"stop_sequence", Finish::stop_sequence},
                                                  {"guardrail_intervened", Finish::content_filter},
                                                  {"content_filtered", Finish::content_filter}}};

Finish finish_of(std::string_view word) {
  for (const auto& row : stop_reasons)
    if (row.word == word) return row.finish;
  return Finish::stop;
}

// The status with which an exception comes where it stands alone. What the model or the way to it did wrong is no fault of the caller's, so that of
// modelStreamErrorException, 424, and of modelTimeoutException, 408, are not kept.
int status_of(std::string_view exception) {
  struct Row {
    std::string_view name;
    int status;
  };
  static constexpr std::array<Row, 6> rows{{{"throttlingException", 429},
                                            {"modelNotReadyException", 429},
                                            {"validationException", 400},
                                            {"accessDeniedException", 403},
                                            {"resourceNotFoundException", 404},
                                            {"serviceUnavailableException", 503}}};
  for (const auto& row : rows)
    if (row.name == exception) return row.status;
  return 500;
}

class ConverseDecoder final : public Decoder {
 public:
  explicit ConverseDecoder(bool translated) : translated_(translated) {}

  Result<std::optional<chat::Event>> event(std::string_view type, std::string_view data) override {
    if (type.starts_with(exception_mark)) return openai::decode_error(status_of(type.substr(exception_mark.size())), data);
    if (type.starts_with(error_mark)) return said_error(data);
    auto event = read(data);
    if (!event) return event.error();
    if (type == "contentBlockStop") end_call(*event);
    event->type = type;
    event->last = type == "metadata";
    if (event->last && !has_finished_) return Error{Code::upstream_protocol, "the upstream ended its answer without a 'stopReason'", {}};
    return std::optional(*event);
  }

  Result<chat::Event> whole(std::string_view body) override {
    auto event = read(body);
    if (!event) return event;
    event->whole = true;
    if (!has_output_) return Error{Code::upstream_protocol, "the upstream sent JSON that is no answer: 'output' is missing", {}};
    if (!has_finished_) return Error{Code::upstream_protocol, "the upstream's answer has no 'stopReason'", {}};
    return event;
  }

  bool may_end() const override { return has_finished_; }
  std::string_view terminal() const override { return "messageStop"; }

 private:
  static Error said_error(std::string_view words) {
    std::string body = R"({"message":)";
    json::append_string(body, words);
    return openai::decode_error(500, body += '}');
  }

  Result<chat::Event> read(std::string_view payload) {
    text_.clear();
    deltas_.clear();
    scratch_.clear();
    error_.reset();
    event_ = {};
    event_.payload = payload;
    event_.dialect = chat::Dialect::converse;
    json::Reader in(payload, json::Manner::lenient);
    in_ = &in;
    const bool is_object = in.enter_object();
    std::string_view key;
    while (is_object && in.next_member(key)) member(key);
    if (!is_object || !in.end()) return no_object(*in_);
    if (error_) return std::move(*error_);
    event_.text = text_;
    if (translated_) event_.deltas = deltas_;
    return event_;
  }

  void fail(std::string what) {
    if (!error_) error_ = Error{Code::upstream_error, std::move(what), {}};
  }

  // Members of whole answers and of all events have names of their own, so that one list reads them all.
  void member(std::string_view key) {
    if (key == "output") read_output();
    else if (key == "start") read_start();
    else if (key == "delta") read_block();
    else if (key == "stopReason") read_stop_reason();
    else if (key == "additionalModelResponseFields") read_additional();
    else if (key == "usage") event_.usage = read_converse_usage(*in_);
    else if (key == "serviceTier") read_tier();
    else in_->skip();
  }

  std::string_view word() {
    const auto text = in_->string();
    return text ? text->raw : std::string_view();
  }

  std::string_view raw() {
    const std::size_t begin = in_->at();
    in_->skip();
    return in_->failed() ? std::string_view() : event_.payload.substr(begin, in_->behind() - begin);
  }

  // Calls read(key) for each member of the next value, if it is an object.
  template <class Read>
  void each_member(Read read) {
    std::string_view key;
    if (!in_->enter_object()) return;
    while (in_->next_member(key)) read(key);
  }

  void read_stop_reason() {
    const auto reason = word();
    if (reason.empty()) return;
    if (reason == "malformed_model_output" || reason == "malformed_tool_use") return fail("the provider reported an error: the model stopped with " + std::string(reason));
    has_finished_ = true;
    event_.finish = finish_of(reason);
  }

  void read_additional() {
    each_member([this](std::string_view key) {
      if (key == "stop_sequence") event_.stop_sequence = word();
      else in_->skip();
    });
  }

  void read_tier() {
    each_member([this](std::string_view key) {
      if (key == "type") event_.service_tier = word();
      else in_->skip();
    });
  }

  void read_output() {
    each_member([this](std::string_view key) {
      if (key == "message") read_message();
      else in_->skip();
    });
  }

  void read_message() {
    each_member([this](std::string_view key) {
      if (key != "content") return in_->skip();
      has_output_ = true;
      if (!in_->enter_array()) return;
      while (in_->next_element()) read_block();
    });
  }

  // The beginning of a block; only those of calls say something.
  void read_start() {
    each_member([this](std::string_view key) {
      if (key == "toolUse") read_call();
      else if (key == "image") fail_on_media();
      else in_->skip();
    });
  }

  // A block of a whole answer, or a piece of one.
  void read_block() {
    each_member([this](std::string_view key) {
      if (key == "text") say(Kind::text);
      else if (key == "toolUse") read_call();
      else if (key == "reasoningContent") read_reasoning();
      else if (key == "image" || key == "video" || key == "audio") fail_on_media();
      else in_->skip();
    });
  }

  void fail_on_media() {
    in_->skip();
    if (translated_) fail("the provider answered with media, which cannot be translated");
  }

  void read_reasoning() {
    each_member([this](std::string_view key) {
      if (key == "text") say(Kind::reasoning);
      else if (key == "signature") prove(Kind::signature);
      else if (key == "redactedContent") prove(Kind::hidden_reasoning);
      else if (key == "reasoningText") read_thought();
      else in_->skip();
    });
  }

  // The proof stands behind what it proves, whatever comes first here.
  void read_thought() {
    std::string_view signature;
    each_member([&](std::string_view key) {
      if (key == "text") say(Kind::reasoning);
      else if (key == "signature") signature = word();
      else in_->skip();
    });
    if (!signature.empty()) deltas_.push_back({.kind = Kind::signature, .text = signature});
  }

  void say(Kind kind) {
    const auto text = in_->string();
    if (!text || text->size == 0) return;
    event_.token = true;
    event_.visible |= kind == Kind::text;
    text->escaped() ? text_.append(text->unescaped()) : text_.append(text->raw);
    deltas_.push_back({.kind = kind, .text = text->raw});
  }

  void prove(Kind kind) {
    const auto text = word();
    if (!text.empty()) deltas_.push_back({.kind = kind, .text = text});
  }

  // A whole call, the beginning of one, or the next piece of its input: a text in a stream, an object in a whole answer. Calls come one behind the other.
  void read_call() {
    std::optional<json::Text> name, piece;
    std::string_view id, input;
    each_member([&](std::string_view key) {
      if (key == "toolUseId") id = word();
      else if (key == "name") name = in_->string();
      else if (key != "input") in_->skip();
      else if (in_->kind() == json::Kind::string) piece = in_->string();
      else input = raw();
    });
    if (in_->failed()) return;
    if (name) begin_call(id, *name);
    if (calls_ == 0) return;
    if (piece && piece->size > 0) argue(piece->raw, piece->escaped() ? piece->unescaped() : std::string(piece->raw));
    if (input.empty()) return;
    json::append_escaped(scratch_.emplace_back(), input);
    argue(scratch_.back(), input);
  }

  void begin_call(std::string_view id, const json::Text& name) {
    event_.token = true;
    is_bare_call_ = true;
    text_.append(name.raw);
    deltas_.push_back({.kind = Kind::tool_call, .call = calls_++, .id = id, .name = name.raw});
  }

  void argue(std::string_view escaped, std::string_view plain) {
    event_.token = true;
    is_bare_call_ = false;
    text_.append(plain);
    deltas_.push_back({.kind = Kind::arguments, .call = calls_ - 1, .text = escaped});
  }

  // A call without a piece of input has an empty one.
  void end_call(chat::Event& event) {
    if (!std::exchange(is_bare_call_, false) || !translated_) return;
    deltas_.push_back({.kind = Kind::arguments, .call = calls_ - 1, .text = "{}"});
    event.deltas = deltas_;
  }

  const bool translated_;
  bool is_bare_call_ = false;  // the block is a call that was given nothing so far
  bool has_finished_ = false;
  bool has_output_ = false;
  int calls_ = 0;
  json::Reader* in_ = nullptr;  // while read() runs
  chat::Event event_;
  std::optional<Error> error_;
  std::string text_;
  std::vector<Delta> deltas_;
  std::deque<std::string> scratch_;  // what deltas point to that does not stand in the payload
};

}  // namespace

std::unique_ptr<Decoder> make_decoder(bool translated) { return std::make_unique<ConverseDecoder>(translated); }

}  // namespace genai::wire::converse

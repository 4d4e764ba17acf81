// Answers of the Messages API: reading an upstream's, and saying one to a client.
#include <array>
#include <deque>
#include <vector>

#include "domain/wire/anthropic.hpp"
#include "domain/wire/event_stream.hpp"
#include "domain/wire/openai_error.hpp"
#include "domain/wire/usage.hpp"
#include "platform/json/reader.hpp"
#include "platform/json/writer.hpp"

namespace genai::wire::anthropic {
namespace {

using chat::Delta;
using chat::Finish;
using Kind = Delta::Kind;

struct StopReason {
  std::string_view word;
  Finish finish;
};
// The first word of a Finish is the one that is said.
constexpr std::array<StopReason, 8> stop_reasons{{{"end_turn", Finish::stop},
                                                  {"max_tokens", Finish::length},
                                                  {"tool_use", Finish::tool_calls},
                                                  {"stop_sequence", Finish::stop_sequence},
                                                  {"refusal", Finish::refusal},
                                                  {"refusal", Finish::content_filter},
                                                  {"pause_turn", Finish::stop},
                                                  {"model_context_window_exceeded", Finish::length}}};

Finish finish_of(std::string_view word) {
  for (const auto& row : stop_reasons)
    if (row.word == word) return row.finish;
  return Finish::stop;
}

std::string_view word_of(Finish finish) {
  for (const auto& row : stop_reasons)
    if (row.finish == finish) return row.word;
  return "end_turn";
}

class MessagesDecoder final : public Decoder {
 public:
  explicit MessagesDecoder(bool translated) : translated_(translated) {}

  Result<std::optional<chat::Event>> event(std::string_view, std::string_view data) override {
    auto event = read(data, false);
    if (!event) return event.error();
    return std::optional(*event);
  }
  Result<chat::Event> whole(std::string_view body) override { return read(body, true); }
  std::string_view terminal() const override { return "message_stop"; }

 private:
  Result<chat::Event> read(std::string_view payload, bool whole) {
    json::Reader in(payload, json::Manner::lenient);
    in_ = &in;
    event_ = {};
    event_.payload = payload;
    event_.dialect = chat::Dialect::messages;
    event_.whole = whole;
    text_.clear();
    deltas_.clear();
    scratch_.clear();
    error_.reset();
    has_content_ = false;
    block_ = 0;
    if (!in.enter_object()) return no_object(*in_);
    std::string_view key;
    while (in.next_member(key)) member(key);
    if (!in.end()) return no_object(*in_);
    if (error_) return std::move(*error_);
    if (whole && !has_content_) return Error{Code::upstream_protocol, "the upstream sent JSON that is no message: 'content' is missing", {}};
    if (!whole && event_.type.empty()) return Error{Code::upstream_protocol, "the upstream sent an event without a type", {}};
    event_.last = event_.type == "message_stop";
    if (whole) event_.type = {};
    if (event_.finish != Finish::none || whole) event_.usage = usage_.usage();
    event_.text = text_;
    event_.deltas = deltas_;
    return event_;
  }

  // Members of an event, of a message, and of a delta have names of their own, so that one list reads them all.
  void member(std::string_view key) {
    if (key == "type") event_.type = word();
    else if (key == "index") read_index();
    else if (key == "message") read_message();
    else if (key == "content_block") read_block();
    else if (key == "delta") read_delta();
    else if (key == "content") read_content();
    else if (key == "stop_reason") read_stop_reason();
    else if (key == "stop_sequence") event_.stop_sequence = word();
    else if (key == "usage") read_usage();
    else if (key == "error") error_ = openai::read_embedded_error(*in_);
    else in_->skip();
  }

  std::string_view word() {
    const auto text = in_->string();
    return text ? text->raw : std::string_view();
  }

  void read_index() {
    const auto digits = in_->number().value_or("0");
    block_ = 0;
    for (const char c : digits.substr(0, 6)) block_ = c >= '0' && c <= '9' ? block_ * 10 + (c - '0') : block_;
  }

  void read_usage() {
    const std::size_t begin = in_->at();
    usage_.read(*in_);
    if (in_->failed()) return;
    json::Reader again(event_.payload.substr(begin, in_->behind() - begin), json::Manner::lenient);
    std::string_view key;
    for (again.enter_object(); again.next_member(key);) {
      if (key != "service_tier") again.skip();
      else if (const auto tier = again.string()) event_.service_tier = tier->raw;
    }
  }

  void read_stop_reason() {
    const auto reason = word();
    if (!reason.empty()) event_.finish = finish_of(reason);
  }

  // Of message_start: all but its type, which would be taken for the event's.
  void read_message() {
    if (!in_->enter_object()) return;
    std::string_view key;
    while (in_->next_member(key)) {
      if (key == "usage") read_usage();
      else in_->skip();
    }
  }

  void read_content() {
    has_content_ = true;
    if (!in_->enter_array()) return;
    for (block_ = 0; in_->next_element(); ++block_) read_block();
  }

  struct Block {
    std::string_view type, id, name, data, input;
    std::optional<json::Text> text, thinking, signature;
  };

  void read_block() {
    Block block;
    if (!in_->enter_object()) return;
    std::string_view key;
    while (in_->next_member(key)) {
      if (key == "type") block.type = word();
      else if (key == "text") block.text = in_->string();
      else if (key == "thinking") block.thinking = in_->string();
      else if (key == "signature") block.signature = in_->string();
      else if (key == "data") block.data = word();
      else if (key == "id") block.id = word();
      else if (key == "name") block.name = word();
      else if (key == "input") block.input = raw();
      else in_->skip();
    }
    if (in_->failed()) return;
    if (block.text) say(Kind::text, *block.text);
    if (block.thinking) say(Kind::reasoning, *block.thinking);
    if (block.signature) prove(block.signature->raw);
    if (block.type == "redacted_thinking") add({.kind = Kind::hidden_reasoning, .text = block.data});
    if (block.type == "tool_use") call(block);
  }

  std::string_view raw() {
    const std::size_t begin = in_->at();
    in_->skip();
    return in_->failed() ? std::string_view() : event_.payload.substr(begin, in_->behind() - begin);
  }

  void call(const Block& block) {
    const int number = static_cast<int>(calls_.size());
    calls_.push_back(block_);
    event_.token = true;
    text_.append(block.name);
    add({.kind = Kind::tool_call, .call = number, .id = block.id, .name = block.name});
    if (block.input.empty() || (!event_.whole && block.input == "{}")) return;
    text_.append(block.input);
    if (translated_) add({.kind = Kind::arguments, .call = number, .text = escaped(block.input)});
  }

  std::string_view escaped(std::string_view json) {
    auto& text = scratch_.emplace_back();
    json::append_escaped(text, json);
    return text;
  }

  void read_delta() {
    if (!in_->enter_object()) return;
    std::string_view key;
    while (in_->next_member(key)) {
      if (key == "text") said(Kind::text);
      else if (key == "thinking") said(Kind::reasoning);
      else if (key == "signature") prove(word());
      else if (key == "partial_json") said(Kind::arguments);
      else if (key == "stop_reason") read_stop_reason();
      else if (key == "stop_sequence") event_.stop_sequence = word();
      else in_->skip();
    }
  }

  void said(Kind kind) {
    if (const auto text = in_->string()) say(kind, *text);
  }

  void say(Kind kind, const json::Text& text) {
    if (text.size == 0) return;
    event_.token = true;
    event_.visible |= kind == Kind::text;
    text.escaped() ? text_.append(text.unescaped()) : text_.append(text.raw);
    add({.kind = kind, .call = kind == Kind::arguments ? call_of_block() : 0, .text = text.raw});
  }

  void prove(std::string_view signature) {
    if (!signature.empty()) add({.kind = Kind::signature, .text = signature});
  }

  int call_of_block() const {
    for (std::size_t i = calls_.size(); i-- > 0;)
      if (calls_[i] == block_) return static_cast<int>(i);
    return 0;
  }

  void add(Delta delta) {
    if (translated_) deltas_.push_back(delta);
  }

  const bool translated_;
  json::Reader* in_ = nullptr;  // while read() runs
  chat::Event event_;
  AnthropicUsage usage_;
  std::optional<Error> error_;
  std::string text_;
  std::vector<Delta> deltas_;
  std::deque<std::string> scratch_;
  std::vector<int> calls_;  // the block of each call
  int block_ = 0;
  bool has_content_ = false;
};

// ---- to a client

void append_usage(std::string& to, const chat::Usage& usage) {
  const auto written = usage.cache_write_5m + usage.cache_write_1h;
  const auto put = [&to](std::string_view name, Tokens count) {
    to += name;
    json::append_integer(to, count.value());
  };
  put(R"("input_tokens":)", usage.prompt - usage.cached - written);
  put(R"(,"cache_creation_input_tokens":)", written);
  put(R"(,"cache_read_input_tokens":)", usage.cached);
  put(R"(,"output_tokens":)", usage.completion);
}

// What a call was given, as JSON. Models may write what is none; the provider's advice is to hand that back under this name.
void append_input(std::string& to, std::string_view escaped) {
  const auto text = json::unescaped(escaped);
  if (text.find_first_not_of(" \t\r\n") == text.npos) {
    to += "{}";
    return;
  }
  json::Reader in(text, json::Manner::lenient);
  const bool is_object = in.kind() == json::Kind::object;
  in.skip();
  if (in.end() && is_object) {
    to += text;
    return;
  }
  ((to += R"({"INVALID_JSON":")") += escaped) += "\"}";
}

class MessagesEncoder final : public Encoder {
 public:
  explicit MessagesEncoder(Identity identity) : identity_(std::move(identity)) {}

  void event(const chat::Event& event, std::string& to) override {
    if (event.dialect == chat::Dialect::messages) {
      started_ = true;
      if (!event.last) append_event(to, event.type, event.payload);
      translated_ = false;
      return;
    }
    start(to);
    for (const auto& delta : event.deltas) say(delta, to);
    if (event.finish == Finish::none) return;
    finish_ = event.finish;
    stop_sequence_ = event.stop_sequence;
  }

  void end(const Ending& ending, std::string& to) override {
    if (translated_) {
      start(to);
      close(to);
      to += "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{";
      append_stop(to, finish_, stop_sequence_);
      to += R"(},"usage":{)";
      append_usage(to, ending.usage);
      to += "}}\n\n";
    }
    append_event(to, "message_stop", R"({"type":"message_stop"})");
  }

  void fail(const Error& error, std::string& to) override { append_event(to, "error", encode_error(error, identity_.id)); }
  std::string_view ping() const override { return started_ ? "event: ping\ndata: {\"type\":\"ping\"}\n\n" : ": ping\n\n"; }

  void whole(const chat::Event& event, const Ending& ending, std::string& to) override {
    if (event.dialect == chat::Dialect::messages) {
      to += event.payload;
      return;
    }
    append_head(to);
    to += "[";
    blocks(event.deltas, to);
    to += "],";
    append_stop(to, event.finish, event.stop_sequence);
    to += R"(,"usage":{)";
    append_usage(to, ending.usage);
    to += "}}";
  }

 private:
  enum class Open { none, text, thinking, call };

  static void append_stop(std::string& to, Finish finish, std::string_view sequence) {
    ((to += R"("stop_reason":")") += word_of(finish)) += R"(","stop_sequence":)";
    if (finish == Finish::stop_sequence && !sequence.empty()) ((to += '"') += sequence) += '"';
    else to += "null";
  }

  void append_head(std::string& to) const {
    ((to += R"({"id":"msg_)") += identity_.id) += R"(","type":"message","role":"assistant","model":)";
    json::append_string(to, identity_.model);
    to += R"(,"content":)";
  }

  void start(std::string& to) {
    if (std::exchange(started_, true)) return;
    to += "event: message_start\ndata: {\"type\":\"message_start\",\"message\":";
    append_head(to);
    to += R"([],"stop_reason":null,"stop_sequence":null,"usage":{)";
    append_usage(to, {});
    to += "}}}\n\n";
  }

  void say(const Delta& delta, std::string& to) {
    switch (delta.kind) {
      case Kind::text:
      case Kind::refusal:
        open(Open::text, R"({"type":"text","text":""})", to);
        return piece(R"("text_delta","text":")", delta.text, to);
      case Kind::reasoning:
        open(Open::thinking, R"({"type":"thinking","thinking":"","signature":""})", to);
        return piece(R"("thinking_delta","thinking":")", delta.text, to);
      case Kind::signature:
        open(Open::thinking, R"({"type":"thinking","thinking":"","signature":""})", to);
        return piece(R"("signature_delta","signature":")", delta.text, to);
      case Kind::hidden_reasoning: return hidden(delta, to);
      case Kind::tool_call: return call(delta, to);
      case Kind::arguments:
        if (open_ == Open::call && call_ == delta.call) piece(R"("input_json_delta","partial_json":")", delta.text, to);
    }
  }

  // A block at a time: what an upstream interleaves cannot be said here, and none does.
  void open(Open what, std::string_view block, std::string& to) {
    if (open_ == what) return;
    close(to);
    open_ = what;
    to += "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":";
    json::append_integer(to, index_);
    ((to += R"(,"content_block":)") += block) += "}\n\n";
  }

  void close(std::string& to) {
    if (std::exchange(open_, Open::none) == Open::none) return;
    to += "event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":";
    json::append_integer(to, index_++);
    to += "}\n\n";
  }

  void piece(std::string_view begin, std::string_view text, std::string& to) {
    to += "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":";
    json::append_integer(to, index_);
    (((to += R"(,"delta":{"type":)") += begin) += text) += "\"}}\n\n";
  }

  void call(const Delta& delta, std::string& to) {
    close(to);
    call_ = delta.call;
    std::string block = R"({"type":"tool_use","id":")";
    (((block += delta.id) += R"(","name":")") += delta.name) += R"(","input":{}})";
    open(Open::call, block, to);
  }

  void hidden(const Delta& delta, std::string& to) {
    close(to);
    open(Open::thinking, R"({"type":"redacted_thinking","data":")" + std::string(delta.text) + "\"}", to);
    close(to);
  }

  // The same, gathered.
  static void blocks(std::span<const Delta> deltas, std::string& to) {
    const std::size_t begin = to.size();
    for (std::size_t i = 0; i < deltas.size();) {
      if (to.size() != begin) to += ',';
      const auto& first = deltas[i];
      std::string text, signature;
      const auto belongs = [&first](const Delta& next) {
        if (first.kind == Kind::tool_call) return next.kind == Kind::arguments && next.call == first.call;
        if (first.kind == Kind::reasoning || first.kind == Kind::signature) return next.kind == Kind::reasoning || next.kind == Kind::signature;
        return next.kind == first.kind && first.kind == Kind::text;
      };
      if (first.kind != Kind::tool_call) (first.kind == Kind::signature ? signature : text) += first.text;
      for (++i; i < deltas.size() && belongs(deltas[i]); ++i) (deltas[i].kind == Kind::signature ? signature : text) += deltas[i].text;
      block(first, text, signature, to);
    }
  }

  static void block(const Delta& first, std::string_view text, std::string_view signature, std::string& to) {
    switch (first.kind) {
      case Kind::reasoning:
      case Kind::signature: ((((to += R"({"type":"thinking","thinking":")") += text) += R"(","signature":")") += signature) += "\"}"; break;
      case Kind::hidden_reasoning: ((to += R"({"type":"redacted_thinking","data":")") += text) += "\"}"; break;
      case Kind::tool_call:
        ((((to += R"({"type":"tool_use","id":")") += first.id) += R"(","name":")") += first.name) += R"(","input":)";
        append_input(to, text);
        to += '}';
        break;
      default: ((to += R"({"type":"text","text":")") += text) += "\"}"; break;
    }
  }

  const Identity identity_;
  bool started_ = false;
  bool translated_ = true;
  Open open_ = Open::none;
  int index_ = 0;  // of the block that is open, or would be
  int call_ = 0;
  Finish finish_ = Finish::stop;
  std::string stop_sequence_;
};

}  // namespace

std::unique_ptr<Decoder> make_decoder(bool translated) { return std::make_unique<MessagesDecoder>(translated); }
std::unique_ptr<Encoder> make_encoder(Identity identity) { return std::make_unique<MessagesEncoder>(std::move(identity)); }

int error_status(const Error& error) {
  constexpr int overloaded = 529;
  return error.status() == 503 ? overloaded : error.status();
}

std::string encode_error(const Error& error, std::string_view request_id) {
  struct Row {
    int status;
    std::string_view type;
  };
  static constexpr std::array<Row, 9> rows{{{401, "authentication_error"},
                                            {402, "billing_error"},
                                            {403, "permission_error"},
                                            {404, "not_found_error"},
                                            {413, "request_too_large"},
                                            {429, "rate_limit_error"},
                                            {504, "timeout_error"},
                                            {529, "overloaded_error"},
                                            {408, "timeout_error"}}};
  const int status = error_status(error);
  std::string_view type = status >= 500 ? "api_error" : "invalid_request_error";
  for (const auto& row : rows)
    if (row.status == status) type = row.type;
  std::string to = R"({"type":"error","error":{"type":")";
  (to += type) += R"(","message":)";
  json::append_string(to, error.what);
  const bool no_threads = error.code == Code::unsupported_parameter && error.param == "thread";
  if (no_threads) to += R"(,"details":{"error_code":"thread_unsupported_request","unsupported":["thread"]})";
  to += '}';
  if (!request_id.empty()) ((to += R"(,"request_id":")") += request_id) += '"';
  return to += '}';
}

}  // namespace genai::wire::anthropic

#include "engines/load/answer.hpp"

#include <algorithm>

#include "domain/wire/openai.hpp"

namespace genai::load {
namespace {

constexpr std::size_t json_padding = 64;  // decode_answer reads that far

Failure class_of(int status) {
  if (status >= 500) return Failure::http_5xx;
  if (status >= 400) return Failure::http_4xx;
  if (status >= 300) return Failure::http_3xx;
  return Failure::protocol;
}

Failure class_of(const Error& error) { return error.code == Code::upstream_protocol ? Failure::protocol : Failure::stream_error; }

}  // namespace

AnswerReader::AnswerReader(Mode mode) : mode_(mode), scanner_(limits_), chunks_(limits_) {}

void AnswerReader::reset(stats::Histogram* gaps) {
  scanner_.reset();
  head_.fields.clear();
  chunks_ = http::ChunkedDecoder(limits_);
  if (mode_ == Mode::stream) sse_ = http::SseDecoder();
  json_.clear();
  in_body_ = false;
  gaps_ = gaps;
  seen_ = Observation{};
}

AnswerReader::State AnswerReader::feed(std::string_view bytes, MonoTime now, std::size_t& consumed) {
  consumed = 0;
  if (!seen_.first_byte) seen_.first_byte = now;
  while (!in_body_) {
    std::size_t head_bytes = 0;
    const State state = read_head(bytes.substr(consumed), head_bytes);
    consumed += head_bytes;
    if (state == State::broken || head_bytes == 0) return state;
  }
  std::size_t body_bytes = 0;
  const State state = read_body(bytes.substr(consumed), now, body_bytes);
  consumed += body_bytes;
  return state;
}

// One head; an interim one (1xx) is skipped.
AnswerReader::State AnswerReader::read_head(std::string_view bytes, std::size_t& consumed) {
  if (bytes.empty()) return State::more;
  const auto complete = scanner_.response(bytes, head_);
  if (!complete) return broken(Failure::protocol);
  if (!*complete) return State::more;
  consumed = scanner_.consumed();
  if (head_.status >= 100 && head_.status < 200) {
    scanner_.reset();
    head_.fields.clear();
    return State::more;
  }
  seen_.status = head_.status;
  left_ = head_.content_length;
  in_body_ = true;
  return State::more;
}

AnswerReader::State AnswerReader::read_body(std::string_view bytes, MonoTime now, std::size_t& consumed) {
  switch (head_.body) {
    case http::BodyKind::none: return complete();
    case http::BodyKind::length: return read_length(bytes, now, consumed);
    case http::BodyKind::chunked: return read_chunks(bytes, now, consumed);
    case http::BodyKind::until_close: break;
  }
  consumed = bytes.size();
  return content(bytes, now) ? State::more : State::broken;
}

AnswerReader::State AnswerReader::read_length(std::string_view bytes, MonoTime now, std::size_t& consumed) {
  consumed = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size()));
  left_ -= consumed;
  if (!content(bytes.substr(0, consumed), now)) return State::broken;
  return left_ == 0 ? complete() : State::more;
}

AnswerReader::State AnswerReader::read_chunks(std::string_view bytes, MonoTime now, std::size_t& consumed) {
  while (consumed < bytes.size()) {
    const auto step = chunks_.next(bytes.substr(consumed));
    if (!step) return broken(Failure::protocol);
    consumed += step->consumed;
    if (!content(step->data, now)) return State::broken;
    if (step->done) return complete();
  }
  return State::more;
}

// False: broken.
bool AnswerReader::content(std::string_view piece, MonoTime now) {
  if (piece.empty() || !successful()) return true;
  if (mode_ == Mode::stream) return events(piece, now);
  if (mode_ == Mode::plain) return true;
  if (json_.size() + piece.size() > limits_.body) return fail(Failure::protocol);
  json_ += piece;
  return true;
}

bool AnswerReader::events(std::string_view piece, MonoTime now) {
  sse_.feed(piece);
  for (;;) {
    const auto next = sse_.next();
    if (!next) return fail(Failure::protocol);
    if (!*next) return true;
    if (!event((*next)->data, now)) return false;
  }
}

bool AnswerReader::event(std::string_view data, MonoTime now) {
  if (data == "[DONE]") return seen_.done = true;
  const auto decoded = wire::openai::decode_chunk(data);
  if (!decoded) return fail(class_of(decoded.error()));
  if (decoded->token) token(now);
  if (decoded->visible && !seen_.first_visible) seen_.first_visible = now;
  seen_.finish = seen_.finish || decoded->finish != chat::Finish::none;
  if (decoded->usage) {
    seen_.has_usage = true;
    seen_.prompt_tokens = static_cast<std::uint64_t>(decoded->usage->prompt.value());
    seen_.output_tokens = static_cast<std::uint64_t>(decoded->usage->completion.value());
  }
  return true;
}

void AnswerReader::token(MonoTime now) {
  ++seen_.token_events;
  if (!seen_.first_token) seen_.first_token = now;
  else if (gaps_ != nullptr) gaps_->record(now - *seen_.last_token);
  seen_.last_token = now;
}

AnswerReader::State AnswerReader::complete() {
  if (!successful()) seen_.failure = class_of(seen_.status);
  else if (mode_ == Mode::chat) read_chat_body();
  else if (mode_ == Mode::stream && !(seen_.first_token && seen_.finish && seen_.done)) seen_.failure = Failure::incomplete_stream;
  return State::done;
}

void AnswerReader::read_chat_body() {
  json_.reserve(json_.size() + json_padding);
  const auto answer = wire::openai::decode_answer(json_);
  if (!answer) {
    seen_.failure = class_of(answer.error());
    return;
  }
  seen_.finish = answer->finish != chat::Finish::none;
  if (!answer->usage) return;
  seen_.has_usage = true;
  seen_.prompt_tokens = static_cast<std::uint64_t>(answer->usage->prompt.value());
  seen_.output_tokens = static_cast<std::uint64_t>(answer->usage->completion.value());
}

bool AnswerReader::fail(Failure why) {
  seen_.failure = why;
  return false;
}

AnswerReader::State AnswerReader::broken(Failure why) {
  fail(why);
  return State::broken;
}

AnswerReader::State AnswerReader::end() {
  if (in_body_ && head_.body == http::BodyKind::until_close) {
    head_.keep_alive = false;
    return complete();
  }
  return broken(in_body_ && mode_ == Mode::stream && successful() ? Failure::incomplete_stream : Failure::closed);
}

}  // namespace genai::load

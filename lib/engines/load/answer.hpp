// Reading one HTTP answer as a measurement: when its first byte, first token, first visible content and last token came, and whether it is complete.
//
// Pure: bytes and moments go in. One reader serves all answers of a connection, one after the other; its buffers are reused.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "engines/load/plan.hpp"
#include "engines/load/tally.hpp"
#include "platform/http/chunked.hpp"
#include "platform/http/head.hpp"
#include "platform/http/sse.hpp"

namespace genai::load {

// What was seen of one answer.
struct Observation {
  int status = 0;  // 0: no head
  std::optional<MonoTime> first_byte, first_token, first_visible, last_token;
  std::uint64_t token_events = 0;
  bool finish = false;
  bool done = false;  // [DONE]
  bool has_usage = false;
  std::uint64_t prompt_tokens = 0;
  std::uint64_t output_tokens = 0;  // of usage
  Failure failure = Failure::none;
};

class AnswerReader {
 public:
  explicit AnswerReader(Mode mode);
  AnswerReader(const AnswerReader&) = delete;

  // Forgets the last answer. Gaps between token events go to `gaps` unless it is null.
  void reset(stats::Histogram* gaps);

  enum class State {
    more,    // feed again
    done,    // the answer has ended; whether it counts says the observation's `failure`
    broken,  // it cannot be read further: the connection is of no use
  };
  // Takes bytes that arrived at `now`: all of them, except an incomplete head (consumed 0: feed it again with what follows) and what stands behind
  // the end of the answer.
  State feed(std::string_view bytes, MonoTime now, std::size_t& consumed);
  // The connection has ended. done only when that is how the answer ends.
  State end();

  const Observation& seen() const { return seen_; }
  // After done: another request may be sent on this connection.
  bool keep_alive() const { return head_.keep_alive; }

 private:
  State read_head(std::string_view bytes, std::size_t& consumed);
  State read_body(std::string_view bytes, MonoTime now, std::size_t& consumed);
  State read_length(std::string_view bytes, MonoTime now, std::size_t& consumed);
  State read_chunks(std::string_view bytes, MonoTime now, std::size_t& consumed);
  // These say whether the answer can be read on.
  bool content(std::string_view piece, MonoTime now);
  bool events(std::string_view piece, MonoTime now);
  bool event(std::string_view data, MonoTime now);
  bool fail(Failure why);
  void token(MonoTime now);
  State complete();
  State broken(Failure why);
  void read_chat_body();
  bool successful() const { return seen_.status >= 200 && seen_.status < 300; }

  const Mode mode_;
  http::Limits limits_;
  http::HeadScanner scanner_;
  http::ResponseHead head_;
  http::ChunkedDecoder chunks_;
  http::SseDecoder sse_;
  std::string json_;          // the body of a chat answer
  bool in_body_ = false;
  std::uint64_t left_ = 0;    // of a body with a length
  stats::Histogram* gaps_ = nullptr;
  Observation seen_;
};

}  // namespace genai::load

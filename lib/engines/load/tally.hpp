// What one shard counted. Tallies add up exactly, in any order.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string_view>

#include "platform/stats/histogram.hpp"

namespace genai::load {

// Why a request failed, as seen by its client.
enum class Failure : unsigned char {
  none,
  connect,            // no connection: refused, unreachable, not in time
  timeout,            // no complete answer within the request's time, or until the end of the drain
  closed,             // the connection ended before the answer did
  protocol,           // not HTTP, not JSON, not events: the answer cannot be read
  http_3xx,
  http_4xx,
  http_5xx,
  incomplete_stream,  // a stream that ended without a token, a finish reason or [DONE]
  stream_error,       // an error object where an answer was expected
};
inline constexpr std::size_t failure_kinds = 10;
std::string_view name(Failure failure);

// Only requests whose intended send time lies in the measured part of the run are counted here, `warmup` excepted.
struct Tally {
  std::uint64_t warmup = 0;      // sent before the measured part
  std::uint64_t sent = 0;        // ok + failed + unfinished
  std::uint64_t ok = 0;
  std::uint64_t unfinished = 0;  // under way when the run was interrupted
  std::uint64_t dropped = 0;     // due, but not sent: too many were under way
  std::uint64_t late = 0;        // sent more than late_after after they were due
  std::uint64_t answered = 0;    // ok, and inside a window of the run's length that begins with the first ok answer
  std::uint64_t prompt_tokens = 0;
  std::uint64_t output_tokens = 0;     // of ok answers
  std::uint64_t tokens_from_events = 0;  // ok answers without usage, whose events were counted as tokens
  std::uint64_t connections = 0;       // opened, in the whole run
  std::array<std::uint64_t, failure_kinds> failures{};
  std::map<int, std::uint64_t> statuses;

  // Of ok answers, from the intended send time.
  stats::Histogram ttfb, ttft, ttfo, tpot, e2e;
  // Between token events, of every measured stream.
  stats::Histogram itl;
  // From intended to actual send, in an open loop.
  stats::Histogram lag;

  std::uint64_t failed() const;
  void add(const Tally& other);
};

// A generator that sends later than this is measuring itself.
inline constexpr Nanoseconds late_after = std::chrono::milliseconds(1);

}  // namespace genai::load

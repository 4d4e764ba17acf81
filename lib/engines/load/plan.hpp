// What a load test does: checked, complete, nothing left to parse.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/error.hpp"
#include "base/secret.hpp"
#include "engines/load/schedule.hpp"
#include "engines/load/threshold.hpp"
#include "platform/net/stream.hpp"

namespace genai::load {

// How an answer is read.
enum class Mode {
  plain,   // any HTTP answer: 2xx and a complete body
  chat,    // a chat completion as one JSON object
  stream,  // a chat completion as server-sent events
};
std::string_view name(Mode mode);

// The one request that is sent again and again, rendered before the run.
struct Target {
  std::string url;  // as asked for, for reports
  Mode mode = Mode::plain;
  std::string model;  // empty in plain mode
  net::Endpoint endpoint;
  Secret request;  // head and body; it may hold a key
};

struct Plan {
  Target target;
  std::variant<OpenLoop, ClosedLoop> loop;
  Nanoseconds warmup{0};
  Nanoseconds duration = std::chrono::seconds(10);  // measured, after the warm-up
  Nanoseconds drain = std::chrono::seconds(30);     // for answers under way at the end; then they count as timeout
  Nanoseconds timeout = std::chrono::seconds(60);   // of one request, from its actual send
  std::uint32_t max_in_flight = 10'000;             // open loop: requests due beyond it are dropped, and counted
  std::uint32_t threads = 1;
  std::vector<Threshold> thresholds;

  const OpenLoop* open() const { return std::get_if<OpenLoop>(&loop); }
  const ClosedLoop* closed() const { return std::get_if<ClosedLoop>(&loop); }
};

// The bounds of a plan. Beyond them an option is a mistake, and refused.
inline constexpr double max_rate = 1e6;                        // a second
inline constexpr std::uint32_t max_concurrency = 100'000;
inline constexpr Nanoseconds max_duration = std::chrono::hours(24);
inline constexpr std::uint32_t max_threads = 256;

// Says what is wrong with rate, concurrency, durations and bounds: usage_error with the option in `param`.
Result<void> check(const Plan& plan);

// What makes up a request, before it is rendered.
struct RequestParts {
  std::string url;
  std::string model;       // chat and stream: the model to ask for
  std::string prompt;      // chat and stream: the user's message
  std::uint32_t max_tokens = 0;  // 0: not sent
  std::string body;        // sent instead of a rendered one; with it a plain request is a POST
  std::vector<std::string> header_lines;  // "Name: value", added
  Secret key;              // sent as `Authorization: Bearer`; may be empty
};

// Renders the request. In chat and stream mode `url` is a base ending in /v1, otherwise exactly it is fetched. usage_error on a URL that cannot be
// used, and on header lines that are none or would change the framing.
Result<Target> make_target(Mode mode, const RequestParts& parts);

}  // namespace genai::load

// What one request was. The ledger row, the log line, the metrics and the span are views of this one value and cannot disagree.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/id.hpp"
#include "base/quantity.hpp"
#include "domain/chat/usage.hpp"

namespace genai::record {

// How a request ended.
enum class Outcome {
  ok,
  cached,          // answered from a cache
  cancelled,       // the client left
  truncated,       // the upstream ended after the first token without a terminal event
  upstream_error,  // the upstream failed
  refused,         // by us, before any cost
  interrupted,     // this process was killed while it ran; written at the next start
  failed,          // our own fault
};
inline constexpr std::size_t outcomes = 8;
std::string_view name(Outcome outcome) noexcept;  // as in the column `outcome`

struct Record {
  RowId id;
  WallTime started{};
  std::string route;              // "/v1/chat/completions"
  std::string client_request_id;  // the caller's own X-Request-Id, or empty
  std::string user;               // who called; empty while authentication is off and no `user` was given
  std::string model;              // as the client asked
  std::string provider;           // the name of the provider in the configuration; empty when none was reached
  std::string upstream_model;     // as asked of the provider
  bool streamed = false;

  int status = 0;  // HTTP status of the answer; 499 when the client left before it
  Outcome outcome = Outcome::failed;
  std::string error_code;  // Code's name, or empty
  chat::Usage usage;
  std::optional<NanoUsd> cost;  // nothing: the price is not known
  std::string price_match;      // whose price: the catalogue's row and how it was found, "config" or "provider"; empty when there was none to look for
  std::string price_version;    // of the catalogue that had the row
  // Since `started`, on the monotonic clock.
  Nanoseconds duration{};
  std::optional<Nanoseconds> ttft;  // to the first token of any channel
};

}  // namespace genai::record

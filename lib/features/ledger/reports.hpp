// What a ledger says about usage: sums by day, user or model, and how they are shown.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/quantity.hpp"

namespace genai::ledger {

enum class By { day, user, model };
std::string_view name(By by) noexcept;

// Requests that began at `since` or later and before `until`; an empty end is open.
struct Period {
  std::optional<WallTime> since;
  std::optional<WallTime> until;
};

// requests = ok + cancelled + refused + errors. Days are UTC.
struct UsageLine {
  std::string key;  // a day as 2026-01-31, a user or a model; empty where the row had none
  std::int64_t requests = 0;
  std::int64_t ok = 0;  // answered, from a cache or not
  std::int64_t cancelled = 0;
  std::int64_t refused = 0;
  std::int64_t errors = 0;  // truncated, upstream_error, interrupted, failed
  Tokens prompt;
  Tokens completion;
  NanoUsd cost;               // of the priced requests
  std::int64_t priced = 0;    // requests whose cost is known
  std::int64_t unpriced = 0;  // requests that may have cost something nobody knows: then `cost` is the least it was
  Nanoseconds p50{};          // of the durations of answered requests
  Nanoseconds p95{};

  bool cost_unknown() const { return priced == 0 && unpriced > 0; }
};

struct UsageReport {
  By by = By::day;
  Period period;
  std::vector<UsageLine> lines;  // days in order; users and models by cost, then tokens, dearest first
  UsageLine total;
};

// Reads DIR/ledger.db through a connection that cannot write, also while a server runs on it. One pass over the period's rows, memory by the
// number of keys. Fails with environment when there is no ledger, corrupt_ledger when the file is none of ours.
Result<UsageReport> usage_report(const std::filesystem::path& dir, By by, const Period& period);

// A moment as people write it: `7d` (any duration: that long before `now`), `2026-01-31` or `2026-01-31T12:30:00Z`, UTC.
// Fails with usage_error; `param` is left to the caller.
Result<WallTime> parse_moment(std::string_view text, WallTime now);

// Complete documents that end with a line feed. JSON is genai.usage/v1.
std::string usage_text(const UsageReport& report);
std::string usage_json(const UsageReport& report);
std::string usage_csv(const UsageReport& report);

}  // namespace genai::ledger

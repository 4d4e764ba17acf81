// Gates of a run: `p95(e2e)<2s`, `errors<1%`, `rate>=100`.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "engines/load/tally.hpp"

namespace genai::load {

// The distributions a report shows, by name.
struct Metric {
  std::string_view name;
  std::string_view meaning;
  stats::Histogram Tally::*samples;
};
inline constexpr Metric metrics[] = {
    {"ttfb", "intended send to first byte", &Tally::ttfb},
    {"ttft", "intended send to first token of any channel", &Tally::ttft},
    {"ttfo", "intended send to first visible content", &Tally::ttfo},
    {"tpot", "(last token - first token) / (tokens - 1), a request", &Tally::tpot},
    {"itl", "gap between token events", &Tally::itl},
    {"e2e", "intended send to the end of the answer", &Tally::e2e},
    {"lag", "intended to actual send, open loop", &Tally::lag},
};

// What a run observed, as far as gates ask for it.
struct Observed {
  const Tally& tally;
  double answers_per_second = 0;
};

struct Threshold {
  enum class Kind { distribution, errors, rate };
  enum class Aggregate { average, minimum, maximum, percentile };
  enum class Relation { less, at_most, greater, at_least };

  std::string text;  // as given
  Kind kind = Kind::distribution;
  const Metric* metric = nullptr;  // of a distribution
  Aggregate aggregate = Aggregate::percentile;
  double percent = 0;  // of a percentile
  Relation relation = Relation::less;
  double limit = 0;  // ns, share of requests, or answers a second

  // What the gate looks at, in the unit of `limit`; nothing when the run has no sample of it.
  std::optional<double> observe(const Observed& run) const;
  bool holds(double observed) const;
  // A value in the unit of `limit`, for people: "2.00 s", "1 %", "100 /s".
  std::string human(double value) const;
};

// Reads `AGGREGATE(METRIC) RELATION DURATION`, `errors RELATION N%` or `rate RELATION N`; blanks are free. The aggregate is avg, min, max or pN with
// 0 < N <= 100. usage_error, with the nearest name when a metric or aggregate is unknown.
Result<Threshold> parse_threshold(std::string_view text);

}  // namespace genai::load

// What a run came to, ready to be shown: plain values, the same for the table and the JSON document.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engines/load/plan.hpp"
#include "engines/load/tally.hpp"

namespace genai::load {

// The definitions behind the figures; another formula is another id.
inline constexpr std::string_view formula = "genai.load/1";

// What ran, beside the plan.
struct Run {
  Tally tally;
  int signal = 0;              // that interrupted it, or 0
  Nanoseconds measured{0};     // how long the measured part lasted: the plan's duration unless interrupted
  double cpu_seconds = 0;      // of this process during the run
  std::string started;         // wall clock, "2026-01-31T12:00:00Z"
};

struct Summary {
  std::uint64_t count = 0;
  Nanoseconds mean{0}, min{0}, p50{0}, p90{0}, p95{0}, p99{0}, p99_9{0}, max{0};
};

struct Gate {
  Threshold threshold;
  std::optional<double> observed;  // nothing: the run has no sample of it
  bool pass = false;
};

struct Report {
  std::string url;
  Mode mode = Mode::plain;
  std::string model;
  std::variant<OpenLoop, ClosedLoop> loop;
  Nanoseconds duration{0}, warmup{0}, measured{0};
  std::uint32_t threads = 1, max_in_flight = 0;
  std::string started;
  int signal = 0;
  std::vector<std::string> invalid_because;  // empty: the measurement is valid

  std::uint64_t sent = 0, ok = 0, failed = 0, unfinished = 0, dropped = 0, late = 0, warmup_sent = 0, connections = 0;
  double answers_per_second = 0;  // ok answers in a window of the measured length that begins with the first
  double sent_per_second = 0;
  std::uint64_t prompt_tokens = 0, output_tokens = 0, tokens_from_events = 0;
  double output_tokens_per_second = 0;
  std::vector<std::pair<std::string, std::uint64_t>> errors;  // by class, those that occurred
  std::vector<std::pair<int, std::uint64_t>> statuses;
  std::vector<std::pair<std::string, std::optional<Summary>>> metrics;  // all of them, in order; without lag
  std::optional<Summary> lag;
  std::vector<Gate> gates;
  double cpu_seconds = 0;

  bool complete() const { return signal == 0; }
  bool valid() const { return invalid_because.empty(); }
};

Report make_report(const Plan& plan, const Run& run);

// The exit code: 128 + signal when interrupted, else 4 when an open loop's measurement is not valid, else 1 when a gate failed or had no data, or nothing
// succeeded, else 0.
int exit_code(const Report& report);

// A page for people, ending with a line end.
std::string render_text(const Report& report);
// One JSON document of schema genai.loadtest/v1, ending with a line end. Metrics without samples are null.
std::string render_json(const Report& report);

}  // namespace genai::load

#include "engines/load/report.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "engines/load/human.hpp"

namespace genai::load {
namespace {

constexpr double share_that_may_be_late = 0.01;

double per_second(std::uint64_t count, Nanoseconds time) {
  return time.count() <= 0 ? 0 : static_cast<double>(count) * 1e9 / static_cast<double>(time.count());
}

std::optional<Summary> summarise(const stats::Histogram& samples) {
  if (samples.empty()) return std::nullopt;
  return Summary{.count = samples.count(),
                 .mean = samples.mean(),
                 .min = samples.min(),
                 .p50 = samples.percentile(50),
                 .p90 = samples.percentile(90),
                 .p95 = samples.percentile(95),
                 .p99 = samples.percentile(99),
                 .p99_9 = samples.percentile(99.9),
                 .max = samples.max()};
}

// Only an open loop promises send times. The generator must not measure itself.
std::vector<std::string> why_invalid(const Plan& plan, const Tally& tally) {
  std::vector<std::string> why;
  if (plan.open() == nullptr) return why;
  if (const auto p99 = tally.lag.percentile(99); p99 > late_after) {
    why.push_back(fmt::format("the generator was late: lag p99 {} is more than {}", human(p99), human(late_after)));
  } else if (static_cast<double>(tally.late) > share_that_may_be_late * static_cast<double>(tally.sent)) {
    why.push_back(fmt::format("the generator was late: {} of {} requests by more than {}", tally.late, tally.sent, human(late_after)));
  }
  if (tally.dropped > 0) {
    why.push_back(fmt::format("{} requests were due but not sent: {} were under way already", tally.dropped, plan.max_in_flight));
  }
  return why;
}

}  // namespace

Report make_report(const Plan& plan, const Run& run) {
  const Tally& tally = run.tally;
  Report report;
  report.url = plan.target.url;
  report.mode = plan.target.mode;
  report.model = plan.target.model;
  report.loop = plan.loop;
  report.duration = plan.duration;
  report.warmup = plan.warmup;
  report.measured = run.measured;
  report.threads = plan.threads;
  report.max_in_flight = plan.max_in_flight;
  report.started = run.started;
  report.signal = run.signal;
  report.invalid_because = why_invalid(plan, tally);

  report.sent = tally.sent;
  report.ok = tally.ok;
  report.failed = tally.failed();
  report.unfinished = tally.unfinished;
  report.dropped = tally.dropped;
  report.late = tally.late;
  report.warmup_sent = tally.warmup;
  report.connections = tally.connections;
  report.answers_per_second = per_second(tally.answered, run.measured);
  report.sent_per_second = per_second(tally.sent, run.measured);
  report.prompt_tokens = tally.prompt_tokens;
  report.output_tokens = tally.output_tokens;
  report.tokens_from_events = tally.tokens_from_events;
  // Tokens are known when an answer ends, so their rate is that of the answers, times tokens an answer.
  if (tally.ok > 0) report.output_tokens_per_second = report.answers_per_second * static_cast<double>(tally.output_tokens) / static_cast<double>(tally.ok);
  for (std::size_t i = 1; i < failure_kinds; ++i) {
    if (tally.failures[i] > 0) report.errors.emplace_back(name(static_cast<Failure>(i)), tally.failures[i]);
  }
  report.statuses.assign(tally.statuses.begin(), tally.statuses.end());
  for (const Metric& metric : metrics) {
    if (metric.samples != &Tally::lag) report.metrics.emplace_back(metric.name, summarise(tally.*metric.samples));
  }
  report.lag = summarise(tally.lag);
  for (const Threshold& threshold : plan.thresholds) {
    const auto observed = threshold.observe(Observed{tally, report.answers_per_second});
    report.gates.push_back(Gate{threshold, observed, observed && threshold.holds(*observed)});
  }
  report.cpu_seconds = run.cpu_seconds;
  return report;
}

int exit_code(const Report& report) {
  if (!report.complete()) return 128 + report.signal;
  if (!report.valid()) return row(Code::measurement_invalid).exit;
  const bool gates_hold = std::all_of(report.gates.begin(), report.gates.end(), [](const Gate& gate) { return gate.pass; });
  return gates_hold && report.ok > 0 ? 0 : row(Code::check_failed).exit;
}

}  // namespace genai::load

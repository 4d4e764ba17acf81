// The report as a page for people.
#include <fmt/format.h>

#include "engines/load/human.hpp"
#include "engines/load/report.hpp"
#include "platform/text/duration.hpp"
#include "platform/text/table.hpp"

namespace genai::load {
namespace {

using text::Align;

std::string load_line(const Report& report) {
  const auto* open = std::get_if<OpenLoop>(&report.loop);
  std::string line;
  if (open == nullptr) line = fmt::format("{} at a time", std::get<ClosedLoop>(report.loop).concurrency);
  else if (open->arrivals == Arrivals::constant) line = fmt::format("{:g} requests/s, evenly spaced", open->per_second);
  else line = fmt::format("{:g} requests/s, Poisson arrivals of seed {}", open->per_second, open->seed);
  line += fmt::format(", for {}", text::format_duration(report.duration));
  if (report.warmup.count() > 0) line += fmt::format(" after {} of warm-up", text::format_duration(report.warmup));
  if (report.threads > 1) line += fmt::format(", {} threads", report.threads);
  return line;
}

std::string request_line(const Report& report) {
  std::string line = fmt::format("{} sent, {} ok, {} failed", report.sent, report.ok, report.failed);
  if (report.unfinished > 0) line += fmt::format(", {} unfinished", report.unfinished);
  if (report.dropped > 0) line += fmt::format(", {} dropped", report.dropped);
  if (report.warmup_sent > 0) line += fmt::format(" ({} more in the warm-up)", report.warmup_sent);
  return line;
}

std::string rate_line(const Report& report) {
  std::string line = fmt::format("{:.1f} answers/s", report.answers_per_second);
  if (const auto* open = std::get_if<OpenLoop>(&report.loop)) line += fmt::format(" of {:g} requested", open->per_second);
  return line;
}

std::string token_line(const Report& report) {
  std::string line = fmt::format("{} output tokens, {:.1f} tokens/s", report.output_tokens, report.output_tokens_per_second);
  if (report.tokens_from_events > 0) line += fmt::format(" (counted as events in {} answers without usage)", report.tokens_from_events);
  return line;
}

template <class Pairs>
std::string counts(const Pairs& pairs) {
  std::string line;
  for (const auto& [what, count] : pairs) line += fmt::format("{}{} {}", line.empty() ? "" : ", ", what, count);
  return line;
}

std::string metric_table(const Report& report) {
  text::Table table({{"metric", Align::left},
                     {"mean", Align::right},
                     {"p50", Align::right},
                     {"p90", Align::right},
                     {"p95", Align::right},
                     {"p99", Align::right},
                     {"p99.9", Align::right},
                     {"max", Align::right},
                     {"samples", Align::right}});
  const auto add = [&table](const std::string& name, const std::optional<Summary>& of) {
    if (!of) return;
    table.add({name, human(of->mean), human(of->p50), human(of->p90), human(of->p95), human(of->p99), human(of->p99_9), human(of->max),
               fmt::format("{}", of->count)});
  };
  for (const auto& [name, summary] : report.metrics) add(name, summary);
  add("lag", report.lag);
  return table.text();
}

std::string gate_table(const Report& report) {
  text::Table table({{"threshold", Align::left}, {"observed", Align::right}, {"", Align::left}});
  for (const Gate& gate : report.gates) {
    table.add({gate.threshold.text, gate.observed ? gate.threshold.human(*gate.observed) : "no data", gate.pass ? "pass" : "FAIL"});
  }
  return table.text();
}

std::string cpu_line(const Report& report) {
  std::string line = fmt::format("{:.2f} s CPU", report.cpu_seconds);
  const auto all = report.sent + report.warmup_sent;
  if (all > 0) line += fmt::format(", {} a request", human(Nanoseconds(static_cast<std::int64_t>(report.cpu_seconds * 1e9 / static_cast<double>(all)))));
  return line;
}

}  // namespace

std::string render_text(const Report& report) {
  std::string page = fmt::format("{}{}\n", text::printable(report.url), report.mode == Mode::plain ? "" : fmt::format(" ({})", name(report.mode)));
  const auto line = [&page](std::string_view label, const std::string& value) {
    if (!value.empty()) page += fmt::format("{:<12}{}\n", label, value);
  };
  line("model", text::printable(report.model));
  line("load", load_line(report));
  line("requests", request_line(report));
  line("rate", rate_line(report));
  if (report.output_tokens > 0) line("tokens", token_line(report));
  line("errors", counts(report.errors));
  line("statuses", counts(report.statuses));
  line("generator", cpu_line(report));
  if (report.ok > 0 || report.lag) page.append("\n").append(metric_table(report));
  if (!report.gates.empty()) page.append("\n").append(gate_table(report));
  if (!report.complete()) {
    page += fmt::format("\nINCOMPLETE  interrupted by signal {} after {} of measuring\n", report.signal, human(report.measured));
  }
  for (const auto& reason : report.invalid_because) page += fmt::format("\nNOT VALID   {}\n", reason);
  return page;
}

}  // namespace genai::load

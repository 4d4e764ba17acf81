#include "engines/load/threshold.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <span>
#include <vector>

#include "engines/load/human.hpp"
#include "platform/text/duration.hpp"
#include "platform/text/nearest.hpp"

namespace genai::load {
namespace {

using Relation = Threshold::Relation;
using Aggregate = Threshold::Aggregate;
using Kind = Threshold::Kind;

constexpr std::string_view aggregate_names[] = {"avg", "min", "max", "p50", "p90", "p95", "p99", "p99.9"};
constexpr std::string_view subjects[] = {"errors", "rate"};

// "; did you mean 'ttft'?" when a known name is near.
std::string suggestion(std::string_view given, std::span<const std::string_view> known) {
  const auto near = text::nearest(given, known);
  return near ? fmt::format("; did you mean '{}'?", *near) : "";
}

std::vector<std::string_view> metric_names() {
  std::vector<std::string_view> names;
  for (const Metric& metric : metrics) names.push_back(metric.name);
  return names;
}

Error wrong(std::string_view text, std::string why) {
  return Error{Code::usage_error, fmt::format("threshold '{}': {}", text, why), "--threshold"};
}

std::optional<double> number(std::string_view text) {
  double value = 0;
  if (text.empty() || text.front() < '0' || text.front() > '9') return std::nullopt;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

Result<void> read_aggregate(std::string_view given, Threshold& into) {
  if (given == "avg") into.aggregate = Aggregate::average;
  else if (given == "min") into.aggregate = Aggregate::minimum;
  else if (given == "max") into.aggregate = Aggregate::maximum;
  else {
    const auto percent = given.starts_with('p') ? number(given.substr(1)) : std::nullopt;
    if (!percent || *percent <= 0 || *percent > 100) {
      return wrong(into.text, fmt::format("'{}' is not avg, min, max or a percentile such as p95{}", given, suggestion(given, aggregate_names)));
    }
    into.aggregate = Aggregate::percentile;
    into.percent = *percent;
  }
  return {};
}

Result<void> read_metric(std::string_view given, Threshold& into) {
  const auto* found = std::find_if(std::begin(metrics), std::end(metrics), [given](const Metric& metric) { return metric.name == given; });
  if (found == std::end(metrics)) {
    const auto known = metric_names();
    return wrong(into.text, fmt::format("unknown metric '{}'{} (known: {})", given, suggestion(given, known), fmt::join(known, ", ")));
  }
  into.metric = found;
  return {};
}

Result<void> read_subject(std::string_view given, Threshold& into) {
  const auto open = given.find('(');
  if (open != given.npos && given.ends_with(')')) {
    into.kind = Kind::distribution;
    if (auto read = read_aggregate(given.substr(0, open), into); !read) return read;
    return read_metric(given.substr(open + 1, given.size() - open - 2), into);
  }
  if (given == "errors") into.kind = Kind::errors;
  else if (given == "rate") into.kind = Kind::rate;
  else return wrong(into.text, fmt::format("expected AGGREGATE(METRIC), errors or rate before the relation{}", suggestion(given, subjects)));
  return {};
}

Result<void> read_limit(std::string_view given, Threshold& into) {
  if (into.kind == Kind::distribution) {
    const auto limit = text::parse_duration(given);
    if (!limit) return wrong(into.text, limit.error().what);
    into.limit = static_cast<double>(limit->count());
    return {};
  }
  const bool share = into.kind == Kind::errors;
  if (share != given.ends_with('%')) return wrong(into.text, share ? "give a percentage, as in errors<1%" : "give a number, as in rate>=100");
  const auto limit = number(share ? given.substr(0, given.size() - 1) : given);
  if (!limit || (share && *limit > 100)) return wrong(into.text, fmt::format("'{}' is not a {}", given, share ? "percentage" : "number"));
  into.limit = share ? *limit / 100 : *limit;
  return {};
}

}  // namespace

Result<Threshold> parse_threshold(std::string_view text) {
  Threshold threshold;
  threshold.text = text;
  std::string compact(text);
  std::erase_if(compact, [](char c) { return c == ' ' || c == '\t'; });
  const auto at = compact.find_first_of("<>");
  if (at == compact.npos) return wrong(text, "no relation: write it as p95(e2e)<2s, errors<1% or rate>=100");
  const bool or_equal = compact.substr(at + 1).starts_with('=');
  if (compact[at] == '<') threshold.relation = or_equal ? Relation::at_most : Relation::less;
  else threshold.relation = or_equal ? Relation::at_least : Relation::greater;
  const std::string_view view = compact;
  if (auto read = read_subject(view.substr(0, at), threshold); !read) return read.error();
  if (auto read = read_limit(view.substr(at + (or_equal ? 2 : 1)), threshold); !read) return read.error();
  return threshold;
}

std::optional<double> Threshold::observe(const Observed& run) const {
  if (kind == Kind::rate) return run.tally.ok == 0 ? std::nullopt : std::optional(run.answers_per_second);
  if (kind == Kind::errors) {
    const auto ended = static_cast<double>(run.tally.ok + run.tally.failed());
    return ended == 0 ? std::nullopt : std::optional(static_cast<double>(run.tally.failed()) / ended);
  }
  const stats::Histogram& samples = run.tally.*(metric->samples);
  if (samples.empty()) return std::nullopt;
  switch (aggregate) {
    case Aggregate::average: return static_cast<double>(samples.mean().count());
    case Aggregate::minimum: return static_cast<double>(samples.min().count());
    case Aggregate::maximum: return static_cast<double>(samples.max().count());
    case Aggregate::percentile: break;
  }
  return static_cast<double>(samples.percentile(percent).count());
}

bool Threshold::holds(double observed) const {
  switch (relation) {
    case Relation::less: return observed < limit;
    case Relation::at_most: return observed <= limit;
    case Relation::greater: return observed > limit;
    case Relation::at_least: break;
  }
  return observed >= limit;
}

std::string Threshold::human(double value) const {
  if (kind == Kind::errors) return fmt::format("{:.3g} %", value * 100);
  if (kind == Kind::rate) return fmt::format("{:.1f} /s", value);
  return load::human(Nanoseconds(static_cast<std::int64_t>(value)));
}

}  // namespace genai::load

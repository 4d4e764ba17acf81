#include "features/telemetry/metrics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

namespace genai::telemetry {
namespace {

constexpr std::size_t max_label_bytes = 128;

double seconds(Nanoseconds value) { return std::chrono::duration<double>(value).count(); }

void family(std::string& to, std::string_view name, std::string_view type, std::string_view help) {
  fmt::format_to(std::back_inserter(to), "# HELP {0} {2}\n# TYPE {0} {1}\n", name, type, help);
}

std::string labels(std::string_view endpoint, std::string_view model) {
  return fmt::format("endpoint=\"{}\",model=\"{}\"", label_value(endpoint), label_value(model));
}

void append_classes(std::string& to, std::string_view name, std::string_view labels, const std::array<std::uint64_t, error_classes>& counts) {
  for (std::size_t i = 0; i < counts.size(); ++i)
    if (counts[i] > 0) fmt::format_to(std::back_inserter(to), "{}{{{},class=\"{}\"}} {}\n", name, labels, genai::name(static_cast<ErrorClass>(i)), counts[i]);
}

}  // namespace

void Latencies::add(Nanoseconds value) {
  const double s = seconds(value);
  ++counts_[static_cast<std::size_t>(std::lower_bound(bounds.begin(), bounds.end(), s) - bounds.begin())];
  sum_seconds_ += s;
  ++count_;
}

void Latencies::render(std::string& to, std::string_view name, std::string_view labels) const {
  std::uint64_t below = 0;
  for (std::size_t i = 0; i < bounds.size(); ++i) {
    below += counts_[i];
    fmt::format_to(std::back_inserter(to), "{}_bucket{{{},le=\"{}\"}} {}\n", name, labels, bounds[i], below);
  }
  fmt::format_to(std::back_inserter(to), "{0}_bucket{{{1},le=\"+Inf\"}} {2}\n{0}_sum{{{1}}} {3}\n{0}_count{{{1}}} {2}\n", name, labels,
                 count_, sum_seconds_);
}

std::string label_value(std::string_view text) {
  std::string value;
  for (const char c : text.substr(0, max_label_bytes)) {
    if (c == '\\' || c == '"') value += '\\';
    if (c == '\n') value += "\\n";
    else value += c;
  }
  return value;
}

Metrics::Series& Metrics::series(KeyView key) {
  if (const auto found = series_.find(key); found != series_.end()) return found->second;
  const bool room = series_.size() < max_series;
  return series_[Key{std::string(key.endpoint), room ? std::string(key.model) : "other"}];
}

void Metrics::add(const record::Record& record) {
  const auto now = clock_.now();
  const std::lock_guard lock(mutex_);
  pulse_.add(record, now);
  ++totals_.requests;
  totals_.errors += is_error(record) ? 1 : 0;
  const bool used_tokens = record.usage.prompt.value() + record.usage.completion.value() > 0;
  totals_.without_price += used_tokens && !record.cost ? 1 : 0;
  totals_.prompt_tokens += record.usage.prompt.value();
  totals_.completion_tokens += record.usage.completion.value();
  totals_.cost_nano_usd += record.cost.value_or(NanoUsd{0}).value();
  totals_.duration += record.duration;
  totals_.with_first_token += record.ttft ? 1 : 0;
  totals_.to_first_token += record.ttft.value_or(Nanoseconds{0});
  auto& its = series({record.route, record.model});
  ++its.requests_by_outcome[static_cast<std::size_t>(record.outcome)];
  if (!record.error_code.empty()) ++its.errors_by_class[static_cast<std::size_t>(class_of(record.error_code))];
  its.with_estimated_usage += used_tokens && record.usage.estimated ? 1 : 0;
  its.prompt_tokens += record.usage.prompt.value();
  its.completion_tokens += record.usage.completion.value();
  its.cost_nano_usd += record.cost.value_or(NanoUsd{0}).value();
  its.duration.add(record.duration);
  if (record.ttft) its.ttft.add(*record.ttft);
}

void Metrics::add_failed_try(std::string_view provider, Code code) {
  const auto now = clock_.now();
  const std::lock_guard lock(mutex_);
  pulse_.add_try(provider, code != Code::upstream_unreachable, now);
  auto found = failed_tries_.find(provider);
  if (found == failed_tries_.end()) found = failed_tries_.try_emplace(failed_tries_.size() < max_providers ? std::string(provider) : "other").first;
  ++found->second[static_cast<std::size_t>(row(code).error_class)];
}

Metrics::Totals Metrics::totals() const {
  const std::lock_guard lock(mutex_);
  return totals_;
}

Pulse::Recent Metrics::recent() const {
  const auto now = clock_.now();
  const std::lock_guard lock(mutex_);
  return pulse_.recent(now);
}

Pulse::Upstream Metrics::upstream(std::string_view provider) const {
  const auto now = clock_.now();
  const std::lock_guard lock(mutex_);
  return pulse_.upstream(provider, now);
}

std::string Metrics::render() const {
  const std::lock_guard lock(mutex_);
  std::string text;
  const auto out = std::back_inserter(text);
  family(text, "genai_requests_total", "counter", "Requests by how they ended.");
  std::vector<std::pair<std::string, const Series*>> all;
  for (const auto& [key, its] : series_) all.emplace_back(labels(key.endpoint, key.model), &its);
  for (const auto& [key, its] : all) {
    for (std::size_t i = 0; i < record::outcomes; ++i) {
      if (its->requests_by_outcome[i] == 0) continue;
      fmt::format_to(out, "genai_requests_total{{{},outcome=\"{}\"}} {}\n", key, record::name(static_cast<record::Outcome>(i)),
                     its->requests_by_outcome[i]);
    }
  }
  family(text, "genai_errors_total", "counter", "Requests that ended with an error, by its class.");
  for (const auto& [key, its] : all) append_classes(text, "genai_errors_total", key, its->errors_by_class);
  family(text, "genai_failed_tries_total", "counter", "Providers that were asked in vain before another one was, by the class of their error.");
  for (const auto& [provider, classes] : failed_tries_) append_classes(text, "genai_failed_tries_total", "provider=\"" + label_value(provider) + "\"", classes);
  family(text, "genai_requests_with_estimated_usage_total", "counter", "Requests whose tokens were counted here, since the provider did not say.");
  for (const auto& [key, its] : all) fmt::format_to(out, "genai_requests_with_estimated_usage_total{{{}}} {}\n", key, its->with_estimated_usage);
  family(text, "genai_tokens_total", "counter", "Tokens, as reported by providers or estimated here.");
  for (const auto& [key, its] : all) {
    fmt::format_to(out, "genai_tokens_total{{{0},kind=\"prompt\"}} {1}\ngenai_tokens_total{{{0},kind=\"completion\"}} {2}\n", key,
                   its->prompt_tokens, its->completion_tokens);
  }
  family(text, "genai_requests_without_price_total", "counter", "Requests that used tokens whose price is not known.");
  fmt::format_to(out, "genai_requests_without_price_total {}\n", totals_.without_price);
  family(text, "genai_cost_usd_total", "counter", "Cost of the requests whose price is known.");
  for (const auto& [key, its] : all) {
    fmt::format_to(out, "genai_cost_usd_total{{{}}} {:.9f}\n", key, static_cast<double>(its->cost_nano_usd) / 1e9);
  }
  family(text, "genai_request_duration_seconds", "histogram", "From the request's head to the commit of its row.");
  for (const auto& [key, its] : all) its->duration.render(text, "genai_request_duration_seconds", key);
  family(text, "genai_time_to_first_token_seconds", "histogram", "From the request's head to the first token of any channel.");
  for (const auto& [key, its] : all) its->ttft.render(text, "genai_time_to_first_token_seconds", key);
  family(text, "genai_flagged_requests_total", "counter", "Requests with characters that hide text.");
  fmt::format_to(out, "genai_flagged_requests_total {}\n", flagged_.load(std::memory_order_relaxed));
  return text;
}

}  // namespace genai::telemetry

#include "features/telemetry/http_metrics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "features/telemetry/metrics.hpp"

namespace genai::telemetry {
namespace {

constexpr std::array<std::string_view, 9> methods{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "other"};
constexpr std::string_view other = "other";

std::size_t index_of(std::string_view method) {
  const auto at = std::find(methods.begin(), methods.end() - 1, method);
  return static_cast<std::size_t>(at - methods.begin());
}

std::size_t bucket_of(Nanoseconds duration) {
  const double seconds = std::chrono::duration<double>(duration).count();
  return static_cast<std::size_t>(std::lower_bound(HttpMetrics::bounds.begin(), HttpMetrics::bounds.end(), seconds) - HttpMetrics::bounds.begin());
}

}  // namespace

HttpMetrics::HttpMetrics(std::vector<std::string> endpoints) : endpoints_(std::move(endpoints)) {
  endpoints_.emplace_back(other);
  cells_ = std::make_unique<Cell[]>(methods.size() * endpoints_.size());
}

std::size_t HttpMetrics::endpoint(std::string_view name) const {
  return static_cast<std::size_t>(std::find(endpoints_.begin(), endpoints_.end() - 1, name) - endpoints_.begin());
}

void HttpMetrics::count(std::string_view method, std::size_t endpoint, Nanoseconds duration) noexcept {
  auto& its = cell(index_of(method), std::min(endpoint, endpoints_.size() - 1));
  its.below[bucket_of(duration)].fetch_add(1, std::memory_order_relaxed);
  its.sum_ns.fetch_add(static_cast<std::uint64_t>(std::max<Nanoseconds::rep>(duration.count(), 0)), std::memory_order_relaxed);
}

HttpMetrics::Totals HttpMetrics::totals() const {
  Totals totals;
  for (std::size_t i = 0; i < methods.size() * endpoints_.size(); ++i) {
    for (const auto& count : cells_[i].below) totals.requests += count.load(std::memory_order_relaxed);
    totals.duration += Nanoseconds(cells_[i].sum_ns.load(std::memory_order_relaxed));
  }
  return totals;
}

std::string HttpMetrics::render() const {
  std::string requests = "# HELP api_requests_total HTTP exchanges.\n# TYPE api_requests_total counter\n";
  std::string durations =
      "# HELP api_request_duration_seconds From an exchange's head to the end of its answer.\n# TYPE api_request_duration_seconds histogram\n";
  for (std::size_t method = 0; method < methods.size(); ++method) {
    for (std::size_t endpoint = 0; endpoint < endpoints_.size(); ++endpoint) {
      const auto& its = cell(method, endpoint);
      std::array<std::uint64_t, bounds.size() + 1> counts{};
      std::transform(its.below.begin(), its.below.end(), counts.begin(), [](const auto& count) { return count.load(std::memory_order_relaxed); });
      const auto sum = static_cast<double>(its.sum_ns.load(std::memory_order_relaxed)) / 1e9;
      std::uint64_t total = 0;
      for (const auto count : counts) total += count;
      if (total == 0) continue;
      const auto labels = fmt::format("method=\"{}\",endpoint=\"{}\"", methods[method], label_value(endpoints_[endpoint]));
      fmt::format_to(std::back_inserter(requests), "api_requests_total{{{}}} {}\n", labels, total);
      std::uint64_t below = 0;
      for (std::size_t i = 0; i < bounds.size(); ++i) {
        below += counts[i];
        fmt::format_to(std::back_inserter(durations), "api_request_duration_seconds_bucket{{{},le=\"{}\"}} {}\n", labels, bounds[i], below);
      }
      fmt::format_to(std::back_inserter(durations),
                     "api_request_duration_seconds_bucket{{{0},le=\"+Inf\"}} {1}\napi_request_duration_seconds_sum{{{0}}} {2}\n"
                     "api_request_duration_seconds_count{{{0}}} {1}\n",
                     labels, total, sum);
    }
  }
  return requests + durations;
}

}  // namespace genai::telemetry

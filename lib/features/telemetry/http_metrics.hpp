// Counters and durations of every HTTP exchange, whatever it was: also refusals, health checks and paths that do not exist.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"

namespace genai::telemetry {

// Any thread may count, without locks: two relaxed additions an exchange. The labels are bounded: methods that HTTP does not know, and endpoints
// beyond those given, are "other".
class HttpMetrics {
 public:
  // The upper bounds of the histogram in seconds; the last is infinite.
  static constexpr std::array<double, 14> bounds{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60};

  // `endpoints` are the values of the label, such as the paths of a router's table.
  explicit HttpMetrics(std::vector<std::string> endpoints);

  // The index to count under; that of "other" if there is no such endpoint.
  std::size_t endpoint(std::string_view name) const;
  // One exchange, from its head to the end of its answer. An index that does not exist counts as "other".
  void count(std::string_view method, std::size_t endpoint, Nanoseconds duration) noexcept;

  struct Totals {
    std::uint64_t requests = 0;
    Nanoseconds duration{0};
  };
  Totals totals() const;
  // `api_requests_total` and `api_request_duration_seconds` in the text format, version 0.0.4. Only what was counted appears.
  std::string render() const;

 private:
  struct Cell {
    std::array<std::atomic<std::uint64_t>, bounds.size() + 1> below{};  // the bound of the same index, and above the one before
    std::atomic<std::uint64_t> sum_ns{0};
  };
  Cell& cell(std::size_t method, std::size_t endpoint) const { return cells_[method * endpoints_.size() + endpoint]; }
  std::vector<std::string> endpoints_;  // the last is "other"
  std::unique_ptr<Cell[]> cells_;
};

}  // namespace genai::telemetry

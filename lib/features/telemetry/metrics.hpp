// Counters and histograms of requests, as Prometheus text. One of the four views of a Record.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "domain/record/record.hpp"
#include "features/telemetry/pulse.hpp"

namespace genai::telemetry {

// A histogram with fixed upper bounds in seconds, the last one infinite.
class Latencies {
 public:
  static constexpr std::array<double, 14> bounds{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60};
  void add(Nanoseconds value);
  // Appends `name_bucket{labels,le="..."}` lines, sum and count.
  void render(std::string& to, std::string_view name, std::string_view labels) const;

 private:
  std::array<std::uint64_t, bounds.size() + 1> counts_{};
  double sum_seconds_ = 0;
  std::uint64_t count_ = 0;
};

// Escapes a label value (Prometheus text format 0.0.4: backslash, quote, line feed) and cuts it to 128 bytes.
std::string label_value(std::string_view text);

// Any thread. At most `max_series` combinations of labels; further models are counted under "other".
class Metrics {
 public:
  static constexpr std::size_t max_series = 1'000;
  static constexpr std::size_t max_providers = 1'000;
  // `clock` outlives it.
  explicit Metrics(const Clock& clock) : clock_(clock) {}
  void add(const record::Record& record);
  // A provider was asked in vain, and another one after it. A request's last try is in its record.
  void add_failed_try(std::string_view provider, Code code);
  // A request in which something was hidden.
  void count_flagged() { flagged_.fetch_add(1, std::memory_order_relaxed); }
  // The text format, version 0.0.4.
  std::string render() const;

  // All series together.
  struct Totals {
    std::uint64_t requests = 0;
    std::uint64_t errors = 0;             // is_error()
    std::uint64_t without_price = 0;      // used tokens whose price is not known, so that the cost is at least what it says
    std::int64_t prompt_tokens = 0;
    std::int64_t completion_tokens = 0;
    std::int64_t cost_nano_usd = 0;
    std::uint64_t with_first_token = 0;
    Nanoseconds duration{0};
    Nanoseconds to_first_token{0};
  };
  Totals totals() const;
  // How requests ended of late, and whether an upstream can be reached.
  Pulse::Recent recent() const;
  Pulse::Upstream upstream(std::string_view provider) const;

 private:
  struct Series {
    std::array<std::uint64_t, record::outcomes> requests_by_outcome{};
    std::array<std::uint64_t, error_classes> errors_by_class{};
    std::uint64_t with_estimated_usage = 0;
    std::int64_t prompt_tokens = 0;
    std::int64_t completion_tokens = 0;
    std::int64_t cost_nano_usd = 0;
    Latencies duration;
    Latencies ttft;
  };
  struct Key {
    std::string endpoint;
    std::string model;
  };
  struct KeyView {
    std::string_view endpoint;
    std::string_view model;
    friend auto operator<=>(KeyView, KeyView) = default;
  };
  struct Before {
    using is_transparent = void;
    static KeyView view(const Key& key) { return {key.endpoint, key.model}; }
    static KeyView view(KeyView key) { return key; }
    template <class A, class B>
    bool operator()(const A& a, const B& b) const { return view(a) < view(b); }
  };
  Series& series(KeyView key);
  const Clock& clock_;
  mutable std::mutex mutex_;  // guards what follows
  Pulse pulse_;
  Totals totals_;
  std::map<Key, Series, Before> series_;
  std::map<std::string, std::array<std::uint64_t, error_classes>, std::less<>> failed_tries_;  // by provider
  std::atomic<std::uint64_t> flagged_{0};
};

}  // namespace genai::telemetry

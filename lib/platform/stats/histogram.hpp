// A histogram of durations with three exact digits: a high-dynamic-range histogram with one fixed layout.
//
// Every histogram has the same buckets, so adding the counts of two is exact: shards merge in any order to what one process
// would have recorded. Buckets are linear below 2048 ns; above, each power of two is cut into 1024, so that a bucket is never wider than
// 1/1024 of its values and its middle is within 0.05 % of each. Tests compare percentiles with sorted samples.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string_view>

#include "base/clock.hpp"

namespace genai::stats {

// Confined to one thread. Memory grows by 8 KiB for each power of two that occurs, to 272 KiB at most.
class Histogram {
 public:
  // Names the layout in reports: histograms may be added only when this is the same.
  static constexpr std::string_view layout = "genai.hdr/1 ns 1024 1h";
  // Durations outside [0, highest] count in the first or last bucket; min, max and mean still know them exactly.
  static constexpr Nanoseconds highest = std::chrono::hours(1);

  Histogram() = default;
  Histogram(Histogram&&) = default;
  Histogram& operator=(Histogram&&) = default;

  void record(Nanoseconds value);
  // Adds the other's counts to ours.
  void add(const Histogram& other);

  std::uint64_t count() const { return count_; }
  bool empty() const { return count_ == 0; }
  // All zero when empty.
  Nanoseconds min() const { return empty() ? Nanoseconds{0} : min_; }
  Nanoseconds max() const { return empty() ? Nanoseconds{0} : max_; }
  Nanoseconds mean() const;
  // The value of nearest rank: at least `percent` of the samples are not above it, within 0.05 %. percent in [0, 100].
  Nanoseconds percentile(double percent) const;

 private:
  static constexpr unsigned precision_bits = 10;
  static constexpr std::size_t block_size = std::size_t{1} << precision_bits;
  static constexpr std::size_t blocks = 33;  // 3.6e12 ns has 42 bits
  using Block = std::array<std::uint64_t, block_size>;
  struct Place {
    std::size_t block;
    std::size_t slot;
  };
  static Place place(std::uint64_t value);
  static Nanoseconds middle(Place at);

  std::array<std::unique_ptr<Block>, blocks> blocks_;
  std::uint64_t count_ = 0;
  std::int64_t sum_ = 0;  // ns; 292 years of summed latency
  Nanoseconds min_ = Nanoseconds::max();
  Nanoseconds max_ = Nanoseconds::min();
};

}  // namespace genai::stats

// The oracle of the histogram is a sorted vector of the samples.
#include "platform/stats/histogram.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/rng.hpp"
#include "test.hpp"

namespace genai::stats {
namespace {

using namespace std::chrono_literals;

constexpr double percents[] = {0, 1, 10, 50, 90, 95, 99, 99.9, 99.99, 100};

// Durations whose logarithm is uniform between 1 us and 1 h.
std::vector<Nanoseconds> spread_samples(std::uint64_t seed, std::size_t count) {
  SeededRng rng(seed);
  std::vector<Nanoseconds> samples;
  for (std::size_t i = 0; i < count; ++i) samples.push_back(Nanoseconds(std::llround(1e3 * std::pow(3.6e9, rng.unit()))));
  return samples;
}

Nanoseconds nearest_rank(std::vector<Nanoseconds> samples, double percent) {
  std::sort(samples.begin(), samples.end());
  const auto rank = static_cast<std::size_t>(std::ceil(percent / 100 * static_cast<double>(samples.size()) - 1e-6));
  return samples[std::max<std::size_t>(rank, 1) - 1];
}

void check_same(const Histogram& a, const Histogram& b) {
  CHECK(a.count() == b.count());
  CHECK(a.min() == b.min());
  CHECK(a.max() == b.max());
  CHECK(a.mean() == b.mean());
  for (double percent : percents) CHECK(a.percentile(percent) == b.percentile(percent));
}

TEST_CASE("percentiles are within 0.1 % of the sorted samples") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const auto samples = spread_samples(seed, 997);
    Histogram histogram;
    for (auto sample : samples) histogram.record(sample);
    for (double percent : percents) {
      const auto expected = static_cast<double>(nearest_rank(samples, percent).count());
      const auto found = static_cast<double>(histogram.percentile(percent).count());
      INFO("seed " << seed << " p" << percent);
      CHECK(std::abs(found - expected) <= expected * 0.001);
    }
    CHECK(histogram.min() == *std::min_element(samples.begin(), samples.end()));
    CHECK(histogram.max() == *std::max_element(samples.begin(), samples.end()));
  }
}

TEST_CASE("each power of two falls in a bucket that holds it") {
  for (int bit = 0; bit < 41; ++bit) {
    for (std::int64_t offset : {-1, 0, 1}) {
      const Nanoseconds value((std::int64_t{1} << bit) + offset);
      Histogram histogram;
      histogram.record(value);
      histogram.record(0ns);
      histogram.record(1h);
      const auto error = std::abs((histogram.percentile(50) - value).count());
      INFO(value.count());
      CHECK(static_cast<double>(error) <= static_cast<double>(value.count()) * 0.0005);
    }
  }
}

TEST_CASE("merging shards in any order is the same as one histogram") {
  const auto samples = spread_samples(7, 10'000);
  Histogram whole, forward, backward;
  Histogram shards[3];
  for (std::size_t i = 0; i < samples.size(); ++i) {
    whole.record(samples[i]);
    shards[i % 3].record(samples[i]);
  }
  for (int i : {0, 1, 2}) forward.add(shards[i]);
  for (int i : {2, 1, 0}) backward.add(shards[i]);
  backward.add(Histogram{});
  check_same(forward, whole);
  check_same(backward, whole);
}

TEST_CASE("rank is exact where the product is not") {
  Histogram histogram;
  for (int i = 1; i <= 1000; ++i) histogram.record(Nanoseconds(i));
  CHECK(histogram.percentile(99.9) == 999ns);
  CHECK(histogram.percentile(50) == 500ns);
  CHECK(histogram.percentile(0) == 1ns);
  CHECK(histogram.percentile(100) == 1000ns);
  CHECK(histogram.mean() == 501ns);  // 500.5, rounded
}

TEST_CASE("durations beyond the range keep exact extremes") {
  Histogram histogram;
  histogram.record(-5ns);
  histogram.record(2h);
  CHECK(histogram.min() == -5ns);
  CHECK(histogram.max() == 2h);
  CHECK(histogram.percentile(100) <= 2h);
  CHECK(histogram.percentile(100) >= 59min);
}

TEST_CASE("an empty histogram says zero") {
  const Histogram histogram;
  CHECK(histogram.empty());
  CHECK(histogram.percentile(99) == 0ns);
  CHECK(histogram.max() == 0ns);
  CHECK(histogram.mean() == 0ns);
}

}  // namespace
}  // namespace genai::stats

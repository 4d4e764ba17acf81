#include "engines/load/schedule.hpp"

#include <cmath>
#include <vector>

#include "test.hpp"

namespace genai::load {
namespace {

using namespace std::chrono_literals;

std::vector<Nanoseconds> arrivals(Schedule schedule, std::size_t count) {
  std::vector<Nanoseconds> at;
  for (; at.size() < count; schedule.advance()) at.push_back(schedule.next());
  return at;
}

TEST_CASE("a constant rate does not drift") {
  const auto at = arrivals(Schedule(OpenLoop{3, Arrivals::constant, 1}, Shard{}), 3'000'001);
  CHECK(at[0] == 0ns);
  CHECK(at[1] == 333'333'333ns);
  CHECK(at[3] == 1s);
  CHECK(at[3'000'000] == 1'000'000s);
}

TEST_CASE("a Poisson process has the rate, the spread and the seed it was given") {
  const auto at = arrivals(Schedule(OpenLoop{1000, Arrivals::poisson, 42}, Shard{}), 100'001);
  double sum = 0, squares = 0;
  for (std::size_t i = 1; i < at.size(); ++i) {
    REQUIRE(at[i] >= at[i - 1]);
    const auto gap = static_cast<double>((at[i] - at[i - 1]).count());
    sum += gap;
    squares += gap * gap;
  }
  const double mean = sum / 100'000;
  CHECK(mean == Approx(1e6).epsilon(0.02));
  CHECK(std::sqrt(squares / 100'000 - mean * mean) == Approx(mean).epsilon(0.03));  // an exponential's deviation is its mean
  CHECK(at == arrivals(Schedule(OpenLoop{1000, Arrivals::poisson, 42}, Shard{}), 100'001));
  CHECK(at[1] != arrivals(Schedule(OpenLoop{1000, Arrivals::poisson, 43}, Shard{}), 2)[1]);
}

TEST_CASE("shards take every n-th arrival of one process") {
  for (auto kind : {Arrivals::constant, Arrivals::poisson}) {
    const OpenLoop loop{250, kind, 9};
    const auto whole = arrivals(Schedule(loop, Shard{}), 300);
    for (unsigned k = 0; k < 3; ++k) {
      const auto part = arrivals(Schedule(loop, Shard{k, 3}), 100);
      for (std::size_t i = 0; i < part.size(); ++i) REQUIRE(part[i] == whole[3 * i + k]);
    }
  }
}

TEST_CASE("shards of a closed loop share its concurrency") {
  std::uint32_t total = 0;
  for (unsigned k = 0; k < 4; ++k) {
    const Schedule schedule(ClosedLoop{10}, Shard{k, 4});
    CHECK_FALSE(schedule.open());
    CHECK(schedule.concurrency() >= 2);
    CHECK(schedule.concurrency() <= 3);
    total += schedule.concurrency();
  }
  CHECK(total == 10);
}

}  // namespace
}  // namespace genai::load

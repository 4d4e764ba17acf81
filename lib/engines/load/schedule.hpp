// When requests are sent: the one place that decides it. Pure: no clock, no waiting.
//
// An open loop sends at moments fixed in advance, whatever the server does; latency is measured from them, so that a stall is seen by all who would
// have suffered it. Moments are offsets from the start of the run, never sums of gaps that somebody slept: there is no drift. A closed loop keeps a number
// of requests under way and sends the next when one has ended.
#pragma once

#include <cstdint>
#include <optional>

#include "base/clock.hpp"
#include "base/rng.hpp"

namespace genai::load {

enum class Arrivals { constant, poisson };

// Part `index` of `count`: takes every count-th arrival of one process, so that shards together send exactly what one generator would.
struct Shard {
  unsigned index = 0;
  unsigned count = 1;
};

struct OpenLoop {
  double per_second = 1;  // > 0
  Arrivals arrivals = Arrivals::constant;
  std::uint64_t seed = 1;  // of the Poisson process
};

struct ClosedLoop {
  std::uint32_t concurrency = 1;  // requests under way, of all shards together
};

class Schedule {
 public:
  Schedule(OpenLoop loop, Shard shard);
  Schedule(ClosedLoop loop, Shard shard);

  bool open() const { return open_.has_value(); }
  // Open loop: this shard's next arrival, as an offset from the start. Never decreases.
  Nanoseconds next() const { return next_; }
  // Open loop: the next arrival has been sent.
  void advance();
  // Closed loop: how many requests this shard keeps under way.
  std::uint32_t concurrency() const { return concurrency_; }

 private:
  Nanoseconds draw();

  Shard shard_;
  std::optional<OpenLoop> open_;
  std::uint32_t concurrency_ = 0;
  SeededRng rng_{0};
  std::uint64_t drawn_ = 0;  // arrivals of the whole process so far
  double elapsed_ = 0;       // of the Poisson process, in ns: exact to 1 ns for 100 days
  Nanoseconds next_{0};
};

}  // namespace genai::load

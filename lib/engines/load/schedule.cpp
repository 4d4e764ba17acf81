#include "engines/load/schedule.hpp"

#include <cmath>

namespace genai::load {

Schedule::Schedule(OpenLoop loop, Shard shard) : shard_(shard), open_(loop), rng_(loop.seed) {
  for (unsigned i = 0; i <= shard.index; ++i) next_ = draw();
}

Schedule::Schedule(ClosedLoop loop, Shard shard)
    : shard_(shard), concurrency_(loop.concurrency / shard.count + (shard.index < loop.concurrency % shard.count ? 1 : 0)) {}

void Schedule::advance() {
  for (unsigned i = 0; i < shard_.count; ++i) next_ = draw();
}

Nanoseconds Schedule::draw() {
  const double gap = 1e9 / open_->per_second;
  if (open_->arrivals == Arrivals::constant) return Nanoseconds(std::llround(static_cast<double>(drawn_++) * gap));
  elapsed_ += rng_.exponential(gap);
  return Nanoseconds(std::llround(elapsed_));
}

}  // namespace genai::load

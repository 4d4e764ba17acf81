// Where row ids come from.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

#include "base/clock.hpp"
#include "base/id.hpp"

namespace genai::ledger {

// The largest id that a clock can give (in the year 2041) leaves room above itself.
inline constexpr std::int64_t last_moment_us = (std::int64_t{1} << 51) - (std::int64_t{1} << 28);

// Ids that only grow: by the wall clock while it goes forward, by one when it stands or jumps back. Any thread.
class IdSource {
 public:
  // Every id will be larger than `floor`.
  explicit IdSource(std::int64_t floor) : last_(floor) {}

  RowId next(WallTime now) noexcept {
    const auto moment = std::clamp<std::int64_t>(now.time_since_epoch().count(), 1, last_moment_us);
    auto last = last_.load(std::memory_order_relaxed);
    std::int64_t id = 0;
    do id = std::max(last + 1, moment << 12);
    while (!last_.compare_exchange_weak(last, id, std::memory_order_relaxed));
    return RowId(id);
  }

 private:
  std::atomic<std::int64_t> last_;
};

}  // namespace genai::ledger

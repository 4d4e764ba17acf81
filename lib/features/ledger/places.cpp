#include "features/ledger/places.hpp"

#include <algorithm>

namespace genai::ledger {

Places::Places(Inflight inflight, std::uint32_t most)
    : inflight_(std::move(inflight)), chunks_((most + chunk_size - 1) / chunk_size), most_(most) {}

Result<void> Places::grow() {
  if (made_ == most_) {
    return Error{Code::overloaded, "all " + std::to_string(most_) + " places for requests in flight are taken: try again later", {}};
  }
  const auto more = std::min(chunk_size, most_ - made_);
  if (auto covered = inflight_.cover(made_ + more); !covered) {
    return Error{Code::ledger_unavailable, "no disk space to note another request in flight: " + covered.error().what, {}};
  }
  auto chunk = std::make_unique<Place[]>(chunk_size);
  free_.reserve(made_ + more);  // so that giving back never allocates
  for (auto slot = more; slot-- > 0;) {
    chunk[slot].slot = made_ + slot;
    free_.push_back(made_ + slot);
  }
  chunks_[made_ / chunk_size] = std::move(chunk);
  made_ += more;
  return {};
}

Result<Place*> Places::take() {
  const std::lock_guard lock(mutex_);
  if (free_.empty()) {
    if (auto grown = grow(); !grown) return grown.error();
  }
  const auto slot = free_.back();
  free_.pop_back();
  return &at(slot);
}

void Places::give_back(std::span<Place* const> places) {
  const std::lock_guard lock(mutex_);
  for (const auto* place : places) free_.push_back(place->slot);
}

std::size_t Places::taken() const {
  const std::lock_guard lock(mutex_);
  return made_ - free_.size();
}

}  // namespace genai::ledger

// The reserved places: everything that settling a row needs is taken when its entry is opened.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "domain/record/record.hpp"
#include "features/ledger/inflight.hpp"
#include "features/ledger/ledger.hpp"

namespace genai::ledger {

// One row on its way. Owned by whoever took it, then by the queue, then by the writer.
struct Place {
  record::Record record;
  Waiter waiter;
  MonoTime opened{};
  Place* next = nullptr;  // in the queue
  std::uint32_t slot = 0;
  bool in_flight = false;  // the slot of the same number is open
};

// All places of a ledger and the in-flight file under them; place n goes with slot n. Any thread. Low numbers are used first and again, so
// that memory and disk follow the entries that are open at once, not the bound.
class Places {
 public:
  Places(Inflight inflight, std::uint32_t most);

  // Fails with overloaded when all are taken, ledger_unavailable when the disk has no room for another slot.
  Result<Place*> take();
  void give_back(std::span<Place* const> places);
  Place& at(std::uint32_t slot) noexcept { return chunks_[slot / chunk_size][slot % chunk_size]; }
  Inflight& inflight() noexcept { return inflight_; }
  std::size_t taken() const;

 private:
  static constexpr std::uint32_t chunk_size = 256;
  Result<void> grow();

  mutable std::mutex mutex_;  // guards free_, made_ and the growth of inflight_ and chunks_
  Inflight inflight_;
  std::vector<std::unique_ptr<Place[]>> chunks_;  // as many as there may ever be; made when first needed
  std::vector<std::uint32_t> free_;               // the last given back is taken first
  std::uint32_t made_ = 0;
  std::uint32_t most_;
};

}  // namespace genai::ledger

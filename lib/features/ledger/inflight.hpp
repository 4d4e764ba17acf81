// The in-flight file: one slot for each request that runs, in memory that survives kill -9 (not a power cut).
//
// A slot is 256 bytes; its id is written last when it is opened and cleared first when its row is durable, so a slot with an id is whole.
// After a power cut pages may be older or torn: a checksum drops those. The file is sparse; disk space is taken in steps as more slots are
// used at once, because a hole that cannot be filled would kill the process, and `used` in the header tells the next start how far to look.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "domain/record/record.hpp"
#include "features/ledger/ledger.hpp"
#include "platform/fs/file.hpp"
#include "platform/fs/mapped_file.hpp"

namespace genai::ledger {

class Inflight {
 public:
  // What the last process left open, as records `interrupted`; empty without a file. Never fails on damaged content: broken slots are no slots.
  static Result<std::vector<record::Record>> left_open(const std::filesystem::path& path);
  // An empty file for `slots` entries. What an earlier one held is gone: its rows must be durable.
  static Result<Inflight> create(const std::filesystem::path& path, std::uint32_t slots);

  // Makes sure that slots below `count` have disk space. One caller at a time; the others need no lock, each for its own slot.
  Result<void> cover(std::uint32_t count);
  void open(std::uint32_t slot, RowId id, WallTime started, const Opening& opening) noexcept;
  void close(std::uint32_t slot) noexcept;

 private:
  struct Header;
  struct Slot;
  Inflight(fs::File file, fs::MappedFile map, std::uint32_t slots);
  Slot& at(std::uint32_t slot) noexcept;

  fs::File file_;
  fs::MappedFile map_;
  std::uint32_t slots_ = 0;
  std::uint32_t covered_ = 0;
};

}  // namespace genai::ledger

// A file of records that were promised to survive, waiting to be taken somewhere better.
//
// Each record is a mark, its length, the CRC-32C of length and content, and the content. An append is one write and one fdatasync, so a power
// cut leaves at most a torn tail: bytes behind the last whole record. Damage before a whole record is something else, rot or an edit, and
// is reported, never skipped. Tests: spool_test.cpp, spool_fuzz.cpp.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "platform/fs/file.hpp"
#include "platform/fs/mapped_file.hpp"

namespace genai::fs {

inline constexpr std::size_t max_spool_record = 64 * 1024;

// What stands at an offset of a spool's bytes.
struct SpoolItem {
  enum class Kind {
    record,   // `content` is whole; the next begins at `next`
    end,      // nothing more
    torn,     // no whole record from here on: an append that was cut off
    damaged,  // whole records follow behind bytes that are none
  };
  Kind kind = Kind::end;
  std::string_view content;
  std::uint64_t next = 0;
};

// Pure. `offset` is 0 or the `next` of a record.
SpoolItem read_spool(std::string_view bytes, std::uint64_t offset) noexcept;

// Adds a record to `bytes`, as the file holds it. The content is at most max_spool_record bytes.
void append_spool_record(std::string& bytes, std::string_view content);

// The spool file of one owner, confined to its thread.
class Spool {
 public:
  // Opens or creates the file and takes disk space for later appends, as much as is sensible here (at most 8 MiB and a sixteenth
  // of what is free): a full disk is one reason why records come here.
  static Result<Spool> open(const std::filesystem::path& path);

  // Appends what append_spool_record has written and returns when it is on the disk. After a failure nothing of it counts, and the next append
  // starts from a freshly opened file: a descriptor whose fdatasync failed has forgotten what it owes.
  Result<void> append(std::string_view records);
  // A view of all whole and broken bytes, as long as the mapping lives; append() does not change what it shows.
  Result<MappedFile> read() const;
  std::uint64_t size() const { return end_; }
  // Forgets everything: the records are safe elsewhere.
  Result<void> clear();
  // Drops a torn tail: what stands behind `size` never counted.
  Result<void> cut(std::uint64_t size);
  // Renames the file to PATH.damaged-N, kept for a person to look at, and starts an empty one. Returns the new name.
  Result<std::filesystem::path> set_aside();

 private:
  Spool(std::filesystem::path path, File file, std::uint64_t end);
  Result<void> reopen();
  void reserve_space() const;

  std::filesystem::path path_;
  File file_;
  std::uint64_t end_ = 0;
  bool suspect_ = false;  // the last append or sync failed
};

}  // namespace genai::fs

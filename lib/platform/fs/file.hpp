// Owning a file descriptor, and saying what the system refused.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "base/error.hpp"

namespace genai::fs {

// An open descriptor and its one owner. Confined to one thread at a time. Closing ignores errors: what must be kept was synced before.
class File {
 public:
  File() = default;
  // Opens with O_CLOEXEC and mode 0600 for files it creates. Fails with environment, naming path and reason.
  static Result<File> open(const std::filesystem::path& path, int flags);
  File(File&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  File& operator=(File&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~File();

  int fd() const noexcept { return fd_; }
  bool is_open() const noexcept { return fd_ >= 0; }
  Result<std::uint64_t> size() const;
  // Writes all of it at `offset`, or fails; a failed write may have left a part.
  Result<void> write_at(std::uint64_t offset, std::string_view bytes) const;
  // Reads up to buffer.size() bytes; fewer only at the end of the file.
  Result<std::size_t> read_at(std::uint64_t offset, std::span<char> buffer) const;
  // Reads on from where the last read_on() ended, as pipes and devices want it; 0 at the end.
  Result<std::size_t> read_on(std::span<char> buffer) const;
  Result<void> truncate(std::uint64_t size) const;
  Result<void> sync_data() const;
  // Takes the disk space of [offset, offset + size) without changing the file's length. Not every file system can.
  Result<void> reserve(std::uint64_t offset, std::uint64_t size) const;
  // The same for bytes that become part of the file: those beyond its end read as zero, what was there stays. Every file system can.
  // [offset, offset + size) must not hold data yet.
  Result<void> reserve_zeroed(std::uint64_t offset, std::uint64_t size) const;

 private:
  explicit File(int fd) : fd_(fd) {}
  int fd_ = -1;
};

// `errno` as an Error: "cannot VERB PATH: reason".
Error system_error(std::string_view verb, const std::filesystem::path& path, int error_number);

// Creates the directory with mode 0700 when it is missing (parents too, with the usual mode). Refuses network file systems, on which locks,
// shared memory and fdatasync do not keep their word.
Result<void> prepare_private_directory(const std::filesystem::path& dir);

// Makes created, renamed and removed names durable.
Result<void> sync_directory(const std::filesystem::path& dir);

// Bytes that this user could still write there; 0 when the system does not say.
std::uint64_t free_bytes(const std::filesystem::path& dir) noexcept;

}  // namespace genai::fs

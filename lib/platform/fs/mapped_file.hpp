// A file as memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include "base/error.hpp"
#include "platform/fs/file.hpp"

namespace genai::fs {

// A shared mapping of the first `size` bytes of a file; what is written survives the process, not a power cut. Pages count only once
// touched. Touching a page behind the end of the file, or a hole on a full disk, kills the process (SIGBUS): reserve before.
class MappedFile {
 public:
  MappedFile() = default;
  static Result<MappedFile> read_write(const File& file, std::size_t size);
  static Result<MappedFile> read_only(const File& file, std::size_t size);
  MappedFile(MappedFile&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}
  MappedFile& operator=(MappedFile&& other) noexcept {
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  ~MappedFile();

  std::span<char> bytes() const noexcept { return bytes_; }

 private:
  explicit MappedFile(std::span<char> bytes) : bytes_(bytes) {}
  static Result<MappedFile> map(const File& file, std::size_t size, int protection);
  std::span<char> bytes_;
};

}  // namespace genai::fs

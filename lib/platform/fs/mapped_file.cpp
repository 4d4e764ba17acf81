#include "platform/fs/mapped_file.hpp"

#include <sys/mman.h>

#include <cerrno>
#include <system_error>

namespace genai::fs {

Result<MappedFile> MappedFile::map(const File& file, std::size_t size, int protection) {
  if (size == 0) return MappedFile();
  void* at = ::mmap(nullptr, size, protection, MAP_SHARED, file.fd(), 0);
  if (at == MAP_FAILED) return Error{Code::environment, "cannot map a file: " + std::generic_category().message(errno), {}};
  return MappedFile(std::span(static_cast<char*>(at), size));
}

Result<MappedFile> MappedFile::read_write(const File& file, std::size_t size) { return map(file, size, PROT_READ | PROT_WRITE); }

Result<MappedFile> MappedFile::read_only(const File& file, std::size_t size) { return map(file, size, PROT_READ); }

MappedFile::~MappedFile() {
  if (!bytes_.empty()) ::munmap(bytes_.data(), bytes_.size());
}

}  // namespace genai::fs

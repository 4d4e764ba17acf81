#include "platform/fs/file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

namespace genai::fs {
namespace {

struct NetworkKind {
  std::uint32_t magic;
  std::string_view name;
};
// From linux/magic.h and the file systems themselves.
constexpr std::array network_kinds{
    NetworkKind{0x6969, "NFS"},      NetworkKind{0x517B, "SMB"},          NetworkKind{0xFF534D42, "CIFS"},
    NetworkKind{0xFE534D42, "SMB2"}, NetworkKind{0x01021997, "9p"},       NetworkKind{0x00C36400, "Ceph"},
    NetworkKind{0x5346414F, "AFS"},  NetworkKind{0x0BD00BD0, "Lustre"},   NetworkKind{0x47504653, "GPFS"},
    NetworkKind{0x73757245, "Coda"}, NetworkKind{0x01161970, "GFS2"},     NetworkKind{0x7461636F, "OCFS2"},
};

std::string_view network_name(const std::filesystem::path& dir) {
  struct statfs about {};
  if (::statfs(dir.c_str(), &about) != 0) return {};
  const auto magic = static_cast<std::uint32_t>(about.f_type);
  const auto found = std::ranges::find(network_kinds, magic, &NetworkKind::magic);
  return found == network_kinds.end() ? std::string_view() : found->name;
}

Error plain_error(std::string_view verb, int error_number) {
  return Error{Code::environment, std::string(verb) + ": " + std::generic_category().message(error_number), {}};
}

// `read_some(to, size, got so far)` until the buffer is full or nothing more comes.
template <class ReadSome>
Result<std::size_t> read_fully(std::span<char> buffer, ReadSome read_some) {
  std::size_t got = 0;
  while (got < buffer.size()) {
    const auto read = read_some(buffer.data() + got, buffer.size() - got, got);
    if (read < 0 && errno == EINTR) continue;
    if (read < 0) return plain_error("read failed", errno);
    if (read == 0) break;
    got += static_cast<std::size_t>(read);
  }
  return got;
}

}  // namespace

Error system_error(std::string_view verb, const std::filesystem::path& path, int error_number) {
  return plain_error("cannot " + std::string(verb) + " " + path.string(), error_number);
}

Result<File> File::open(const std::filesystem::path& path, int flags) {
  int fd = -1;
  do fd = ::open(path.c_str(), flags | O_CLOEXEC, 0600);
  while (fd < 0 && errno == EINTR);
  if (fd < 0) return system_error("open", path, errno);
  return File(fd);
}

File::~File() {
  if (fd_ >= 0) ::close(fd_);
}

Result<std::uint64_t> File::size() const {
  struct stat about {};
  if (::fstat(fd_, &about) != 0) return plain_error("cannot read a file's size", errno);
  return static_cast<std::uint64_t>(about.st_size);
}

Result<void> File::write_at(std::uint64_t offset, std::string_view bytes) const {
  while (!bytes.empty()) {
    const auto written = ::pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return plain_error("write failed", errno);
    if (written == 0) return plain_error("write failed", ENOSPC);
    bytes.remove_prefix(static_cast<std::size_t>(written));
    offset += static_cast<std::uint64_t>(written);
  }
  return {};
}

Result<std::size_t> File::read_at(std::uint64_t offset, std::span<char> buffer) const {
  return read_fully(buffer, [&](char* to, std::size_t size, std::size_t got) { return ::pread(fd_, to, size, static_cast<off_t>(offset + got)); });
}

Result<std::size_t> File::read_on(std::span<char> buffer) const {
  return read_fully(buffer, [&](char* to, std::size_t size, std::size_t) { return ::read(fd_, to, size); });
}

Result<void> File::truncate(std::uint64_t size) const {
  if (::ftruncate(fd_, static_cast<off_t>(size)) != 0) return plain_error("cannot change a file's length", errno);
  return {};
}

Result<void> File::sync_data() const {
  if (::fdatasync(fd_) != 0) return plain_error("fdatasync failed", errno);
  return {};
}

Result<void> File::reserve(std::uint64_t offset, std::uint64_t size) const {
  if (::fallocate(fd_, FALLOC_FL_KEEP_SIZE, static_cast<off_t>(offset), static_cast<off_t>(size)) == 0) return {};
  return plain_error("cannot reserve disk space", errno);
}

Result<void> File::reserve_zeroed(std::uint64_t offset, std::uint64_t size) const {
  if (::fallocate(fd_, 0, static_cast<off_t>(offset), static_cast<off_t>(size)) == 0) return {};
  if (errno != EOPNOTSUPP) return plain_error("cannot reserve disk space", errno);
  const std::string zeros(static_cast<std::size_t>(size), '\0');
  return write_at(offset, zeros);
}

Result<void> prepare_private_directory(const std::filesystem::path& dir) {
  std::error_code failed;
  const auto absolute = std::filesystem::absolute(dir, failed).lexically_normal();
  const auto leaf = absolute.has_filename() ? absolute : absolute.parent_path();
  if (!std::filesystem::is_directory(leaf, failed)) {
    std::filesystem::create_directories(leaf.parent_path(), failed);
    if (::mkdir(leaf.c_str(), 0700) != 0 && errno != EEXIST) return system_error("create", dir, errno);
    if (!std::filesystem::is_directory(leaf, failed)) return system_error("use", dir, ENOTDIR);
  }
  if (const auto kind = network_name(leaf); !kind.empty()) {
    return Error{Code::environment,
                 dir.string() + " is on a network file system (" + std::string(kind) + "): keep the data on a local disk", {}};
  }
  return {};
}

Result<void> sync_directory(const std::filesystem::path& dir) {
  auto opened = File::open(dir, O_RDONLY | O_DIRECTORY);
  if (!opened) return opened.error();
  if (::fsync(opened->fd()) != 0) return system_error("sync", dir, errno);
  return {};
}

std::uint64_t free_bytes(const std::filesystem::path& dir) noexcept {
  struct statvfs about {};
  if (::statvfs(dir.c_str(), &about) != 0) return 0;
  return static_cast<std::uint64_t>(about.f_bavail) * about.f_frsize;
}

}  // namespace genai::fs

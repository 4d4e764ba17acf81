#include "platform/fs/lock_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>

namespace genai::fs {
namespace {

// Digits only: the text goes into a message.
std::string holder(const File& file) {
  std::array<char, 32> text{};
  const auto got = file.read_at(0, text);
  if (!got) return {};
  const std::string_view read(text.data(), *got);
  return std::string(read.substr(0, read.find_first_not_of("0123456789")));
}

Error held(const std::filesystem::path& dir, const File& file) {
  const auto pid = holder(file);
  const auto who = pid.empty() ? std::string("another process") : "process " + pid;
  return Error{Code::lock_held, dir.string() + " is in use by " + who + "\nhint: stop it, or choose another data directory", {}};
}

}  // namespace

Result<DirectoryLock> DirectoryLock::take(const std::filesystem::path& dir) {
  const auto path = dir / "lock";
  auto file = File::open(path, O_RDWR | O_CREAT | O_NOFOLLOW);
  if (!file) return file.error();
  if (::flock(file->fd(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) return held(dir, *file);
    return system_error("lock", path, errno);
  }
  // The id is for people: a full disk must not keep the owner out.
  if (file->truncate(0)) static_cast<void>(file->write_at(0, std::to_string(::getpid()) + "\n"));
  return DirectoryLock(std::move(*file));
}

}  // namespace genai::fs

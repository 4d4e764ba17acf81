#include "platform/fs/spool.hpp"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "platform/fs/crc32c.hpp"

namespace genai::fs {
namespace {

constexpr std::string_view mark("gSp\x01", 4);
constexpr std::size_t head_size = 12;  // mark, length, checksum
constexpr std::uint64_t most_reserved = 8u << 20;

// Little-endian on every machine that we build for; the file never leaves its machine.
std::uint32_t number_at(std::string_view bytes, std::size_t at) noexcept {
  std::uint32_t value = 0;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

void add_number(std::string& bytes, std::uint32_t value) {
  char raw[sizeof value];
  std::memcpy(raw, &value, sizeof value);
  bytes.append(raw, sizeof value);
}

std::uint32_t checksum(std::string_view length, std::string_view content) noexcept { return crc32c(content, crc32c(length)); }

// The whole record at the start of `bytes`, or null data.
std::string_view whole_record(std::string_view bytes) noexcept {
  if (bytes.size() < head_size || !bytes.starts_with(mark)) return {};
  const auto length = number_at(bytes, 4);
  if (length > max_spool_record || length > bytes.size() - head_size) return {};
  const auto content = bytes.substr(head_size, length);
  return checksum(bytes.substr(4, 4), content) == number_at(bytes, 8) ? content : std::string_view();
}

bool holds_whole_record(std::string_view bytes) noexcept {
  for (auto at = bytes.find(mark); at != std::string_view::npos; at = bytes.find(mark, at + 1)) {
    if (whole_record(bytes.substr(at)).data() != nullptr) return true;
  }
  return false;
}

}  // namespace

SpoolItem read_spool(std::string_view bytes, std::uint64_t offset) noexcept {
  if (offset >= bytes.size()) return SpoolItem{SpoolItem::Kind::end, {}, offset};
  const auto rest = bytes.substr(static_cast<std::size_t>(offset));
  const auto content = whole_record(rest);
  if (content.data() != nullptr) return SpoolItem{SpoolItem::Kind::record, content, offset + head_size + content.size()};
  const auto kind = holds_whole_record(rest.substr(1)) ? SpoolItem::Kind::damaged : SpoolItem::Kind::torn;
  return SpoolItem{kind, {}, offset};
}

void append_spool_record(std::string& bytes, std::string_view content) {
  bytes.append(mark);
  const auto length_at = bytes.size();
  add_number(bytes, static_cast<std::uint32_t>(content.size()));
  add_number(bytes, checksum(std::string_view(bytes).substr(length_at, 4), content));
  bytes.append(content);
}

Spool::Spool(std::filesystem::path path, File file, std::uint64_t end) : path_(std::move(path)), file_(std::move(file)), end_(end) {}

Result<Spool> Spool::open(const std::filesystem::path& path) {
  auto file = File::open(path, O_RDWR | O_CREAT | O_NOFOLLOW);
  if (!file) return file.error();
  const auto size = file->size();
  if (!size) return size.error();
  if (auto synced = sync_directory(path.parent_path()); !synced) return synced.error();
  Spool spool(path, std::move(*file), *size);
  spool.reserve_space();
  return spool;
}

// Best effort: without it, a full disk is met with a failed append instead of a successful one.
void Spool::reserve_space() const {
  const auto size = std::min(most_reserved, free_bytes(path_.parent_path()) / 16);
  if (size > 0) static_cast<void>(file_.reserve(end_, size));
}

Result<void> Spool::reopen() {
  auto file = File::open(path_, O_RDWR | O_CREAT | O_NOFOLLOW);
  if (!file) return file.error();
  if (auto cut = file->truncate(end_); !cut) return cut.error();
  file_ = std::move(*file);
  suspect_ = false;
  return {};
}

Result<void> Spool::append(std::string_view records) {
  if (suspect_) {
    if (auto reopened = reopen(); !reopened) return reopened;
  }
  suspect_ = true;
  if (auto written = file_.write_at(end_, records); !written) return written;
  if (auto synced = file_.sync_data(); !synced) return synced;
  suspect_ = false;
  end_ += records.size();
  return {};
}

Result<MappedFile> Spool::read() const { return MappedFile::read_only(file_, static_cast<std::size_t>(end_)); }

Result<void> Spool::clear() {
  if (auto done = cut(0); !done) return done;
  reserve_space();
  return {};
}

Result<void> Spool::cut(std::uint64_t size) {
  if (auto done = file_.truncate(size); !done) return done;
  end_ = size;
  return file_.sync_data();
}

Result<std::filesystem::path> Spool::set_aside() {
  std::filesystem::path kept;
  int number = 1;
  do kept = path_.string() + ".damaged-" + std::to_string(number++);
  while (std::filesystem::exists(kept));
  std::error_code failed;
  std::filesystem::rename(path_, kept, failed);
  if (failed) return system_error("rename", path_, failed.value());
  auto fresh = open(path_);
  if (!fresh) return fresh.error();
  *this = std::move(*fresh);
  return kept;
}

}  // namespace genai::fs

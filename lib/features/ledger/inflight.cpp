#include "features/ledger/inflight.hpp"

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <memory>
#include <system_error>

#include "features/ledger/row_codec.hpp"
#include "platform/fs/crc32c.hpp"

namespace genai::ledger {
namespace {
constexpr std::uint64_t magic = 0x31'74'68'67'69'6C'66'67;  // "gflight1"
constexpr std::size_t slot_size = 256;
constexpr std::uint32_t step = 256;  // slots that get disk space at a time
constexpr std::size_t route_size = 48;
constexpr std::size_t model_size = 96;
constexpr std::size_t user_size = 80;
}  // namespace

struct Inflight::Header {
  std::uint64_t magic = 0;
  std::uint32_t used = 0;  // slots from here on were never touched
};

struct Inflight::Slot {
  std::int64_t id;  // 0: free
  std::uint32_t checksum;
  std::uint8_t streamed;
  std::uint8_t route, model, user;  // lengths of what stands one behind the other in `text`
  std::int64_t started_us;
  std::int64_t sealed_id;  // the id again, under the checksum
  char text[slot_size - 32];

  std::string_view content() const noexcept {
    const auto length = sizeof started_us + sizeof sealed_id + std::min<std::size_t>(std::size_t{route} + model + user, sizeof text);
    return {reinterpret_cast<const char*>(&started_us), length};
  }
  std::uint32_t expected() const noexcept {
    const std::array<char, 4> lengths{static_cast<char>(streamed), static_cast<char>(route), static_cast<char>(model), static_cast<char>(user)};
    return fs::crc32c(content(), fs::crc32c({lengths.data(), lengths.size()}));
  }
  bool whole() const noexcept {
    return id > 0 && id == sealed_id && std::size_t{route} + model + user <= sizeof text && checksum == expected();
  }
};

namespace {

template <class Slot>
record::Record interrupted(const Slot& slot) {
  record::Record record;
  record.id = RowId(slot.id);
  record.started = WallTime(std::chrono::microseconds(slot.started_us));
  record.route.assign(slot.text, slot.route);
  record.model.assign(slot.text + slot.route, slot.model);
  record.user.assign(slot.text + slot.route + slot.model, slot.user);
  record.streamed = slot.streamed != 0;
  record.outcome = record::Outcome::interrupted;
  record.error_code = row(Code::interrupted).name;
  return record;
}

}  // namespace

Result<std::vector<record::Record>> Inflight::left_open(const std::filesystem::path& path) {
  static_assert(sizeof(Slot) == slot_size && route_size + model_size + user_size <= sizeof(Slot::text));
  std::vector<record::Record> found;
  std::error_code missing;
  if (!std::filesystem::exists(path, missing)) return found;
  auto file = fs::File::open(path, O_RDONLY | O_NOFOLLOW);
  if (!file) return file.error();
  Header header;
  auto got = file->read_at(0, {reinterpret_cast<char*>(&header), sizeof header});
  if (!got) return got.error();
  if (*got < sizeof header || header.magic != magic) return found;
  const auto slots = std::make_unique<std::array<Slot, step>>();
  for (std::uint32_t first = 0; first < header.used; first += step) {
    got = file->read_at(slot_size * (std::uint64_t{first} + 1), {reinterpret_cast<char*>(slots->data()), sizeof *slots});
    if (!got) return got.error();
    for (std::size_t i = 0; i < *got / slot_size; ++i) {
      if ((*slots)[i].whole()) found.push_back(interrupted((*slots)[i]));
    }
    if (*got < sizeof *slots) break;
  }
  return found;
}

Inflight::Inflight(fs::File file, fs::MappedFile map, std::uint32_t slots)
    : file_(std::move(file)), map_(std::move(map)), slots_(slots) {}

Result<Inflight> Inflight::create(const std::filesystem::path& path, std::uint32_t slots) {
  auto file = fs::File::open(path, O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW);
  if (!file) return file.error();
  const auto size = slot_size * (std::size_t{slots} + 1);
  if (auto reserved = file->reserve_zeroed(0, slot_size * (std::min(step, slots) + 1)); !reserved) return reserved.error();
  if (auto sized = file->truncate(size); !sized) return sized.error();
  auto map = fs::MappedFile::read_write(*file, size);
  if (!map) return map.error();
  Inflight inflight(std::move(*file), std::move(*map), slots);
  inflight.covered_ = std::min(step, slots);
  new (inflight.map_.bytes().data()) Header{magic, inflight.covered_};
  return inflight;
}

Inflight::Slot& Inflight::at(std::uint32_t slot) noexcept {
  return *reinterpret_cast<Slot*>(map_.bytes().data() + slot_size * (std::size_t{slot} + 1));
}

Result<void> Inflight::cover(std::uint32_t count) {
  if (count <= covered_) return {};
  const auto more = std::min(slots_, covered_ + step) - covered_;
  if (auto done = file_.reserve_zeroed(slot_size * (std::uint64_t{covered_} + 1), slot_size * more); !done) return done;
  covered_ += more;
  reinterpret_cast<Header*>(map_.bytes().data())->used = covered_;
  return {};
}

void Inflight::open(std::uint32_t slot, RowId id, WallTime started, const Opening& opening) noexcept {
  auto& to = at(slot);
  const auto route = cut_to(opening.route, route_size);
  const auto model = cut_to(opening.model, model_size);
  const auto user = cut_to(opening.user, user_size);
  to.streamed = opening.streamed ? 1 : 0;
  to.route = static_cast<std::uint8_t>(route.size());
  to.model = static_cast<std::uint8_t>(model.size());
  to.user = static_cast<std::uint8_t>(user.size());
  to.started_us = started.time_since_epoch().count();
  to.sealed_id = id.value();
  char* end = to.text;
  for (const auto text : {route, model, user}) end = std::copy(text.begin(), text.end(), end);
  to.checksum = to.expected();
  std::atomic_ref(to.id).store(id.value(), std::memory_order_release);
}

void Inflight::close(std::uint32_t slot) noexcept { std::atomic_ref(at(slot).id).store(0, std::memory_order_release); }

}  // namespace genai::ledger

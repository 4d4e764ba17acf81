#include "platform/text/bytes.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace genai::text {
namespace {

struct Unit {
  std::string_view name;
  std::uint64_t bytes;
};
// For writing: from large to small, those of 1024 first.
constexpr std::array<Unit, 7> units{{{"GiB", 1ULL << 30}, {"MiB", 1ULL << 20}, {"KiB", 1ULL << 10}, {"GB", 1'000'000'000}, {"MB", 1'000'000}, {"KB", 1'000}, {"B", 1}}};
constexpr std::uint64_t most = INT64_MAX;

}  // namespace

Result<std::uint64_t> parse_bytes(std::string_view text) {
  const auto refused = [&](std::string_view why) {
    return Error{.code = Code::invalid_value, .what = std::string(why) + ", found '" + std::string(text.substr(0, 32)) + "'", .param = {}};
  };
  std::uint64_t count = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), count);
  const auto name = text.substr(static_cast<std::size_t>(end - text.data()));
  const auto unit = std::find_if(units.begin(), units.end(), [&](const Unit& one) { return one.name == (name.empty() ? "B" : name); });
  if (failure == std::errc::result_out_of_range) return refused("expected fewer bytes");
  if (failure != std::errc() || unit == units.end()) return refused("expected a number of bytes such as 4096, 512KiB or 32MiB");
  if (count > most / unit->bytes) return refused("expected fewer bytes");
  return count * unit->bytes;
}

std::string format_bytes(std::uint64_t bytes) {
  for (const auto& unit : units) {
    if (unit.bytes > 1 && bytes >= unit.bytes && bytes % unit.bytes == 0) return std::to_string(bytes / unit.bytes) + std::string(unit.name);
  }
  return std::to_string(bytes);
}

}  // namespace genai::text

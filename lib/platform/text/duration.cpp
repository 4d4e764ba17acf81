#include "platform/text/duration.hpp"

#include <array>
#include <cstdint>

namespace genai::text {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t nanoseconds;
};
constexpr std::array units{
    Unit{"d", 86'400'000'000'000}, Unit{"h", 3'600'000'000'000}, Unit{"m", 60'000'000'000}, Unit{"s", 1'000'000'000},
    Unit{"ms", 1'000'000},         Unit{"us", 1'000},            Unit{"ns", 1},
};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

Error refused(std::string_view text, std::string_view why) {
  return {.code = Code::invalid_value, .what = "'" + std::string(text.substr(0, 64)) + "' is no duration: " + std::string(why), .param = {}};
}

struct Part {
  std::int64_t nanoseconds;
  std::size_t next_unit;
};

// A decimal number scaled exactly: digits and scale are small enough for 128 bits.
bool scaled(std::string_view digits, std::string_view fraction, std::int64_t unit, std::int64_t& out) {
  if (digits.size() > 19 || fraction.size() > 12) return false;
  __int128 value = 0;
  for (const char c : digits) value = value * 10 + (c - '0');
  value *= unit;
  __int128 part = 0, scale = 1;
  for (const char c : fraction) {
    part = part * 10 + (c - '0');
    scale *= 10;
  }
  if (part * unit % scale != 0) return false;  // finer than a nanosecond
  value += part * unit / scale;
  if (value > INT64_MAX) return false;
  out = static_cast<std::int64_t>(value);
  return true;
}

// One "12.5s" at the front of `rest`, which it consumes; `first` is the largest unit still allowed.
Result<Part> parse_part(std::string_view whole, std::string_view& rest, std::size_t first) {
  std::size_t at = 0;
  while (at < rest.size() && is_digit(rest[at])) ++at;
  const auto digits = rest.substr(0, at);
  std::string_view fraction;
  if (at < rest.size() && rest[at] == '.') {
    const auto start = ++at;
    while (at < rest.size() && is_digit(rest[at])) ++at;
    fraction = rest.substr(start, at - start);
    if (fraction.empty()) return refused(whole, "a digit is missing after the point");
  }
  if (digits.empty()) return refused(whole, "write a number and a unit, such as 250ms, 10s or 1m30s");
  const auto unit_start = at;
  while (at < rest.size() && !is_digit(rest[at]) && rest[at] != '.') ++at;
  const auto name = rest.substr(unit_start, at - unit_start);
  if (name.empty()) return refused(whole, "the unit is missing (ns, us, ms, s, m, h, d)");
  for (std::size_t i = 0; i < units.size(); ++i) {
    if (units[i].name != name) continue;
    if (i < first) return refused(whole, "units go from large to small, each once");
    Part part{0, i + 1};
    if (!scaled(digits, fraction, units[i].nanoseconds, part.nanoseconds)) return refused(whole, "out of range");
    rest.remove_prefix(at);
    return part;
  }
  return refused(whole, "the unit must be ns, us, ms, s, m, h or d");
}

}  // namespace

Result<std::chrono::nanoseconds> parse_duration(std::string_view text) {
  if (text == "0") return std::chrono::nanoseconds(0);
  std::int64_t total = 0;
  std::size_t unit = 0;
  auto rest = text;
  do {
    auto part = parse_part(text, rest, unit);
    if (!part) return part.error();
    if (__builtin_add_overflow(total, part->nanoseconds, &total)) return refused(text, "out of range");
    unit = part->next_unit;
  } while (!rest.empty());
  return std::chrono::nanoseconds(total);
}

std::string format_duration(std::chrono::nanoseconds duration) {
  if (duration.count() == 0) return "0s";
  auto rest = duration.count() < 0 ? 0 - static_cast<std::uint64_t>(duration.count()) : static_cast<std::uint64_t>(duration.count());
  std::string result = duration.count() < 0 ? "-" : "";
  for (const auto& unit : units) {
    const auto size = static_cast<std::uint64_t>(unit.nanoseconds);
    if (rest < size) continue;
    result += std::to_string(rest / size) + std::string(unit.name);
    rest %= size;
  }
  return result;
}

}  // namespace genai::text

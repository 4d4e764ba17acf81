#include "domain/catalog/row.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>

namespace genai::catalog {
namespace {

// All bytes are digits and there are some.
std::optional<unsigned> digits(std::string_view text) {
  unsigned value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

std::string text(Day day) {
  const std::chrono::year_month_day date(day);
  char buffer[40];
  std::snprintf(buffer, sizeof buffer, "%04d-%02u-%02u", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()));
  return buffer;
}

std::optional<Day> parse_day(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const auto year = digits(text.substr(0, 4)), month = digits(text.substr(5, 2)), day = digits(text.substr(8, 2));
  if (!year || !month || !day) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(*year)), std::chrono::month(*month), std::chrono::day(*day)};
  return date.ok() ? std::optional(Day(date)) : std::nullopt;
}

std::string_view name(ServiceTier tier) noexcept {
  constexpr std::array<std::string_view, service_tiers> names{"standard", "batch", "flex", "priority"};
  return names[static_cast<std::size_t>(tier)];
}

bool Window::holds(WallTime at) const {
  const auto day = std::chrono::floor<std::chrono::days>(at);
  const auto minute = std::chrono::floor<std::chrono::minutes>(at - day).count();
  return (weekdays >> std::chrono::weekday(day).c_encoding() & 1U) != 0 && from <= minute && minute < until;
}

std::optional<std::int64_t> Row::permille_of(std::string_view region) const {
  if (region.empty() || region == "global") return 1000;
  const auto at = std::find_if(regions.begin(), regions.end(), [&](const RegionFactor& factor) { return factor.region == region; });
  return at == regions.end() ? std::nullopt : std::optional(at->permille);
}

}  // namespace genai::catalog

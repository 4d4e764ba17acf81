// One row of the price table: what a model costs at a vendor, from when to when, and who says so.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/quantity.hpp"
#include "domain/catalog/price.hpp"

namespace genai::catalog {

using Day = std::chrono::sys_days;  // UTC
std::string text(Day day);          // "2026-08-01"
// Exactly YYYY-MM-DD and a day that exists, else nothing.
std::optional<Day> parse_day(std::string_view text);

// How a request was, or will be, served.
enum class ServiceTier : std::uint8_t { standard, batch, flex, priority };
inline constexpr std::size_t service_tiers = 4;
std::string_view name(ServiceTier tier) noexcept;

// Hours of some days of the week, UTC, in minutes since midnight: [from, until).
struct Window {
  unsigned weekdays = 0x7F;  // bit 0 is Sunday
  int from = 0;
  int until = 0;
  bool holds(WallTime at) const;
};

struct RegionFactor {
  std::string region;      // "eu"
  std::int64_t permille;  // 1100: every price is 1.1 times as high
};

struct Row {
  std::string vendor;  // "openai"
  std::string model;   // as the vendor spells it; "*": every model of the vendor
  std::vector<std::string> aliases;

  // Prices by how the request is served, and by whether its prompt is beyond the threshold (the whole request then costs that much).
  Rates rates[service_tiers][2];
  std::optional<Tokens> long_from;  // the least prompt, cached tokens included, that pays the higher tier

  std::vector<RegionFactor> regions;
  std::vector<Window> hours;         // when the row holds; empty: whenever no row with hours does
  std::optional<Day> from, until;    // [from, until); nothing: not known, taken as always
  Day checked{};                     // when somebody last compared it with its source
  std::optional<Day> retired;        // when the vendor stopped, or will stop, to offer the model
  bool is_retired = false;           // as of `checked`
  std::string tokenizer, source, notes;
  std::optional<Tokens> max_input, max_output;

  bool is_override = false;          // from the user, not from the table in the binary
  std::string file;                  // where it stands
  std::size_t line = 0;
  std::vector<std::string> cells;    // as written, in the order of column_names()

  bool is_long(Tokens prompt) const { return long_from && prompt >= *long_from; }
  const Rates& rates_of(ServiceTier tier, bool is_long) const { return rates[static_cast<std::size_t>(tier)][is_long ? 1 : 0]; }
  // 1000 for no region and "global"; nothing for a region without a price.
  std::optional<std::int64_t> permille_of(std::string_view region) const;
  bool holds_on(Day day) const { return (!from || *from <= day) && (!until || day < *until); }
};

}  // namespace genai::catalog

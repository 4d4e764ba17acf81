#include "engines/load/human.hpp"

#include <fmt/format.h>

#include <string_view>

namespace genai::load {
namespace {

struct Unit {
  std::string_view name;
  double nanoseconds;
};
constexpr Unit units[] = {{"s", 1e9}, {"ms", 1e6}, {"us", 1e3}};

}  // namespace

std::string human(Nanoseconds duration) {
  const auto value = static_cast<double>(duration.count());
  for (const Unit& unit : units) {
    const double scaled = value / unit.nanoseconds;
    if (scaled < 0.9995) continue;
    const int decimals = scaled < 9.995 ? 2 : scaled < 99.95 ? 1 : 0;
    return fmt::format("{:.{}f} {}", scaled, decimals, unit.name);
  }
  return fmt::format("{} ns", duration.count());
}

}  // namespace genai::load

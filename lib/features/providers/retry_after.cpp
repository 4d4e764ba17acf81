#include "features/providers/retry_after.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <optional>
#include <string_view>

#include "platform/http/date.hpp"
#include "platform/text/duration.hpp"

namespace genai::providers {
namespace {

constexpr double longest_s = 7 * 24 * 3600;

std::optional<double> number(std::string_view text) {
  double value = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  if (failed != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

int whole_seconds(double seconds) { return seconds > 0 && seconds <= longest_s ? static_cast<int>(std::ceil(seconds)) : 0; }

int of_field(std::string_view value, WallTime now) {
  if (const auto seconds = number(value)) return whole_seconds(*seconds);
  const auto date = http::parse_date(value, now);
  return date ? whole_seconds(std::chrono::duration<double>(*date - now).count()) : 0;
}

int of_reset(const http::Fields& fields, std::string_view reset, std::string_view remaining) {
  if (fields.find(remaining).value_or("") != "0") return 0;
  const auto value = fields.find(reset).value_or("");
  if (const auto seconds = number(value)) return whole_seconds(*seconds);
  const auto duration = text::parse_duration(value);
  return duration ? whole_seconds(std::chrono::duration<double>(*duration).count()) : 0;
}

}  // namespace

int retry_after_s(const http::Fields& fields, WallTime now) {
  if (const auto milliseconds = number(fields.find("retry-after-ms").value_or("")))
    if (const int seconds = whole_seconds(*milliseconds / 1000)) return seconds;
  if (const int seconds = of_field(fields.find("retry-after").value_or(""), now)) return seconds;
  return std::max(of_reset(fields, "x-ratelimit-reset-requests", "x-ratelimit-remaining-requests"), of_reset(fields, "x-ratelimit-reset-tokens", "x-ratelimit-remaining-tokens"));
}

}  // namespace genai::providers

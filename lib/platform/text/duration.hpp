// Durations as people write them.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace genai::text {

// "10s", "250ms", "1m30s", "7d", "1.5h": decimal numbers with a unit of ns, us, ms, s, m, h, d, from large to small, each at most once.
// "0" alone needs no unit. Everything else, and what does not fit 64 bits of nanoseconds, is invalid_value.
Result<std::chrono::nanoseconds> parse_duration(std::string_view text);

// The shortest spelling that parse_duration reads back as the same value.
std::string format_duration(std::chrono::nanoseconds duration);

}  // namespace genai::text

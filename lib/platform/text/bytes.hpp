// Sizes in bytes as people write them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace genai::text {

// "4096", "32MiB", "1KB": a whole number with a unit of B, KB, MB, GB (powers of 1000) or KiB, MiB, GiB (powers of 1024), or none for bytes.
// Everything else, and what does not fit 63 bits, is invalid_value.
Result<std::uint64_t> parse_bytes(std::string_view text);

// A spelling that parse_bytes reads back as the same value, in the largest unit that leaves a whole number.
std::string format_bytes(std::uint64_t bytes);

}  // namespace genai::text

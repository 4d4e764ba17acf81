// CRC-32C (Castagnoli, RFC 3720 appendix B.4): finds torn and rotten bytes, not forged ones.
#pragma once

#include <cstdint>
#include <string_view>

namespace genai::fs {

// The checksum of what `before` was the checksum of, followed by `bytes`. Uses the processor's instruction where it has one.
std::uint32_t crc32c(std::string_view bytes, std::uint32_t before = 0) noexcept;

namespace detail {
std::uint32_t crc32c_by_table(std::string_view bytes, std::uint32_t before) noexcept;
}

}  // namespace genai::fs

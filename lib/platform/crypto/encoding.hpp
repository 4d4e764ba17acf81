// Bytes as text: hexadecimal, base64 and its alphabet for URLs (RFC 4648, sections 4, 5 and 8). Any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace genai::crypto {

// Lower case.
std::string hex(std::string_view bytes);

// Padded.
std::string base64(std::string_view bytes);
// Without padding, as tokens and signatures have it.
std::string base64url(std::string_view bytes);

// The bytes again. Nothing: a letter outside the alphabet, wrong padding (in the second: any), or bits left over that are not 0, so that each
// text has one spelling.
std::optional<std::string> from_base64(std::string_view text);
std::optional<std::string> from_base64url(std::string_view text);

}  // namespace genai::crypto

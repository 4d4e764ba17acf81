// Well-formed UTF-8, or made so. Private to this folder.
#pragma once

#include <string>
#include <string_view>

namespace genai::tokens::detail {

bool is_utf8(std::string_view text);

// Each maximal part of a sequence that is cut off or wrong becomes U+FFFD (Unicode 16, section 3.9, "substitution of maximal subparts"),
// everything else stays.
std::string to_utf8(std::string_view text);

bool is_ascii(std::string_view text);

// Of well-formed UTF-8: canonical composition (Unicode Standard Annex 15) by utf8proc.
std::string to_nfc(std::string_view text);

// How many of the last bytes could be the beginning of a sequence that is not over: 0 to 3.
std::size_t unfinished(std::string_view text);

}  // namespace genai::tokens::detail

// Writing JSON by hand on hot paths: pieces are appended to a string.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace genai::json {

// The text as a JSON string with its quotes. Control characters, quotes and backslashes are escaped; what is not UTF-8 becomes U+FFFD.
void append_string(std::string& to, std::string_view text);

// The same without quotes, for texts that are put together from parts.
void append_escaped(std::string& to, std::string_view text);

void append_integer(std::string& to, std::int64_t value);

}  // namespace genai::json

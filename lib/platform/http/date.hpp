// Moments as HTTP writes them.
#pragma once

#include <optional>
#include <string_view>

#include "base/clock.hpp"

namespace genai::http {

// RFC 9110, section 5.6.7: "Sun, 06 Nov 1994 08:49:37 GMT", and the two obsolete forms, "Sunday, 06-Nov-94 08:49:37 GMT" (the year that is nearest to `now`) and
// "Sun Nov  6 08:49:37 1994". Nothing: none of them, or no moment that exists. The name of the day is not compared with the date.
std::optional<WallTime> parse_date(std::string_view text, WallTime now);

}  // namespace genai::http

// Measured values as people read them.
#pragma once

#include <string>

#include "base/clock.hpp"

namespace genai::load {

// Three digits and a unit: "45.1 us", "340 ms", "1.50 s".
std::string human(Nanoseconds duration);

}  // namespace genai::load

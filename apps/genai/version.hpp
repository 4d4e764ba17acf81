// What was built.
#pragma once

#include <string>

namespace genai {

// One line without its end: "genai 0.1.0 (5fe9c9d12345, GNU 12.2.0)".
std::string version_line();
// The number alone: "0.1.0".
std::string version_number();

}  // namespace genai

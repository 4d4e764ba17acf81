// The configuration that `genai config init` writes.
#pragma once

#include <string>

#include "platform/config/schema.hpp"

namespace genai {

// A file that works as it is, on the embedded model, with every key that `shape` knows in comments. Its lines of comment that hold a key become
// settings when their first `#` goes away.
std::string starting_config(const config::Shape& shape);

}  // namespace genai

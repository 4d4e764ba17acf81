// Vectors without meaning: unit length, the same for the same input.
#pragma once

#include <cstdint>
#include <string>

#include "base/error.hpp"

namespace genai::sim {

// The answer to a body of POST /v1/embeddings: `input` is a string, strings, token numbers or lists of them; `encoding_format` float or base64;
// `dimensions` 1 to 3072, 256 if absent. A prompt token is 4 bytes, rounded up, or one of the numbers.
Result<std::string> embed(const std::string& body, std::uint64_t seed);

}  // namespace genai::sim

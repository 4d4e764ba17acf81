// Errors of an upstream. Private to this folder.
#pragma once

#include "base/error.hpp"
#include "platform/json/reader.hpp"

namespace genai::wire::openai {

// Reads the value of the member `error` of a body that came with a good status: an object, a sentence, or anything else.
Error read_embedded_error(json::Reader& in);

}  // namespace genai::wire::openai

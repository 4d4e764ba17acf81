// Errors of an upstream. Private to this folder.
#pragma once

#include <string>

#include "base/error.hpp"
#include "platform/json/reader.hpp"

namespace genai::wire {

// What was read of an upstream is no JSON object, or the reader says why not.
Error no_object(const json::Reader& in);

}  // namespace genai::wire

namespace genai::wire::openai {

// Reads the value of the member `error` of a body that came with a good status: an object, a sentence, or anything else.
Error read_embedded_error(json::Reader& in);
// The same of a sentence and a word for its kind, which may be empty: "overloaded".
Error embedded_error(std::string message, std::string type);

}  // namespace genai::wire::openai

// Judgements without judgement, by a rule that tests can state.
#pragma once

#include <string>
#include <string_view>

#include "base/error.hpp"

namespace genai::sim {

// The answer to a body of POST /v1/moderations: an input is flagged for each of OpenAI's categories whose name stands in it ("violence",
// "self-harm", ...), with a score of 0.99, and has 0.01 for the others.
Result<std::string> moderate(const std::string& body, std::string_view model);

}  // namespace genai::sim

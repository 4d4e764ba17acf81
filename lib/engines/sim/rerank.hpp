// Rankings by a rule that tests can state.
#pragma once

#include <string>

#include "base/error.hpp"
#include "domain/chat/chat.hpp"

namespace genai::sim {

// The answer to a decoded POST /v1/rerank: a document's score is the share of the query's words that stand in it, in letters of any case; the better ones come
// first, equal ones in their order. Its tokens are those of the chat's estimate.
Result<std::string> rank(const chat::Chat& chat);

}  // namespace genai::sim

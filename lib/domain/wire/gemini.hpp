// Google's dialect, spoken to upstreams only: models/M:generateContent, and models/M:streamGenerateContent?alt=sse.
// Format: "Gemini API: Generating content", "Gemini API: Caching" (Content, Part, Tool), "Function calling", "Thinking", "Thought signatures".
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "domain/chat/conversation.hpp"
#include "domain/wire/dialect.hpp"

namespace genai::wire::gemini {

// The body of a request. The model stands in its URL; here it only decides how what changed with Gemini 3 is said: levels of thinking instead of
// budgets, and that a call whose signature its client lost has to say so. Left out: `user`, the names of documents and of an answer's schema,
// and ids of calls where there is no field for them.
Result<std::string> write(const chat::Conversation& conversation, std::string_view model = {}, ToolIds ids = ToolIds::any);

// Answers. A stream has no terminal event: it may end once a reason to finish was read.
std::unique_ptr<Decoder> make_decoder(bool translated);

}  // namespace genai::wire::gemini

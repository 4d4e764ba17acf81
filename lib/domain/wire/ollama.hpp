// Ollama's own dialect, spoken to upstreams only: /api/chat, and /api/generate for bare texts.
// Format: Ollama documentation, "API reference" (Generate a chat completion, Generate a completion, Errors), "Thinking", "Tool calling", "Structured outputs", "Vision".
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "domain/chat/conversation.hpp"
#include "domain/wire/dialect.hpp"

namespace genai::wire::ollama {

// The body for /api/chat. Tools that must not be called are not named, for nothing says so there. Left out: `user`, the detail of images, where among
// texts they stand, names of an answer's schema, thoughts that another provider has signed.
Result<std::string> write_chat(const chat::Conversation& asked, std::string_view model);

// The body for /api/generate: one text, which goes through the model's template as it does behind Ollama's own /v1/completions, so that an application
// may move from there and hear the same. Only a text that brings its template itself would want `raw`, and nothing says that one does.
Result<std::string> write_generate(const chat::Conversation& asked, std::string_view model);

// Answers of both: objects, or lines of them; the one that is done ends a stream. Usage is only believed when both counts are there: older servers leave
// out the prompt's when they had it in their cache, which is no prompt of 0 tokens.
std::unique_ptr<Decoder> make_decoder(chat::Dialect dialect, bool translated);

}  // namespace genai::wire::ollama

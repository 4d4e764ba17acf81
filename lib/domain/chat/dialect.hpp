// In which words a request was said, and so in which its answer is due.
#pragma once

#include <cstddef>
#include <cstdint>

namespace genai::chat {

enum class Dialect : std::uint8_t {
  chat_completions,  // OpenAI: POST /chat/completions
  completions,       // OpenAI: POST /completions
  responses,         // OpenAI: POST /responses
  messages,          // Anthropic: POST /v1/messages
  gemini,            // Google: POST /models/M:generateContent; spoken to upstreams only
  application,       // our own endpoints for applications; no upstream speaks it. The body is that of chat completions
  // Questions of their own kind: they are never translated.
  count_tokens,      // Anthropic: POST /v1/messages/count_tokens
  embeddings,        // OpenAI: POST /embeddings
  moderations,       // OpenAI: POST /moderations
};
inline constexpr std::size_t dialects = 9;

// A conversation can be said in it, so that it can be translated.
constexpr bool is_conversational(Dialect dialect) { return dialect < Dialect::count_tokens; }

}  // namespace genai::chat

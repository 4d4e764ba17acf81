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
  count_tokens,      // Anthropic: POST /v1/messages/count_tokens
  embeddings,        // OpenAI: POST /embeddings
  moderations,       // OpenAI: POST /moderations
};
inline constexpr std::size_t dialects = 9;

// What a request wants. Requests of one question can be translated from dialect to dialect, where both say enough.
enum class Question : std::uint8_t { conversation, count, embeddings, moderations };

constexpr Question question(Dialect dialect) {
  switch (dialect) {
    case Dialect::count_tokens: return Question::count;
    case Dialect::embeddings: return Question::embeddings;
    case Dialect::moderations: return Question::moderations;
    default: return Question::conversation;
  }
}

// A conversation of one text, which the model goes on with: no roles, no tools.
constexpr bool is_bare_text(Dialect dialect) { return dialect == Dialect::completions; }

}  // namespace genai::chat

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
  cohere,            // Cohere: POST /v2/chat; spoken to upstreams only
  converse,          // Amazon Bedrock: POST /model/M/converse; spoken to upstreams only
  ollama,            // Ollama: POST /api/chat; spoken to upstreams only
  ollama_generate,   // Ollama: POST /api/generate; spoken to upstreams only
  tgi,               // Text Generation Inference: POST /generate; spoken to upstreams only
  triton,            // Triton with TensorRT-LLM: POST /v2/models/M/generate; spoken to upstreams only
  application,       // our own endpoints for applications; no upstream speaks it. The body is that of chat completions
  count_tokens,      // Anthropic: POST /v1/messages/count_tokens
  embeddings,        // OpenAI: POST /embeddings
  gemini_embed,      // Google: POST /models/M:batchEmbedContents; spoken to upstreams only
  cohere_embed,      // Cohere: POST /v2/embed; spoken to upstreams only
  ollama_embed,      // Ollama: POST /api/embed; spoken to upstreams only
  moderations,       // OpenAI: POST /moderations
  rerank,            // Cohere, Jina, vLLM: POST /rerank
};
inline constexpr std::size_t dialects = 19;

// What a request wants. Requests of one question can be translated from dialect to dialect, where both say enough.
enum class Question : std::uint8_t { conversation, count, embeddings, moderations, rerank };

constexpr Question question(Dialect dialect) {
  switch (dialect) {
    case Dialect::count_tokens: return Question::count;
    case Dialect::embeddings:
    case Dialect::ollama_embed:
    case Dialect::cohere_embed:
    case Dialect::gemini_embed: return Question::embeddings;
    case Dialect::rerank: return Question::rerank;
    case Dialect::moderations: return Question::moderations;
    default: return Question::conversation;
  }
}

// A conversation of one text, which the model goes on with: no roles, no tools.
constexpr bool is_bare_text(Dialect dialect) {
  return dialect == Dialect::completions || dialect == Dialect::ollama_generate || dialect == Dialect::tgi || dialect == Dialect::triton;
}

}  // namespace genai::chat

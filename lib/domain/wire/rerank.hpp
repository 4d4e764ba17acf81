// Which of some documents answer a query best: one request, one JSON answer. Cohere's words, which Jina's API and vLLM's server speak, too.
// Format: Cohere API reference, "Rerank API (v2)"; Jina AI, "Reranker API"; vLLM, "OpenAI-Compatible Server" (Re-rank API).
#pragma once

#include <memory>

#include "domain/wire/dialect.hpp"

namespace genai::wire::rerank {

// `model`, `query` and `documents` are required; documents are texts, or objects with a `text`, of which other servers know more than we look at. What is not known
// is checked as JSON and left alone. The estimate of its tokens has the query once for each document: so it is read.
Result<chat::Chat> decode(std::string body);

// Usage are the tokens that were read, under `usage` (Jina, vLLM) or `meta.tokens` (Cohere). Cohere bills searches, not tokens, and often says only those: then
// tokens are counted here like any that a provider does not report.
std::unique_ptr<Decoder> make_decoder(chat::Dialect dialect, bool translated);

}  // namespace genai::wire::rerank

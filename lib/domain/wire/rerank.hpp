// Which of some documents answer a query best: one request, one JSON answer. Cohere's words, which Jina's API and vLLM's server speak, too.
// Format: Cohere API reference, "Rerank API (v2)"; Jina AI, "Reranker API"; vLLM, "OpenAI-Compatible Server" (Re-rank API); "Text Embeddings Inference API" (/rerank).
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "domain/wire/dialect.hpp"

namespace genai::wire::rerank {

// `model`, `query` and `documents` are required; documents are texts, or objects with a `text`, of which other servers know more than we look at. What is not known
// is checked as JSON and left alone. The estimate of its tokens has the query once for each document: so it is read.
Result<chat::Chat> decode(std::string body);

// The body for Text Embeddings Inference, which serves one model and does not hear its name. A text that is too long is an error there. unsupported_parameter: fields
// that mean something and have no word there.
Result<std::string> write_tei(const chat::Chat& chat, std::string_view model);

// Usage are the tokens that were read, under `usage` (Jina, vLLM) or `meta.tokens` (Cohere). Cohere bills searches, not tokens, and often says only those: then
// tokens are counted here like any that a provider does not report. Of Text Embeddings Inference, which reports none, the event's payload is the list of `results` in
// Cohere's words, all of them.
std::unique_ptr<Decoder> make_decoder(chat::Dialect dialect, bool translated);

// Such a list becomes an answer of as many results as were asked for; what is an answer already passes as it is.
std::unique_ptr<Encoder> make_encoder(const chat::Chat& chat, Identity identity);

}  // namespace genai::wire::rerank

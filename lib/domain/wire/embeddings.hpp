// Embeddings by providers that do not speak as OpenAI does, for clients that do.
// Format: OpenAI API reference, "Create embeddings"; Ollama documentation, "API reference" (Generate Embeddings); Cohere API reference, "Embed API (v2)"; "Gemini API:
// Embeddings" (models.batchEmbedContents).
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "domain/wire/dialect.hpp"

namespace genai::wire::embeddings {

// The body for an upstream. A text that is too long is an error there, as it is at OpenAI, and not cut in silence. unsupported_parameter: inputs in tokens, and
// fields that mean something and have no word there; `user` is left out.
Result<std::string> write_ollama(const chat::Chat& chat, std::string_view model);
// Cohere wants to know what the texts are for. A request may say so in Cohere's own field, `input_type`; one that does not is taken to bring documents that will be
// searched, the bulk of all that is embedded.
Result<std::string> write_cohere(const chat::Chat& chat, std::string_view model);
Result<std::string> write_gemini(const chat::Chat& chat, std::string_view model);

// Answers of these. The event's payload is a list of lists of numbers: the vectors in the order of the inputs, which is all that is common to them.
std::unique_ptr<Decoder> make_decoder(chat::Dialect dialect, bool translated);

// For a client that speaks OpenAI's dialect: such vectors in its words, as floats or in base64 as it asked; OpenAI's own answers as they are.
std::unique_ptr<Encoder> make_encoder(const chat::Chat& chat, Identity identity);

}  // namespace genai::wire::embeddings

// Questions that are no conversations: embeddings, moderations, counts of tokens. One request, one JSON answer, never translated.
// Format: OpenAI API reference, "Create embeddings", "Create moderation"; Anthropic API reference, "Count tokens in a Message".
#pragma once

#include <memory>

#include "domain/wire/dialect.hpp"

namespace genai::wire::plain {

// embeddings and moderations. A moderation that names no model asks for OpenAI's current one.
Result<chat::Chat> decode(std::string body, chat::Dialect dialect);
std::unique_ptr<Decoder> make_decoder(chat::Dialect dialect);
std::unique_ptr<Encoder> make_encoder(chat::Dialect dialect);

}  // namespace genai::wire::plain

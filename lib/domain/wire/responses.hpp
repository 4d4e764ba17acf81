// The OpenAI dialect of responses: pure decoders and encoders.
// Format: OpenAI API reference, "Create a model response", "The response object", "Responses streaming events".
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "domain/chat/chat.hpp"
#include "domain/chat/conversation.hpp"
#include "domain/wire/dialect.hpp"

namespace genai::wire::responses {

// Reads a client's request body. Takes the bytes over. Errors as openai::decode_chat has them; what is not known is checked as JSON and left alone.
Result<chat::Chat> decode(std::string body);

// What a decoded request asks, for an upstream of another dialect. Everything that only OpenAI's own platform does (stored state, built-in tools)
// and every field that is not known is refused with its path: unsupported_parameter. Left out, beside the hints of all dialects:
// reasoning.summary, stream_options.include_obfuscation, annotations and log probabilities of earlier answers, ids and states of items.
// `store` counts as not asked for when it is absent, null as absent.
Result<chat::Conversation> read(const chat::Chat& chat);

// The body for an upstream that speaks responses; nothing of it is to be stored there.
Result<std::string> write(const chat::Conversation& conversation, std::string_view model);

// Answers of an upstream: response objects, or streams that end with response.completed or response.incomplete.
std::unique_ptr<Decoder> make_decoder(bool translated);

// Answers to a client.
std::unique_ptr<Encoder> make_encoder(Identity identity);

}  // namespace genai::wire::responses

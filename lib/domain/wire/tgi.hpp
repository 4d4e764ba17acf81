// The own dialect of Text Generation Inference, spoken to upstreams only: /generate and /generate_stream.
// Format: Text Generation Inference, "API Reference" (GenerateRequest, GenerateParameters, StreamResponse, FinishReason, ErrorResponse), "Guidance".
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "domain/chat/conversation.hpp"
#include "domain/wire/dialect.hpp"

namespace genai::wire::tgi {

// The body of a request. The server has one model, so its name is not said; nor is `user`. Tools, images and presence_penalty cannot be said.
Result<std::string> write(const chat::Conversation& asked, std::string_view model, const Manner& manner);

// Answers. A stream ends with the event that holds the generated text. Special tokens are not text; a stop sequence that ended an answer is, see without_stops().
// Usage is only believed when the prompt's count is there, which older servers do not say.
std::unique_ptr<Decoder> make_decoder(bool translated);

}  // namespace genai::wire::tgi

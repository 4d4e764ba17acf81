// The generate extension of Triton in front of TensorRT-LLM, spoken to upstreams only: /v2/models/M/generate and /v2/models/M/generate_stream.
// Format: Triton Inference Server, "Generate Extension"; TensorRT-LLM backend, "Model Configuration" (Model Input and Output), "Guided Decoding".
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "domain/chat/conversation.hpp"
#include "domain/wire/dialect.hpp"

namespace genai::wire::triton {

// The body of a request. The model stands in its URL; `user` is left out. Tools and images cannot be said.
Result<std::string> write(const chat::Conversation& asked, std::string_view model, const Manner& manner);

// Answers. Nothing in a stream says that it is over: it may end once it has said anything. Usage is never reported.
std::unique_ptr<Decoder> make_decoder(bool translated);

}  // namespace genai::wire::triton

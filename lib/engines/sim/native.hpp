// The own APIs of model servers that are no cloud: Ollama's and Text Generation Inference's, as the simulated model offers them on request.
// Formats: Ollama, "API"; Hugging Face, "Text Generation Inference API".
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "domain/wire/dialect.hpp"

namespace genai::sim {

// Whose own API is offered besides those of OpenAI and Anthropic.
enum class Native : std::uint8_t { none, ollama, tgi };

// One of its routes. All are asked by POST.
enum class NativeRoute : std::uint8_t {
  ollama_chat,      // /api/chat
  ollama_generate,  // /api/generate
  tgi_generate,     // /generate
  tgi_stream,       // /generate_stream
};
std::optional<NativeRoute> native_route(Native native, std::string_view path) noexcept;

// Reads a request: model, messages or prompt, tools, the limit of tokens, whether to stream; the simulated model has no use for the rest. A tool's
// result counts as the user's. Errors as wire::decode.
Result<chat::Chat> decode_native(NativeRoute route, const std::string& body);
// `created`: seconds since 1970.
std::unique_ptr<wire::Encoder> make_native_encoder(NativeRoute route, std::string model, std::int64_t created);
std::string encode_native_error(NativeRoute route, const Error& error);
// Of a streamed answer.
std::string_view native_stream_type(NativeRoute route) noexcept;

}  // namespace genai::sim

// Any server that speaks OpenAI's dialect over HTTP: vLLM, llama.cpp, LM Studio, our own sim.
#pragma once

#include <memory>

#include "features/providers/config.hpp"
#include "features/providers/upstream.hpp"
#include "platform/http/client.hpp"

namespace genai::providers {

// A door on the loop of `client`, which outlives it. Fails with config_error when the base URL cannot be used.
Result<std::unique_ptr<Upstream>> make_openai_compatible(const ProviderConfig& config, http::Client& client, net::Loop& loop);

}  // namespace genai::providers

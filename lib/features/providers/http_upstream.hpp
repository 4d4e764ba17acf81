// A provider behind HTTP: OpenAI's, Anthropic's or Google's API, or a server that speaks as one of them.
#pragma once

#include <memory>

#include "features/providers/config.hpp"
#include "features/providers/upstream.hpp"
#include "platform/http/client.hpp"

namespace genai::providers {

// A door on the loop of `client`, which outlives it. Fails with config_error when the base URL cannot be used.
Result<std::unique_ptr<Upstream>> make_http_upstream(const ProviderConfig& config, http::Client& client, net::Loop& loop);

}  // namespace genai::providers

// A provider behind HTTP: OpenAI's, Anthropic's or Google's API, or a server that speaks as one of them.
#pragma once

#include <memory>

#include "features/providers/config.hpp"
#include "features/providers/upstream.hpp"
#include "platform/http/client.hpp"

namespace genai::providers {

// A door on the loop of `client`, which outlives it. Fails with config_error when the base URL cannot be used.
Result<std::unique_ptr<Upstream>> make_http_upstream(const ProviderConfig& config, http::Client& client, net::Loop& loop);

// Where its requests go, directly or through its proxy. Through a proxy what is https goes in a tunnel; what is not is the proxy's to send, so that the first line
// of its requests begins with `origin`, which is empty otherwise, and they carry what the proxy wants.
struct Route {
  Route(const ProviderConfig& config, const http::Url& url);
  http::Target target;
  std::string origin;
  std::string proxy_fields;
};

}  // namespace genai::providers

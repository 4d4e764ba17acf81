// Where a provider's requests go, and the way.
#pragma once

#include <string>

#include "features/providers/config.hpp"
#include "features/providers/kinds.hpp"
#include "platform/http/client.hpp"

namespace genai::providers {

struct Destination {
  http::Target target;
  std::string origin;  // that a proxy needs in the first line, before the path; empty: none
  std::string base;    // of all paths, no slash at the end
};

// `kind` is the provider's own, `url` its base URL taken apart. Through a proxy what is https goes in a tunnel, and what is not is the proxy's to send.
Destination destination_of(const ProviderConfig& config, const Kind& kind, const http::Url& url);

}  // namespace genai::providers

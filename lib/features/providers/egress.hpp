// Ways out: the forward proxies that providers are reached through, and the places that may be reached at all.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "features/providers/config.hpp"
#include "platform/net/egress.hpp"

namespace genai::providers {

// What the environment says of proxies; nothing where a variable is not set, or set to nothing.
struct ProxyVariables {
  std::optional<std::string> http;   // http_proxy
  std::optional<std::string> https;  // https_proxy or HTTPS_PROXY
  std::optional<std::string> none;   // no_proxy or NO_PROXY
};

// Gives each provider that does not say itself how it is reached the proxy of the environment, unless it is on this machine or listed as to be reached directly.
// config_error when the variable that counts is no proxy; the text is not repeated.
Result<void> use_proxies(std::vector<ProviderConfig>& providers, const ProxyVariables& variables);

// Reads `egress: {allow: [...]}`. Null: everything is allowed. Problems go to the document's list.
std::shared_ptr<const net::Egress> read_egress(config::Map& parent);

// config_error, naming provider and place, when a provider or its proxy is where nothing may be connected to.
Result<void> check_egress(const std::vector<ProviderConfig>& providers, const net::Egress& rules);

}  // namespace genai::providers

#include "features/providers/destination.hpp"

namespace genai::providers {

Destination destination_of(const ProviderConfig& config, const Kind& kind, const http::Url& url) {
  const bool by_the_proxy = config.proxy && !url.tls;
  auto target = by_the_proxy ? http::Target(config.proxy->endpoint) : http::Target(url.endpoint, config.trust, config.proxy);
  return {std::move(target), by_the_proxy ? "http://" + url.authority : "", (url.path == "/" ? "" : url.path) + at_place(kind.prefix, config.aws, config.google)};
}

}  // namespace genai::providers

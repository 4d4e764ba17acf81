#include "features/providers/egress.hpp"

#include "platform/config/config.hpp"
#include "platform/http/client.hpp"
#include "platform/http/proxy.hpp"
#include "platform/text/url.hpp"

namespace genai::providers {
namespace {

using Verdict = net::Egress::Verdict;

Error config_error(const ProviderConfig& provider, const std::string& what) { return Error{Code::config_error, "provider '" + provider.name + "': " + what, "providers." + provider.name}; }

// Each variable is read once, however many providers it is for.
Result<std::shared_ptr<const http::Proxy>> proxy_of(const std::optional<std::string>& text, const std::string& name) {
  if (!text) return std::shared_ptr<const http::Proxy>();
  auto proxy = http::parse_proxy(*text);
  if (!proxy) return Error{Code::config_error, name + ": " + proxy.error().what, name};
  return proxy;
}

Error not_listed(const ProviderConfig& provider, const net::Endpoint& place, const std::string& what) {
  return config_error(provider, what + place.text() + " is not in egress.allow\nhint: list \"" + place.host + "\" there");
}

}  // namespace

Result<void> use_proxies(std::vector<ProviderConfig>& providers, const ProxyVariables& variables) {
  const http::NoProxy direct(variables.none.value_or(""));
  std::shared_ptr<const http::Proxy> plain, secure;
  for (auto& provider : providers) {
    if (provider.way != Way::environment || provider.base_url.empty()) continue;
    const auto url = http::parse_url(provider.base_url);
    if (!url || text::is_loopback(url->endpoint.host) || direct.covers(url->endpoint)) continue;
    auto& its = url->tls ? secure : plain;
    if (!its) {
      auto proxy = url->tls ? proxy_of(variables.https, "HTTPS_PROXY") : proxy_of(variables.http, "http_proxy");
      if (!proxy) return proxy.error();
      its = *std::move(proxy);
    }
    provider.proxy = its;
  }
  return {};
}

std::shared_ptr<const net::Egress> read_egress(config::Map& parent) {
  auto map = parent.optional("egress", "where this process may connect to").map();
  if (!map) return nullptr;
  const auto list = map->optional("allow", "the only hosts, *.DOMAIN, addresses and ranges (10.0.0.0/8), each with or without :PORT, that are ever connected to: providers and proxies, also those on "
                                           "this machine; a host that only a range lists is connected to at those of its addresses that are in it", "everything is allowed");
  const auto rules = list.texts();
  if (!list.present()) return nullptr;
  auto egress = std::make_shared<net::Egress>();
  for (const auto& rule : rules) {
    if (auto added = egress->allow(rule); !added) list.problem(added.error().what);
  }
  return egress;
}

Result<void> check_egress(const std::vector<ProviderConfig>& providers, const net::Egress& rules) {
  for (const auto& provider : providers) {
    if (provider.base_url.empty()) continue;
    const auto url = http::parse_url(provider.base_url);
    if (!url) return config_error(provider, url.error().what);
    const auto verdict = rules.judge(url->endpoint);
    if (verdict == Verdict::refused) return not_listed(provider, url->endpoint, "");
    if (!provider.proxy) continue;
    if (verdict == Verdict::by_address) return not_listed(provider, url->endpoint, "behind a proxy the addresses of a host cannot be checked, and the host ");
    if (rules.judge(provider.proxy->endpoint) == Verdict::refused) return not_listed(provider, provider.proxy->endpoint, "its proxy ");
  }
  return {};
}

}  // namespace genai::providers

#include "features/providers/config.hpp"

#include <algorithm>
#include <array>

#include "domain/catalog/rates_config.hpp"
#include "features/providers/kinds.hpp"
#include "platform/config/config.hpp"
#include "platform/http/proxy.hpp"
#include "platform/text/url.hpp"
#include "platform/tls/tls.hpp"

namespace genai::providers {
namespace {

constexpr std::array<std::string_view, 2> credential_modes{"none", "passthrough"};

// Names stand in ledger rows, metrics and headers.
bool is_name(std::string_view name) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
  };
  return !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), allowed);
}

bool is_https(std::string_view base_url) {
  const auto parsed = text::parse_url(base_url);
  return parsed && parsed->scheme == "https";
}

void read_proxy(config::Map& map, ProviderConfig& provider) {
  const auto value = map.optional("proxy", "the proxy it is reached through, http://[USER:PASSWORD@]HOST:PORT with the password by reference, or none; default: that of HTTPS_PROXY or "
                                           "http_proxy, unless NO_PROXY lists the host or it is this machine");
  if (!value.present()) return;
  const auto text = value.text_or("none");
  provider.way = text == "none" ? Way::direct : Way::own_proxy;
  if (text == "none") return;
  auto proxy = http::parse_proxy(text);
  if (http::has_written_password(value.written())) value.problem("a password does not stand in this file; write http://USER:${env:NAME}@HOST:PORT");
  else if (!proxy) value.problem(proxy.error().what);
  else provider.proxy = *std::move(proxy);
}

void read_http_part(config::Map& map, ProviderConfig& provider) {
  const auto plain = map.optional("allow_plain_http", "whether keys and prompts may go to another machine unencrypted").flag_or(false) ? PlainHttp::anywhere : PlainHttp::loopback_only;
  constexpr std::string_view meaning = "http[s]://HOST[:PORT][/PATH], to which /chat/completions and the like are added";
  const auto usual = kind(provider.type).base_url;
  const auto base_url = usual.empty() ? map.required("base_url", meaning) : map.optional("base_url", meaning, usual);
  const auto text = base_url.text_or(std::string(usual));
  if (!text.empty()) {
    auto checked = check_base_url(text, plain);
    if (checked)
      provider.base_url = *std::move(checked);
    else
      base_url.problem(checked.error().what);
  } else if (base_url.present()) {
    base_url.problem("an empty address");
  }
  const auto ca = map.optional("ca", "a PEM file with the certificate authorities to trust instead of the system's");
  provider.ca_file = ca.file();
  if (ca.present() && !provider.base_url.empty() && !is_https(provider.base_url)) ca.problem("only https asks for certificates; the base_url is plain http");
  read_proxy(map, provider);
  const auto key = map.optional("api_key", "the key sent there, read from \"${env:NAME}\", \"${file:PATH}\" (again when the file changes) or \"${command:PROGRAM ARGUMENTS}\"");
  auto found = key.sourced_secret();
  provider.api_key = std::move(found.secret);
  provider.key_source = std::move(found.source);
  provider.key_refresh = map.optional("api_key_refresh", "after which an api_key of ${command:...} is asked for again; at once, too, when the provider refuses it")
                             .duration_or(std::chrono::minutes(10), {.least = std::chrono::seconds(10), .most = std::chrono::hours(24)});
  provider.passthrough_credentials = map.optional("credentials", "passthrough: the caller's own go to the provider").one_of(credential_modes, "none") == "passthrough";
  if (provider.passthrough_credentials && key.present()) key.problem("excludes `credentials: passthrough`; keep one of them");
  provider.hangup.drain = map.optional("drain_on_hangup", "how long the rest of an answer is read when its client left, for its usage; 0s: the call is ended at once", "0s").duration_or(std::chrono::seconds(0), {.least = std::chrono::seconds(0), .most = std::chrono::hours(1)});
}

ProviderConfig read_provider(config::Named& entry) {
  ProviderConfig provider;
  provider.name = entry.name;
  if (!is_name(entry.name)) entry.map.problem("a provider's name has 1 to 64 letters, digits, '-', '_' or '.'");
  std::vector<std::string_view> types;
  for (const auto& known : kinds()) types.push_back(known.name);
  const auto type = entry.map.required("type", "what it is: a service, a server by its software, any HTTP server that speaks OpenAI's dialect, or the embedded model").one_of(types, name(ProviderType::openai_compatible));
  provider.type = std::find_if(kinds().begin(), kinds().end(), [type](const Kind& known) { return known.name == type; })->type;
  if (provider.type != ProviderType::sim) read_http_part(entry.map, provider);
  provider.price = catalog::read_rates(entry.map);
  return provider;
}

}  // namespace

std::string_view name(ProviderType type) noexcept { return kind(type).name; }

std::vector<ProviderConfig> read_providers(config::Map& parent) {
  std::vector<ProviderConfig> result;
  auto entries = parent.optional("providers", "who can answer, by names of your choice").entries();
  for (auto& entry : entries) result.push_back(read_provider(entry));
  return result;
}

Result<void> load_trust(std::vector<ProviderConfig>& providers) {
  for (auto& provider : providers) {
    if (provider.trust || !is_https(provider.base_url)) continue;
    const auto same = std::find_if(providers.begin(), providers.end(), [&](const auto& other) { return other.trust && other.ca_file == provider.ca_file; });
    if (same != providers.end()) {
      provider.trust = same->trust;
      continue;
    }
    auto loaded = provider.ca_file.empty() ? tls::Trust::system() : tls::Trust::of_file(provider.ca_file);
    if (!loaded) return Error{Code::config_error, "provider '" + provider.name + "': ca: " + loaded.error().what, "providers." + provider.name + ".ca"};
    provider.trust = *std::move(loaded);
  }
  return {};
}

Result<std::string> check_base_url(std::string_view url, PlainHttp plain) {
  const auto refused = [](std::string what) { return Error{.code = Code::config_error, .what = std::move(what), .param = {}}; };
  const auto parsed = text::parse_url(url);
  if (!parsed) return refused(parsed.error().what);
  const bool plain_text = parsed->scheme == "http";
  if (plain_text && plain == PlainHttp::loopback_only && !text::is_loopback(parsed->host))
    return refused("plain http to another machine shows keys and prompts to everyone on the way; a provider in genai.yaml may say allow_plain_http: true");
  std::string result = parsed->scheme + std::string(url.substr(parsed->scheme.size()));  // schemes have no case
  result.erase(result.find_last_not_of('/') + 1);
  return result;
}

}  // namespace genai::providers

#include "features/providers/config.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <system_error>

#include "domain/catalog/rates_config.hpp"
#include "features/providers/google_account.hpp"
#include "features/providers/kinds.hpp"
#include "platform/config/config.hpp"
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

// There, or where its tokens are.
bool asks_over_https(const ProviderConfig& provider) { return is_https(provider.base_url) || (provider.google.account && is_https(provider.google.account->token_uri)); }

// A file that holds a secret: not everyone on this machine may read it. The error does not name it.
Result<std::string> read_private_file(const std::filesystem::path& path) {
  constexpr std::size_t most = 64 * 1024;
  const auto refused = [](std::string what) { return Error{.code = Code::config_error, .what = std::move(what), .param = {}}; };
  std::error_code failed;
  const auto status = std::filesystem::status(path, failed);
  if (failed || !std::filesystem::is_regular_file(status)) return refused("is not a file that can be read");
  if ((status.permissions() & std::filesystem::perms::others_read) != std::filesystem::perms::none) return refused("can be read by everyone on this machine; chmod o-r it");
  std::string text(most + 1, '\0');
  std::ifstream file(path, std::ios::binary);
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!file.is_open() || file.bad()) return refused("cannot be read");
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() > most) return refused("is larger than 64 KiB");
  return text;
}

void read_http_part(config::Map& map, ProviderConfig& provider) {
  const auto plain = map.optional("allow_plain_http", "whether keys and prompts may go to another machine unencrypted").flag_or(false) ? PlainHttp::anywhere : PlainHttp::loopback_only;
  constexpr std::string_view meaning = "http[s]://HOST[:PORT][/PATH], to which /chat/completions and the like are added";
  const auto usual = at_place(kind(provider.type).base_url, provider.aws, provider.google);
  const auto base_url = usual.empty() ? map.required("base_url", meaning) : map.optional("base_url", meaning, usual);
  const auto text = base_url.text_or(usual);
  if (!base_url.present() && text.find('{') != text.npos) {
    // the place in it is missing, which has been said
  } else if (!text.empty()) {
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
  const auto key = map.optional("api_key", "the key sent there, read from \"${env:NAME}\" or \"${file:PATH}\"");
  provider.api_key = key.secret();
  provider.passthrough_credentials = map.optional("credentials", "passthrough: the caller's own go to the provider").one_of(credential_modes, "none") == "passthrough";
  if (provider.passthrough_credentials && key.present()) key.problem("excludes `credentials: passthrough`; keep one of them");
  provider.hangup.drain = map.optional("drain_on_hangup", "how long the rest of an answer is read when its client left, for its usage; 0s: the call is ended at once", "0s").duration_or(std::chrono::seconds(0), {.least = std::chrono::seconds(0), .most = std::chrono::hours(1)});
}

// What only some types have, and on which their address depends.
void read_cloud_part(config::Map& map, ProviderConfig& provider) {
  if (provider.type == ProviderType::bedrock) provider.aws = read_aws(map);
  if (provider.type == ProviderType::vertex) provider.google = read_google(map);
}

void check_cloud_part(const config::Map& map, const ProviderConfig& provider) {
  const bool has_other = map.has("api_key") || provider.passthrough_credentials;
  const bool has_account = map.has("service_account");
  if (provider.type == ProviderType::vertex && has_account == has_other)
    map.problem(has_account ? "requests are sent as a service_account, or with an api_key or the caller's; keep one of them" : "needs a service_account, or an api_key that is an access token");
  if (provider.type != ProviderType::bedrock) return;
  const bool signs = map.has("access_key_id") || map.has("secret_access_key");
  if (signs && has_other) map.problem("requests are signed with access_key_id and secret_access_key, or carry an api_key or the caller's; keep one of them");
  if (!signs && !has_other) map.problem("needs access_key_id and secret_access_key, or an api_key");
}

ProviderConfig read_provider(config::Named& entry) {
  ProviderConfig provider;
  provider.name = entry.name;
  if (!is_name(entry.name)) entry.map.problem("a provider's name has 1 to 64 letters, digits, '-', '_' or '.'");
  std::vector<std::string_view> types;
  for (const auto& known : kinds()) types.push_back(known.name);
  const auto type = entry.map.required("type", "what it is: a service, a server by its software, any HTTP server that speaks OpenAI's dialect, or the embedded model").one_of(types, name(ProviderType::openai_compatible));
  provider.type = std::find_if(kinds().begin(), kinds().end(), [type](const Kind& known) { return known.name == type; })->type;
  read_cloud_part(entry.map, provider);
  if (provider.type != ProviderType::sim) read_http_part(entry.map, provider);
  check_cloud_part(entry.map, provider);
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

Result<void> load_service_accounts(std::vector<ProviderConfig>& providers) {
  for (auto& provider : providers) {
    if (provider.google.service_account.empty()) continue;
    const auto text = read_private_file(provider.google.service_account);
    auto account = text ? read_service_account(*text) : Result<ServiceAccount>(text.error());
    if (!account) {
      const std::string where = "provider '" + provider.name + "': service_account: " + provider.google.service_account.string() + ": ";
      return Error{Code::config_error, where + account.error().what, "providers." + provider.name + ".service_account"};
    }
    provider.google.account = std::make_shared<const ServiceAccount>(std::move(*account));
  }
  return {};
}

Result<void> load_trust(std::vector<ProviderConfig>& providers) {
  for (auto& provider : providers) {
    if (provider.trust || !asks_over_https(provider)) continue;
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

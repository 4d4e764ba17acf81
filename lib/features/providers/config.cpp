#include "features/providers/config.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <system_error>

#include "domain/catalog/rates_config.hpp"
#include "domain/wire/chat_template.hpp"
#include "features/providers/google_account.hpp"
#include "features/providers/kinds.hpp"
#include "features/providers/presets.hpp"
#include "platform/config/config.hpp"
#include "platform/http/proxy.hpp"
#include "platform/text/url.hpp"
#include "platform/tls/tls.hpp"

namespace genai::providers {
namespace {

constexpr std::array<std::string_view, 2> credential_modes{"none", "passthrough"};
constexpr std::array<std::string_view, 2> auth_modes{"key", "bearer"};
constexpr std::array<std::string_view, 2> triton_apis{"generate", "openai"};
constexpr std::string_view azure_version = "2024-10-21";  // the newest that is neither a preview nor v1

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

void read_preset(config::Map& map, ProviderConfig& provider) {
  std::vector<std::string_view> names{"none"};
  for (const auto& known : presets()) names.push_back(known.name);
  const auto preset = map.optional("preset", "a service that speaks OpenAI's dialect in its own way: its base_url, its fields, its prices", names.front());
  const auto name = preset.one_of(names, names.front());
  const auto found = std::find_if(presets().begin(), presets().end(), [&name](const Preset& known) { return known.name == name; });
  if (found != presets().end()) provider.preset = &*found;
}

void read_azure_part(config::Map& map, ProviderConfig& provider) {
  constexpr std::string_view meaning = "the API's version: a date, or v1 or preview for the v1 API, where a model's name stands in the body";
  const auto version = map.optional("api_version", meaning, azure_version);
  const auto text = version.text_or(std::string(azure_version));
  if (!is_name(text)) version.problem("expected a version like 2024-10-21, or v1 or preview");
  const bool is_v1 = text == "v1" || text == "preview";
  provider.api = is_v1 ? Api::second : Api::usual;
  if (text != "v1") provider.query = "?api-version=" + text;
  const auto auth = map.optional("auth", "key: the api_key in the field api-key; bearer: it is a token of Entra ID", auth_modes.front()).one_of(auth_modes, auth_modes.front());
  provider.auth = auth == "bearer" ? Auth::bearer : Auth::usual;
}

void read_chat_template(config::Map& map, ProviderConfig& provider) {
  const auto names = wire::chat_template_names();
  provider.chat_template = wire::chat_template(map.optional("chat_template", "how roles are marked in the one text that the server's own API takes", names.front()).one_of(names, names.front()));
}

// A template is for its own API alone.
void read_tgi_part(config::Map& map, ProviderConfig& provider) {
  read_chat_template(map, provider);
  provider.api = provider.chat_template == wire::ChatTemplate::none ? Api::usual : Api::second;
}

void read_triton_part(config::Map& map, ProviderConfig& provider) {
  const auto api = map.optional("api", "generate: Triton's own API; openai: its OpenAI front end", triton_apis.front()).one_of(triton_apis, triton_apis.front());
  provider.api = api == "openai" ? Api::second : Api::usual;
  if (provider.api == Api::usual) read_chat_template(map, provider);
}

// What only some types have.
void read_own_part(config::Map& map, ProviderConfig& provider) {
  switch (provider.type) {
    case ProviderType::openai_compatible: return read_preset(map, provider);
    case ProviderType::azure: return read_azure_part(map, provider);
    case ProviderType::tgi: return read_tgi_part(map, provider);
    case ProviderType::triton: return read_triton_part(map, provider);
    case ProviderType::bedrock: provider.aws = read_aws(map); return;
    case ProviderType::vertex: provider.google = read_google(map); return;
    default: return;
  }
}

// What a person pastes who has the address of one of Azure's APIs at hand.
bool is_azure_path(std::string_view base_url) { return base_url.ends_with("/openai") || base_url.ends_with("/openai/v1"); }

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
  const auto usual = at_place(kind(provider).base_url, provider.aws, provider.google);
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
  if (provider.type == ProviderType::azure && is_azure_path(provider.base_url)) base_url.problem("/openai and what follows are added here; end it before them");
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

// What only some types have, and on which their address depends.
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
  read_own_part(entry.map, provider);
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

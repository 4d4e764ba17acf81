// Who can answer: the `providers` part of the configuration.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/secret.hpp"
#include "domain/catalog/price.hpp"
#include "domain/wire/dialect.hpp"
#include "features/providers/cloud.hpp"
#include "platform/config/config.hpp"

namespace genai::http {
struct Proxy;
}
namespace genai::tls {
class Trust;
}

namespace genai::providers {

enum class ProviderType {
  openai,             // OpenAI itself, or what stands in front of it: its prices hold
  azure,              // Azure OpenAI: a target's model is the deployment
  anthropic,          // Anthropic, or what speaks its Messages API
  gemini,             // Google's Gemini API
  cohere,             // Cohere
  vllm,               // a vLLM server
  tgi,                // a server of Hugging Face's Text Generation Inference
  ollama,             // Ollama's own API, on this machine unless said otherwise
  lmstudio,           // LM Studio's server
  triton,             // Triton Inference Server in front of TensorRT-LLM
  bedrock,            // Amazon Bedrock: a target's model is a model's id, or the id or ARN of an inference profile
  vertex,             // Google Vertex AI: models of Google's and of Anthropic's
  openai_compatible,  // an HTTP server that speaks OpenAI's dialect
  sim,                // the embedded simulated model: no key, no network
};
std::string_view name(ProviderType type) noexcept;  // "openai-compatible"

class LiveKey;

// Who says whether a provider is reached through a proxy.
enum class Way { environment, direct, own_proxy };

// What becomes of an answer whose client left.
struct Hangup {
  // Zero: the call is ended at once, and what it took is estimated. Else the rest is read for so long, since some providers charge for all of it anyway, and say
  // at its end for what.
  std::chrono::nanoseconds drain{};
};

struct Preset;

// In which of its ways a provider is spoken to, where it has two.
enum class Api : std::uint8_t {
  usual,
  second,  // Azure's v1 API, TGI's own API alone, Triton's OpenAI front end
};

// How requests prove who sends them.
enum class Auth : std::uint8_t {
  usual,   // as the provider's kind has it
  bearer,  // `Authorization: Bearer`, for tokens of Entra ID
};

// One provider. Nothing is left to parse or check.
struct ProviderConfig {
  std::string name;
  ProviderType type = ProviderType::openai_compatible;
  std::string base_url;  // http(s)://host[:port][/path], no slash at the end; empty for sim
  std::filesystem::path ca_file;  // PEM: the authorities whose certificates count there; empty: the machine's
  // Those, once load_trust() has read them; null without https.
  std::shared_ptr<const tls::Trust> trust;
  Secret api_key;        // empty: none is sent
  config::SecretSource key_source;  // of the key
  std::chrono::nanoseconds key_refresh{0};  // after which a key that a command says is asked for again
  std::shared_ptr<LiveKey> live_key;        // set by a KeyKeeper where the key can change: then it holds, not api_key
  Way way = Way::environment;
  // Through which it is reached; null: directly. With Way::environment once use_proxies() has looked.
  std::shared_ptr<const http::Proxy> proxy;
  // The caller's own credentials go to this provider (`credentials: passthrough`); excludes a key.
  bool passthrough_credentials = false;
  Auth auth = Auth::usual;
  Api api = Api::usual;
  const Preset* preset = nullptr;  // a service that is known among those that speak OpenAI's dialect; null: none
  wire::ChatTemplate chat_template = wire::ChatTemplate::none;  // of TGI's and Triton's own APIs
  std::string query;     // behind the path of every request: "?api-version=2024-10-21"; or empty
  AwsConfig aws;         // of bedrock
  GoogleConfig google;   // of vertex
  Hangup hangup;
  std::optional<catalog::Rates> price;  // of all its models, instead of what the catalogue says
};

// Reads the entries under `key` of the map: `name: {type, base_url, ca, proxy, api_key, api_key_refresh, credentials, allow_plain_http, drain_on_hangup, price}` and
// what only some types have: `api_version` and `auth` of azure, `preset` of openai-compatible, `chat_template` of tgi and triton, `api` of triton, and the places and
// identities of clouds (cloud.hpp). Problems go to the document's list; what is returned is only meaningful if that list stays empty.
std::vector<ProviderConfig> read_providers(config::Map& parent);

// Reads the files of service accounts. config_error, naming the file. Before load_trust(), since tokens may be fetched over https.
Result<void> load_service_accounts(std::vector<ProviderConfig>& providers);

// Reads the authorities that the providers with https believe, each file once. config_error, naming the file.
Result<void> load_trust(std::vector<ProviderConfig>& providers);

// To which hosts plain http is allowed.
enum class PlainHttp { loopback_only, anywhere };

// The address as ProviderConfig::base_url holds it, or the reason why it cannot be one. Never repeats the address: it may hold a secret.
Result<std::string> check_base_url(std::string_view url, PlainHttp plain);

}  // namespace genai::providers

#include "genai/help/provider_examples.hpp"

#include <array>

#include "domain/wire/dialect.hpp"
#include "features/providers/kinds.hpp"
#include "features/providers/presets.hpp"

namespace genai::help {
namespace {

constexpr std::array all{
    ProviderExample{"openai", "OpenAI itself, or what stands in front of it and bills as it does. Without any provider in the files there is one called `openai`, if its key variable is set.",
                    R"(providers:
  openai: {type: openai, api_key: "${env:OPENAI_API_KEY}"}
models:
  chat: {targets: [{provider: openai, model: gpt-4o}]}
  embedder: {targets: [{provider: openai, model: text-embedding-3-small}]}
)"},
    ProviderExample{"azure", "Azure OpenAI. A target's model is the deployment. api_version: v1 is the API where the model stands in the body; auth: bearer sends the key as a token of Entra ID.",
                    R"(providers:
  azure: {type: azure, base_url: "https://my-resource.openai.azure.com", api_key: "${env:AZURE_OPENAI_API_KEY}"}
  azure-v1: {type: azure, base_url: "https://my-resource.openai.azure.com", api_version: v1, api_key: "${env:AZURE_OPENAI_API_KEY}"}
models:
  chat: {targets: [{provider: azure, model: my-gpt-4o}, {provider: azure-v1, model: my-gpt-4o}]}
)"},
    ProviderExample{"anthropic", "Anthropic, or what speaks its Messages API.",
                    R"(providers:
  anthropic: {type: anthropic, api_key: "${env:ANTHROPIC_API_KEY}"}
models:
  claude: {targets: [{provider: anthropic, model: claude-sonnet-4-5}]}
)"},
    ProviderExample{"gemini", "Google's Gemini API, with a key of Google AI Studio.",
                    R"(providers:
  google: {type: gemini, api_key: "${env:GEMINI_API_KEY}"}
models:
  flash: {targets: [{provider: google, model: gemini-2.5-flash}]}
)"},
    ProviderExample{"cohere", "Cohere.",
                    R"(providers:
  cohere: {type: cohere, api_key: "${env:COHERE_API_KEY}"}
models:
  command: {targets: [{provider: cohere, model: command-a-03-2025}]}
  reranker: {targets: [{provider: cohere, model: rerank-v3.5}]}
)"},
    ProviderExample{"vllm", "A vLLM server, by its fields beyond OpenAI's. It has no price but the one that you give.",
                    R"(providers:
  gpu: {type: vllm, base_url: "http://127.0.0.1:8000/v1"}
models:
  qwen: {targets: [{provider: gpu, model: Qwen/Qwen3-8B}]}
)"},
    ProviderExample{"tgi", "Hugging Face's Text Generation Inference. With a chat_template its own API is asked, else the one that is like OpenAI's.",
                    R"(providers:
  tgi: {type: tgi, base_url: "http://127.0.0.1:8080"}
  tgi-own: {type: tgi, base_url: "http://127.0.0.1:8081", chat_template: chatml}
models:
  mistral: {targets: [{provider: tgi, model: tgi}, {provider: tgi-own, model: tgi}]}
)"},
    ProviderExample{"ollama", "Ollama by its own API; a key is needed only for what stands in front of it.",
                    R"(providers:
  here: {type: ollama}
models:
  llama: {targets: [{provider: here, model: llama3.2}]}
  embedder: {targets: [{provider: here, model: nomic-embed-text}]}
)"},
    ProviderExample{"lmstudio", "LM Studio's server.",
                    R"(providers:
  desk: {type: lmstudio}
models:
  qwen: {targets: [{provider: desk, model: qwen3-8b}]}
)"},
    ProviderExample{"triton", "Triton Inference Server in front of TensorRT-LLM: its own API, or with api: openai its OpenAI front end.",
                    R"(providers:
  triton: {type: triton, base_url: "http://127.0.0.1:8000", chat_template: llama3}
  front: {type: triton, api: openai, base_url: "http://127.0.0.1:9000"}
models:
  llama: {targets: [{provider: triton, model: ensemble}, {provider: front, model: llama-3.1-8b}]}
)"},
    ProviderExample{"bedrock", "Amazon Bedrock, signed with an access key or with a key of Bedrock's. A target's model is the id of a model or of an inference profile.",
                    R"(providers:
  aws:
    type: bedrock
    region: eu-central-1
    access_key_id: ${env:AWS_ACCESS_KEY_ID}
    secret_access_key: ${env:AWS_SECRET_ACCESS_KEY}
  aws-key: {type: bedrock, region: us-east-1, api_key: "${env:AWS_BEARER_TOKEN_BEDROCK}"}
models:
  claude: {targets: [{provider: aws, model: eu.anthropic.claude-sonnet-4-20250514-v1:0}]}
  nova: {targets: [{provider: aws-key, model: amazon.nova-lite-v1:0}]}
)"},
    ProviderExample{"vertex", "Google Vertex AI: models of Google's, and Anthropic's whose names begin with claude-. The file of a service account, as Google hands it out, or an access token as api_key.",
                    R"(providers:
  google-cloud: {type: vertex, project: my-project, location: europe-west1, service_account: account.json}
  by-token: {type: vertex, project: my-project, location: global, api_key: "${command:gcloud auth print-access-token}", api_key_refresh: 30m}
models:
  flash: {targets: [{provider: google-cloud, model: gemini-2.5-flash}, {provider: by-token, model: gemini-2.5-flash}]}
)"},
    ProviderExample{"openai-compatible", "Any other server that speaks OpenAI's API: llama.cpp, a gateway, a service. With a preset one of the services below, each with its address, its fields and its prices; else it has no price but the one that you give.",
                    R"(providers:
  local: {type: openai-compatible, base_url: "http://127.0.0.1:8000/v1"}
  hosted:
    type: openai-compatible
    base_url: https://api.example/v1
    api_key: ${env:HOSTED_KEY}
    price: {input_usd_per_mtok: 0.1, output_usd_per_mtok: 0.3}
  groq: {type: openai-compatible, preset: groq, api_key: "${env:GROQ_API_KEY}"}
models:
  small: {targets: [{provider: local, model: llama-3.1-8b}]}
  large: {targets: [{provider: hosted, model: llama-3.3-70b}, {provider: groq, model: llama-3.3-70b-versatile}]}
)"},
    ProviderExample{"sim", "The embedded simulated model: no key, no network, no cost.",
                    R"(providers:
  embedded: {type: sim}
models:
  demo: {targets: [{provider: embedded, model: sim}]}
)"},
};

// The dialects of a kind, by their names.
std::string spoken(const providers::Kind& kind) {
  std::string text;
  for (const auto& endpoint : kind.endpoints) (text += text.empty() ? "" : ", ") += wire::name(endpoint.dialect);
  return text;
}

std::string presets() {
  std::string text;
  for (const auto& preset : providers::presets()) (text += text.empty() ? "" : ", ") += preset.name;
  return text;
}

std::string indented(std::string_view lines, std::string_view by) {
  std::string result;
  for (std::size_t at = 0, end; at < lines.size(); at = end + 1) {
    end = lines.find('\n', at);
    ((result += by) += lines.substr(at, end - at)) += '\n';
  }
  return result;
}

}  // namespace

std::span<const ProviderExample> provider_examples() { return all; }

std::string providers_topic() {
  std::string text =
      "Who answers stands under `providers`, by a name of your choice; what clients may ask for under `models`, each with the providers that have it. A client of any API may "
      "ask for any model: what the provider does not speak is translated. Keys are read from a variable or a file, never written into the configuration. `genai config check` "
      "reads what you wrote, `genai config check --probe` asks each provider for one token, and `genai help configuration` has the other keys.\n";
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto& kind = providers::kinds()[i];
    ((((text += "\n") += all[i].type) += ": ") += all[i].what) += " Speaks " + spoken(kind) + ".";
    if (!kind.base_url.empty()) text += " base_url is " + std::string(kind.base_url) + " unless you say otherwise.";
    if (kind.type == providers::ProviderType::openai_compatible) text += " Presets: " + presets() + ".";
    (text += "\n\n") += indented(all[i].lines, "  ");
  }
  return text;
}

}  // namespace genai::help

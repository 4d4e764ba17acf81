#include "features/providers/kinds.hpp"

#include <algorithm>
#include <array>

#include "features/providers/presets.hpp"

namespace genai::providers {
namespace {

using chat::Dialect;

constexpr std::array openai{Endpoint{Dialect::chat_completions, "/chat/completions"}, Endpoint{Dialect::responses, "/responses"}, Endpoint{Dialect::completions, "/completions"},
                            Endpoint{Dialect::embeddings, "/embeddings"}, Endpoint{Dialect::moderations, "/moderations"}};
constexpr std::array compatible{Endpoint{Dialect::chat_completions, "/chat/completions"}, Endpoint{Dialect::completions, "/completions"}, Endpoint{Dialect::embeddings, "/embeddings"},
                                Endpoint{Dialect::moderations, "/moderations"}, Endpoint{Dialect::rerank, "/rerank"}};
constexpr std::array anthropic{Endpoint{Dialect::messages, "/messages"}, Endpoint{Dialect::count_tokens, "/messages/count_tokens"}};
constexpr std::array gemini{Endpoint{Dialect::gemini, "/models/{model}:generateContent", "/models/{model}:streamGenerateContent?alt=sse"}, Endpoint{Dialect::gemini_embed, "/models/{model}:batchEmbedContents"}};
constexpr std::array ollama{Endpoint{Dialect::ollama, "/api/chat", "", Framing::json_lines}, Endpoint{Dialect::ollama_generate, "/api/generate", "", Framing::json_lines},
                            Endpoint{Dialect::ollama_embed, "/api/embed"}};
constexpr std::array cohere{Endpoint{Dialect::cohere, "/v2/chat"}, Endpoint{Dialect::cohere_embed, "/v2/embed"}, Endpoint{Dialect::rerank, "/v2/rerank"}};
constexpr std::array bedrock{Endpoint{Dialect::converse, "/model/{model}/converse", "/model/{model}/converse-stream", Framing::aws_events}};
constexpr std::array vertex{Endpoint{Dialect::gemini, "/publishers/google/models/{model}:generateContent", "/publishers/google/models/{model}:streamGenerateContent?alt=sse"},
                            Endpoint{Dialect::messages, "/publishers/anthropic/models/{model}:rawPredict", "/publishers/anthropic/models/{model}:streamRawPredict", Framing::events, "claude-"}};
constexpr std::array azure{Endpoint{Dialect::chat_completions, "/openai/deployments/{model}/chat/completions"}, Endpoint{Dialect::completions, "/openai/deployments/{model}/completions"},
                           Endpoint{Dialect::embeddings, "/openai/deployments/{model}/embeddings"}};
constexpr std::array azure_v1{Endpoint{Dialect::chat_completions, "/openai/v1/chat/completions"}, Endpoint{Dialect::responses, "/openai/v1/responses"},
                              Endpoint{Dialect::completions, "/openai/v1/completions"}, Endpoint{Dialect::embeddings, "/openai/v1/embeddings"}};
constexpr std::array vllm{Endpoint{Dialect::chat_completions, "/chat/completions"}, Endpoint{Dialect::completions, "/completions"}, Endpoint{Dialect::embeddings, "/embeddings"},
                          Endpoint{Dialect::rerank, "/rerank"}};
constexpr std::array lmstudio{Endpoint{Dialect::chat_completions, "/chat/completions"}, Endpoint{Dialect::responses, "/responses"}, Endpoint{Dialect::completions, "/completions"},
                              Endpoint{Dialect::embeddings, "/embeddings"}};
constexpr Endpoint generate{Dialect::tgi, "/generate", "/generate_stream"};
constexpr std::array tgi{Endpoint{Dialect::chat_completions, "/v1/chat/completions"}, generate};
constexpr std::array tgi_alone{generate};
constexpr std::array triton{Endpoint{Dialect::triton, "/v2/models/{model}/generate", "/v2/models/{model}/generate_stream"}};
constexpr std::array triton_front{Endpoint{Dialect::chat_completions, "/v1/chat/completions"}, Endpoint{Dialect::completions, "/v1/completions"}, Endpoint{Dialect::embeddings, "/v1/embeddings"}};
constexpr std::array simulated{Endpoint{Dialect::chat_completions, ""}, Endpoint{Dialect::embeddings, ""}, Endpoint{Dialect::moderations, ""}, Endpoint{Dialect::count_tokens, ""},
                               Endpoint{Dialect::rerank, ""}};

constexpr Proof bearer{"Authorization", "Bearer "};

// In the order of ProviderType. Bases, paths and fields: the providers' API references, "Authentication", "Versioning"; "Azure OpenAI in Azure AI Foundry Models REST API
// reference" and "Azure OpenAI API version lifecycle"; vLLM, "OpenAI-Compatible Server"; LM Studio, "OpenAI Compatibility Endpoints"; Triton, "OpenAI-Compatible
// Frontend".
constexpr std::array rows{
    Kind{ProviderType::openai, "openai", "https://api.openai.com/v1", openai, "/models", bearer},
    Kind{ProviderType::azure, "azure", "", azure, "", {"api-key", ""}, "", {}, {azure_v1, "/openai/v1/models"}},
    Kind{ProviderType::anthropic, "anthropic", "https://api.anthropic.com/v1", anthropic, "/models", {"x-api-key", ""}, "anthropic-version: 2023-06-01\r\n"},
    Kind{ProviderType::gemini, "gemini", "https://generativelanguage.googleapis.com/v1beta", gemini, "/models", {"x-goog-api-key", ""}},
    Kind{ProviderType::cohere, "cohere", "https://api.cohere.com", cohere, "/v1/models", bearer},
    Kind{ProviderType::vllm, "vllm", "http://127.0.0.1:8000/v1", vllm, "/models", bearer, "", {.token_limit = wire::TokenLimit::max_tokens, .takes_top_k = true}},
    Kind{ProviderType::tgi, "tgi", "http://127.0.0.1:8080", tgi, "/v1/models", bearer, "", {.token_limit = wire::TokenLimit::max_tokens}, {tgi_alone, "/v1/models"}},
    Kind{ProviderType::ollama, "ollama", "http://127.0.0.1:11434", ollama, "/api/tags", bearer},
    Kind{ProviderType::lmstudio, "lmstudio", "http://127.0.0.1:1234/v1", lmstudio, "/models", bearer, "", {.token_limit = wire::TokenLimit::max_tokens, .takes_top_k = true}},
    Kind{ProviderType::triton, "triton", "http://127.0.0.1:8000", triton, "", bearer, "", {.token_limit = wire::TokenLimit::max_tokens}, {triton_front, "/v1/models", "http://127.0.0.1:9000"}},
    Kind{ProviderType::bedrock, "bedrock", "https://bedrock-runtime.{region}.amazonaws.com", bedrock, "", bearer},
    Kind{ProviderType::vertex, "vertex", "https://{vertex}.googleapis.com", vertex, "", bearer, "", {.tool_ids = wire::ToolIds::left_out, .anthropic_version = "vertex-2023-10-16"}, {},
         "/v1/projects/{project}/locations/{location}"},
    Kind{ProviderType::openai_compatible, "openai-compatible", "", compatible, "/models", bearer, "", {.token_limit = wire::TokenLimit::max_tokens}},
    Kind{ProviderType::sim, "sim", "", simulated, ""},
};

constexpr bool in_order() {
  for (std::size_t i = 0; i < rows.size(); ++i)
    if (rows[i].type != static_cast<ProviderType>(i)) return false;
  return true;
}
static_assert(in_order());

}  // namespace

const Endpoint* Kind::endpoint_for(Dialect dialect, std::string_view model) const {
  const Endpoint* best = nullptr;
  const auto has = [model](const Endpoint& endpoint) { return !endpoint.models.empty() && model.starts_with(endpoint.models); };
  const bool is_special = std::any_of(endpoints.begin(), endpoints.end(), has);
  for (const auto& endpoint : endpoints) {
    if (is_special ? !has(endpoint) : !endpoint.models.empty()) continue;
    if (endpoint.dialect == dialect) return &endpoint;
    if (chat::question(endpoint.dialect) != chat::question(dialect)) continue;
    const bool suits = chat::is_bare_text(endpoint.dialect) == chat::is_bare_text(dialect);
    if (best == nullptr || (suits && chat::is_bare_text(best->dialect) != chat::is_bare_text(dialect))) best = &endpoint;
  }
  return best;
}

bool Kind::speaks(Dialect dialect) const {
  return std::any_of(endpoints.begin(), endpoints.end(), [dialect](const Endpoint& endpoint) { return endpoint.dialect == dialect; });
}

const Kind& kind(ProviderType type) noexcept { return rows[static_cast<std::size_t>(type)]; }

Kind kind(const ProviderConfig& config) noexcept {
  Kind result = kind(config.type);
  if (config.api == Api::second) {
    result.endpoints = result.second.endpoints;
    result.models = result.second.models;
    if (!result.second.base_url.empty()) result.base_url = result.second.base_url;
  }
  if (config.preset != nullptr) {
    result.base_url = config.preset->base_url;
    result.endpoints = config.preset->endpoints;
    result.manner = config.preset->manner;
  }
  result.manner.chat_template = config.chat_template;
  if (config.auth == Auth::bearer) result.proof = bearer;
  return result;
}

std::string_view vendor(const ProviderConfig& config) noexcept { return config.preset != nullptr ? config.preset->name : kind(config.type).name; }

std::span<const Kind> kinds() noexcept { return rows; }

}  // namespace genai::providers

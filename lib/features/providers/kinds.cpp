#include "features/providers/kinds.hpp"

#include <algorithm>
#include <array>

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
constexpr std::array simulated{Endpoint{Dialect::chat_completions, ""}, Endpoint{Dialect::embeddings, ""}, Endpoint{Dialect::moderations, ""}, Endpoint{Dialect::count_tokens, ""},
                               Endpoint{Dialect::rerank, ""}};

constexpr Proof bearer{"Authorization", "Bearer "};

// In the order of ProviderType. Bases, paths and fields: the providers' API references, "Authentication", "Versioning".
constexpr std::array rows{
    Kind{ProviderType::openai, "openai", "https://api.openai.com/v1", openai, bearer},
    Kind{ProviderType::openai_compatible, "openai-compatible", "", compatible, bearer, "", {.token_limit = wire::TokenLimit::max_tokens}},
    Kind{ProviderType::anthropic, "anthropic", "https://api.anthropic.com/v1", anthropic, {"x-api-key", ""}, "anthropic-version: 2023-06-01\r\n"},
    Kind{ProviderType::gemini, "gemini", "https://generativelanguage.googleapis.com/v1beta", gemini, {"x-goog-api-key", ""}},
    Kind{ProviderType::ollama, "ollama", "http://127.0.0.1:11434", ollama, bearer},
    Kind{ProviderType::cohere, "cohere", "https://api.cohere.com", cohere, bearer},
    Kind{ProviderType::sim, "sim", "", simulated},
    Kind{ProviderType::bedrock, "bedrock", "https://bedrock-runtime.{region}.amazonaws.com", bedrock, bearer},
    Kind{ProviderType::vertex, "vertex", "https://{vertex}.googleapis.com", vertex, bearer, "", {.tool_ids = wire::ToolIds::left_out, .anthropic_version = "vertex-2023-10-16"},
         "/v1/projects/{project}/locations/{location}"},
};

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

std::span<const Kind> kinds() noexcept { return rows; }

}  // namespace genai::providers

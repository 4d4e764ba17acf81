#include "features/providers/kinds.hpp"

#include <algorithm>
#include <array>

namespace genai::providers {
namespace {

using chat::Dialect;

constexpr std::array openai{Endpoint{Dialect::chat_completions, "/chat/completions"}, Endpoint{Dialect::responses, "/responses"}, Endpoint{Dialect::completions, "/completions"},
                            Endpoint{Dialect::embeddings, "/embeddings"}, Endpoint{Dialect::moderations, "/moderations"}};
constexpr std::array compatible{Endpoint{Dialect::chat_completions, "/chat/completions"}, Endpoint{Dialect::completions, "/completions"}, Endpoint{Dialect::embeddings, "/embeddings"},
                                Endpoint{Dialect::moderations, "/moderations"}};
constexpr std::array anthropic{Endpoint{Dialect::messages, "/messages"}, Endpoint{Dialect::count_tokens, "/messages/count_tokens"}};
constexpr std::array gemini{Endpoint{Dialect::gemini, "/models/{model}:generateContent", "/models/{model}:streamGenerateContent?alt=sse"}};
constexpr std::array simulated{Endpoint{Dialect::chat_completions, ""}, Endpoint{Dialect::embeddings, ""}, Endpoint{Dialect::moderations, ""}, Endpoint{Dialect::count_tokens, ""}};

constexpr Proof bearer{"Authorization", "Bearer "};

// In the order of ProviderType. Bases, paths and fields: the providers' API references, "Authentication", "Versioning".
constexpr std::array rows{
    Kind{ProviderType::openai, "openai", "https://api.openai.com/v1", openai, bearer},
    Kind{ProviderType::openai_compatible, "openai-compatible", "", compatible, bearer, "", {.token_limit = wire::TokenLimit::max_tokens}},
    Kind{ProviderType::anthropic, "anthropic", "https://api.anthropic.com/v1", anthropic, {"x-api-key", ""}, "anthropic-version: 2023-06-01\r\n"},
    Kind{ProviderType::gemini, "gemini", "https://generativelanguage.googleapis.com/v1beta", gemini, {"x-goog-api-key", ""}},
    Kind{ProviderType::sim, "sim", "", simulated},
};

}  // namespace

const Endpoint* Kind::endpoint_for(Dialect dialect) const {
  const Endpoint* best = nullptr;
  for (const auto& endpoint : endpoints) {
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

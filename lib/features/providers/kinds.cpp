#include "features/providers/kinds.hpp"

#include <algorithm>
#include <array>

namespace genai::providers {
namespace {

using chat::Dialect;

constexpr std::array openai{Dialect::chat_completions, Dialect::responses, Dialect::completions, Dialect::embeddings, Dialect::moderations};
constexpr std::array compatible{Dialect::chat_completions, Dialect::completions, Dialect::embeddings, Dialect::moderations};
constexpr std::array anthropic{Dialect::messages, Dialect::count_tokens};
constexpr std::array gemini{Dialect::gemini};
constexpr std::array simulated{Dialect::chat_completions, Dialect::embeddings, Dialect::moderations, Dialect::count_tokens};

// In the order of ProviderType. Bases and fields: the providers' API references, "Authentication", "Versioning".
constexpr std::array rows{
    Kind{ProviderType::openai, "openai", "https://api.openai.com/v1", openai, "Authorization", "Bearer ", ""},
    Kind{ProviderType::openai_compatible, "openai-compatible", "", compatible, "Authorization", "Bearer ", "", wire::TokenLimit::max_tokens},
    Kind{ProviderType::anthropic, "anthropic", "https://api.anthropic.com/v1", anthropic, "x-api-key", "", "anthropic-version: 2023-06-01\r\n"},
    Kind{ProviderType::gemini, "gemini", "https://generativelanguage.googleapis.com/v1beta", gemini, "x-goog-api-key", "", ""},
    Kind{ProviderType::sim, "sim", "", simulated, "", "", ""},
};

}  // namespace

bool Kind::speaks(Dialect dialect) const { return std::find(dialects.begin(), dialects.end(), dialect) != dialects.end(); }

const Kind& kind(ProviderType type) noexcept { return rows[static_cast<std::size_t>(type)]; }

std::span<const Kind> kinds() noexcept { return rows; }

}  // namespace genai::providers

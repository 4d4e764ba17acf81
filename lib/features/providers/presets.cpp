// Sources: Mistral, "Chat Completion API", "Embeddings API"; DeepSeek, "Create Chat Completion"; Groq, "OpenAI Compatibility"; Together AI, "Chat Completions API",
// "OpenAI Compatibility"; Fireworks AI, "Create Chat Completion", "OpenAI compatibility"; OpenRouter, "API Reference", "Parameters".
#include "features/providers/presets.hpp"

#include <array>

namespace genai::providers {
namespace {

using chat::Dialect;
using wire::Rename;

constexpr Endpoint chats{Dialect::chat_completions, "/chat/completions"};
constexpr Endpoint responses{Dialect::responses, "/responses"};
constexpr Endpoint completions{Dialect::completions, "/completions"};
constexpr Endpoint embeddings{Dialect::embeddings, "/embeddings"};

constexpr std::array mistral{chats, embeddings};
constexpr std::array deepseek{chats};
constexpr std::array groq{chats, responses};
constexpr std::array together{chats, completions, embeddings};
constexpr std::array fireworks{chats, responses, completions, embeddings};
constexpr std::array openrouter{chats, completions, embeddings};

// Usage comes without being asked for. A field that is not known is refused, so what is a hint only is left out.
constexpr std::array of_mistral{Rename{"max_completion_tokens", "max_tokens"}, Rename{"seed", "random_seed"}, Rename{"stream_options", ""}, Rename{"user", ""},
                                Rename{"store", ""}, Rename{"safety_identifier", ""}, Rename{"prompt_cache_key", ""}, Rename{"prompt_cache_retention", ""}};
constexpr std::array old_limit{Rename{"max_completion_tokens", "max_tokens"}};

constexpr std::array rows{
    Preset{"mistral", "https://api.mistral.ai/v1", mistral, {.renames = of_mistral, .tool_ids = wire::ToolIds::nine_letters}},
    Preset{"deepseek", "https://api.deepseek.com/v1", deepseek, {.renames = old_limit}},
    Preset{"groq", "https://api.groq.com/openai/v1", groq},
    Preset{"together", "https://api.together.xyz/v1", together, {.takes_top_k = true, .renames = old_limit}},
    Preset{"fireworks", "https://api.fireworks.ai/inference/v1", fireworks, {.takes_top_k = true, .renames = old_limit}},
    Preset{"openrouter", "https://openrouter.ai/api/v1", openrouter, {.takes_top_k = true, .renames = old_limit}},
};

}  // namespace

std::span<const Preset> presets() noexcept { return rows; }

}  // namespace genai::providers

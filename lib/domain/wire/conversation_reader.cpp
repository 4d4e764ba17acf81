#include "domain/wire/conversation_reader.hpp"

#include <array>

namespace genai::wire {
namespace {

// Of OpenAI's and Anthropic's requests. `thinking` budgets and `context_management` bound what an answer costs, not what it may say.
constexpr std::array<std::string_view, 10> hints{"user",  "metadata", "store", "safety_identifier", "prompt_cache_key", "prompt_cache_retention",
                                                "cache_control", "context_management", "diagnostics", "client_metadata"};

}  // namespace

bool is_hint(std::string_view name) { return std::find(hints.begin(), hints.end(), name) != hints.end(); }

}  // namespace genai::wire

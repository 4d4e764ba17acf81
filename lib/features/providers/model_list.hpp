// The models that a provider says it has.
// Formats: OpenAI API reference, "List models"; Anthropic API reference, "List Models"; Google "Gemini API: models.list"; Cohere API reference, "List Models"; Ollama "List models".
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "features/providers/config.hpp"
#include "features/providers/kinds.hpp"
#include "platform/http/client.hpp"
#include "platform/net/loop.hpp"

namespace genai::providers {

// The names in a list of models: `id` or `name` of the objects in `data`, or else in `models`. upstream_protocol: it is no such list.
Result<std::vector<std::string>> read_model_list(std::string_view body);

// Asks for the list, until all is over at `until`; errors as Upstream::start. Its kind says where. All three outlive the task.
net::Task<Result<std::vector<std::string>>> list_models(const ProviderConfig& config, http::Client& client, net::Loop& loop, MonoTime until);

}  // namespace genai::providers

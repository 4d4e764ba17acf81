#include "genai/help/provider_examples.hpp"

#include <array>

#include "domain/wire/dialect.hpp"
#include "features/providers/kinds.hpp"

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
    ProviderExample{"openai-compatible",
                    "Any server that speaks OpenAI's API: vLLM, llama.cpp, Ollama under /v1, a gateway. It has no price but the one that you give.",
                    R"(providers:
  local: {type: openai-compatible, base_url: "http://127.0.0.1:8000/v1"}
  hosted:
    type: openai-compatible
    base_url: https://api.example/v1
    api_key: ${env:HOSTED_KEY}
    price: {input_usd_per_mtok: 0.1, output_usd_per_mtok: 0.3}
models:
  small: {targets: [{provider: local, model: llama-3.1-8b}]}
  large: {targets: [{provider: hosted, model: llama-3.3-70b}]}
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
    (text += "\n\n") += indented(all[i].lines, "  ");
  }
  return text;
}

}  // namespace genai::help

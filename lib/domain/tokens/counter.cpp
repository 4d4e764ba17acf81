#include "domain/tokens/counter.hpp"

#include <array>
#include <cctype>
#include <cmath>

namespace genai::tokens {
namespace {

enum class Match : std::uint8_t {
  exact,
  prefix,  // the name or what begins with it
  family,  // the name, or what follows is not a letter or digit: gpt-4 and gpt-4-0613, not gpt-4o or gpt-45
};

// ---- exact: openai/tiktoken, tiktoken/model.py (0.14.0), whose prefix rules these are

struct Known {
  std::string_view name;
  Match match;
  std::string_view encoding;
  ChatRule chat;
};

constexpr ImageRule tiles(int base, int tile) { return {ImageRule::Kind::tiles, base, tile, 1000}; }
constexpr ImageRule patches(int thousandths) { return {ImageRule::Kind::patches, 0, 0, thousandths}; }
constexpr ImageRule unknown_image{ImageRule::Kind::none, 765, 0, 1000};

constexpr ChatRule published_rule(int function, ImageRule image) { return {.published = true, .message = 3, .name = 1, .reply = 3, .function = function, .image = image}; }
constexpr ChatRule assumed_rule(ImageRule image) { return {.published = false, .message = 3, .name = 1, .reply = 3, .function = 7, .image = image}; }
constexpr ChatRule no_chat = assumed_rule(unknown_image);

// The first that matches; longer names of a family stand before shorter ones. Constants of images: OpenAI's guide to images and vision;
// gpt-4o-mini's are scaled so that an image costs the dollars it costs with gpt-4o.
constexpr std::array known{
    Known{"gpt-4o-mini", Match::family, "o200k_base", published_rule(7, tiles(2833, 5667))},
    Known{"gpt-4o", Match::family, "o200k_base", published_rule(7, tiles(85, 170))},
    Known{"chatgpt-4o", Match::family, "o200k_base", assumed_rule(tiles(85, 170))},
    Known{"gpt-4.1-mini", Match::family, "o200k_base", assumed_rule(patches(1620))},
    Known{"gpt-4.1-nano", Match::family, "o200k_base", assumed_rule(patches(2460))},
    Known{"gpt-4.1", Match::family, "o200k_base", assumed_rule(tiles(85, 170))},
    Known{"gpt-4.5", Match::family, "o200k_base", assumed_rule(tiles(85, 170))},
    Known{"gpt-5-mini", Match::family, "o200k_base", assumed_rule(patches(1620))},
    Known{"gpt-5-nano", Match::family, "o200k_base", assumed_rule(patches(2460))},
    Known{"gpt-5", Match::prefix, "o200k_base", assumed_rule(tiles(70, 140))},
    Known{"o1", Match::family, "o200k_base", assumed_rule(tiles(75, 150))},
    Known{"o3", Match::family, "o200k_base", assumed_rule(tiles(75, 150))},
    Known{"o4-mini", Match::family, "o200k_base", assumed_rule(patches(1720))},
    Known{"gpt-oss", Match::family, "o200k_harmony", assumed_rule(unknown_image)},
    Known{"gpt-4", Match::exact, "cl100k_base", published_rule(10, tiles(85, 170))},
    Known{"gpt-4-", Match::prefix, "cl100k_base", published_rule(10, tiles(85, 170))},
    Known{"gpt-3.5-turbo-0301", Match::exact, "cl100k_base",
          ChatRule{.published = true, .message = 4, .name = -1, .reply = 3, .function = 10, .image = unknown_image}},
    Known{"gpt-3.5-turbo", Match::family, "cl100k_base", published_rule(10, unknown_image)},
    Known{"gpt-35-turbo", Match::family, "cl100k_base", published_rule(10, unknown_image)},
    Known{"gpt-3.5", Match::exact, "cl100k_base", published_rule(10, unknown_image)},
    Known{"gpt-35", Match::exact, "cl100k_base", published_rule(10, unknown_image)},
    Known{"davinci-002", Match::exact, "cl100k_base", no_chat},
    Known{"babbage-002", Match::exact, "cl100k_base", no_chat},
    Known{"text-embedding-ada-002", Match::exact, "cl100k_base", no_chat},
    Known{"text-embedding-3-small", Match::exact, "cl100k_base", no_chat},
    Known{"text-embedding-3-large", Match::exact, "cl100k_base", no_chat},
    Known{"text-davinci-003", Match::exact, "p50k_base", no_chat},
    Known{"text-davinci-002", Match::exact, "p50k_base", no_chat},
    Known{"text-davinci-001", Match::exact, "r50k_base", no_chat},
    Known{"text-curie-001", Match::exact, "r50k_base", no_chat},
    Known{"text-babbage-001", Match::exact, "r50k_base", no_chat},
    Known{"text-ada-001", Match::exact, "r50k_base", no_chat},
    Known{"davinci", Match::exact, "r50k_base", no_chat},
    Known{"curie", Match::exact, "r50k_base", no_chat},
    Known{"babbage", Match::exact, "r50k_base", no_chat},
    Known{"ada", Match::exact, "r50k_base", no_chat},
    Known{"code-davinci-002", Match::exact, "p50k_base", no_chat},
    Known{"code-davinci-001", Match::exact, "p50k_base", no_chat},
    Known{"code-cushman-002", Match::exact, "p50k_base", no_chat},
    Known{"code-cushman-001", Match::exact, "p50k_base", no_chat},
    Known{"davinci-codex", Match::exact, "p50k_base", no_chat},
    Known{"cushman-codex", Match::exact, "p50k_base", no_chat},
    Known{"text-davinci-edit-001", Match::exact, "p50k_edit", no_chat},
    Known{"code-davinci-edit-001", Match::exact, "p50k_edit", no_chat},
    Known{"text-similarity-davinci-001", Match::exact, "r50k_base", no_chat},
    Known{"text-similarity-curie-001", Match::exact, "r50k_base", no_chat},
    Known{"text-similarity-babbage-001", Match::exact, "r50k_base", no_chat},
    Known{"text-similarity-ada-001", Match::exact, "r50k_base", no_chat},
    Known{"text-search-davinci-doc-001", Match::exact, "r50k_base", no_chat},
    Known{"text-search-curie-doc-001", Match::exact, "r50k_base", no_chat},
    Known{"text-search-babbage-doc-001", Match::exact, "r50k_base", no_chat},
    Known{"text-search-ada-doc-001", Match::exact, "r50k_base", no_chat},
    Known{"code-search-babbage-code-001", Match::exact, "r50k_base", no_chat},
    Known{"code-search-ada-code-001", Match::exact, "r50k_base", no_chat},
    Known{"gpt2", Match::exact, "r50k_base", no_chat},
    Known{"gpt-2", Match::exact, "r50k_base", no_chat},
};

// ---- estimates. No vocabulary is published (or it is not in this binary): o200k_base times a factor. Bands are wide on purpose: they cover
// prose and code in Latin scripts; other scripts can be further off.

struct Guess {
  std::string_view name;
  double scale, band;
  std::string_view why;
};

constexpr std::array guesses{
    Guess{"claude", 1.15, 0.25, "Anthropic publishes no vocabulary and only its count_tokens endpoint is exact: o200k_base x 1.15"},
    Guess{"gemini", 1.05, 0.20, "Gemini's vocabulary is not in this binary and only its countTokens endpoint is exact: o200k_base x 1.05"},
    Guess{"gemma", 1.05, 0.20, "Gemma has a SentencePiece vocabulary that is not in this binary: o200k_base x 1.05"},
    Guess{"command", 1.05, 0.20, "Cohere's vocabulary is not in this binary: o200k_base x 1.05"},
    Guess{"c4ai", 1.05, 0.20, "Cohere's vocabulary is not in this binary: o200k_base x 1.05"},
    Guess{"embed", 1.05, 0.25, "Cohere's vocabulary is not in this binary: o200k_base x 1.05"},
    Guess{"llama-2", 1.20, 0.25, "Llama 2 has a SentencePiece vocabulary that is not in this binary: o200k_base x 1.2"},
    Guess{"llama2", 1.20, 0.25, "Llama 2 has a SentencePiece vocabulary that is not in this binary: o200k_base x 1.2"},
    Guess{"llama", 1.02, 0.15, "Llama's vocabulary is not in this binary: o200k_base x 1.02; with its tokenizer.json the count is exact"},
    Guess{"meta-llama", 1.02, 0.15, "Llama's vocabulary is not in this binary: o200k_base x 1.02; with its tokenizer.json the count is exact"},
    Guess{"qwen", 1.05, 0.15, "Qwen's vocabulary is not in this binary: o200k_base x 1.05; with its tokenizer.json the count is exact"},
    Guess{"qwq", 1.05, 0.15, "Qwen's vocabulary is not in this binary: o200k_base x 1.05; with its tokenizer.json the count is exact"},
    Guess{"deepseek", 1.05, 0.20, "DeepSeek's vocabulary is not in this binary: o200k_base x 1.05"},
    Guess{"mistral", 1.10, 0.20, "Mistral's vocabulary is not in this binary: o200k_base x 1.1; with a Tekken tokenizer.json the count is exact"},
    Guess{"mixtral", 1.20, 0.25, "Mixtral has a SentencePiece vocabulary that is not in this binary: o200k_base x 1.2"},
    Guess{"ministral", 1.10, 0.20, "Mistral's vocabulary is not in this binary: o200k_base x 1.1; with a Tekken tokenizer.json the count is exact"},
    Guess{"magistral", 1.10, 0.20, "Mistral's vocabulary is not in this binary: o200k_base x 1.1; with a Tekken tokenizer.json the count is exact"},
    Guess{"devstral", 1.10, 0.20, "Mistral's vocabulary is not in this binary: o200k_base x 1.1; with a Tekken tokenizer.json the count is exact"},
    Guess{"codestral", 1.15, 0.25, "Mistral's vocabulary is not in this binary: o200k_base x 1.15"},
    Guess{"grok", 1.05, 0.25, "xAI publishes no vocabulary for this model: o200k_base x 1.05"},
};
constexpr Guess nobody{"", 1.10, 0.35, "the model is not known here: o200k_base x 1.1"};

bool matches(std::string_view model, std::string_view name, Match match) {
  if (!model.starts_with(name)) return false;
  const auto rest = model.substr(name.size());
  if (rest.empty() || match == Match::prefix) return true;
  return match == Match::family && !std::isalnum(static_cast<unsigned char>(rest[0])) && rest[0] != '.';
}

// The name without what says who serves it, in lower case: "azure/eu/gpt-4o" is gpt-4o, "ft:gpt-4o-mini:us::id" is gpt-4o-mini, Bedrock's
// "us.anthropic.claude-..." is claude-....
std::string bare(std::string_view model) {
  const bool tuned = model.substr(model.find_last_of('/') + 1).starts_with("ft:");
  if (!tuned) model.remove_prefix(std::min(model.find_last_of('/') + 1, model.size()));
  std::string name;
  for (const char c : model) name += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  if (tuned) {
    name.erase(0, name.find("ft:") + 3);
    name.erase(std::min(name.find(':'), name.size()));
  }
  for (const std::string_view vendor : {"anthropic.", "meta.", "mistral.", "cohere.", "amazon.", "openai.", "deepseek.", "qwen."}) {
    for (const std::string_view region : {"", "us.", "eu.", "apac.", "global."}) {
      const auto prefix = std::string(region) + std::string(vendor);
      if (name.starts_with(prefix)) return name.substr(prefix.size());
    }
  }
  return name;
}

const Encoding* must_find(std::string_view name) { return find_encoding(name).value(); }

}  // namespace

Tokens Counter::scaled(Tokens counted) const {
  return scale == 1 ? counted : Tokens(std::llround(static_cast<double>(counted.value()) * scale));
}

Counter counter_for(std::string_view model) {
  const auto name = bare(model);
  for (const auto& row : known) {
    if (!matches(name, row.name, row.match)) continue;
    return {.encoding = must_find(row.encoding), .exact = true, .scale = 1, .band = 0, .why = "the model's own encoding", .chat = row.chat};
  }
  const Guess* guess = &nobody;
  for (const auto& row : guesses) {
    if (matches(name, row.name, Match::family) || (name.starts_with(row.name) && std::isdigit(static_cast<unsigned char>(name[row.name.size()])))) {
      guess = &row;
      break;
    }
  }
  return {.encoding = must_find("o200k_base"), .exact = false, .scale = guess->scale, .band = guess->band, .why = guess->why, .chat = assumed_rule(unknown_image)};
}

Counter counter_of(const Encoding& encoding) {
  ChatRule chat = assumed_rule(unknown_image);
  if (encoding.name() == "cl100k_base") chat.function = 10;
  return {.encoding = &encoding, .exact = true, .scale = 1, .band = 0, .why = "the encoding that was asked for", .chat = chat};
}

}  // namespace genai::tokens

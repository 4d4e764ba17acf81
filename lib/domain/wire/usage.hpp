// What providers report about the tokens of a request, in their dialects, brought to one meaning: chat::Usage, in which `prompt` and `completion`
// hold every token once. Pure. Counts that are negative, beyond 2^40 or no integers (12.0 is one) make the report count as missing; parts larger than
// their whole are cut to it.
// Sources: OpenAI API reference, "The chat completion object" and "The response object" (usage); Anthropic API reference, "Messages" (usage) and "Prompt caching";
// Google "Gemini API: GenerateContentResponse.UsageMetadata"; Text Generation Inference "API Reference" (Details, StreamDetails); Amazon Bedrock API Reference, "TokenUsage", "CacheDetail"; DeepSeek "Context caching"; OpenRouter
// "Usage Accounting"; Together AI "Chat Completions API" (cached_tokens); xAI "Reasoning".
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "domain/chat/usage.hpp"
#include "platform/json/reader.hpp"

namespace genai::wire {

// Reads the next value of `in`, one count of tokens.
std::optional<std::int64_t> read_count(json::Reader& in);

// Reads the next value of `in`, an OpenAI `usage` object: prompt_tokens and completion_tokens hold all, the details are parts. Also known:
// cache_write_tokens and cache_creation_tokens among the details, DeepSeek's prompt_cache_hit_tokens, cached_tokens, thoughts that only the total holds, and `cost` in USD (OpenRouter, "Usage
// accounting"), rounded up to nano-USD. Nothing: not an object, or incomplete.
//
// Of answers that generate nothing, `none`, only the prompt is reported.
enum class Completion { reported, none };
std::optional<chat::Usage> read_openai_usage(json::Reader& in, Completion completion = Completion::reported);

// Reads the next value of `in`, the `usage` of an OpenAI response: input_tokens and output_tokens hold all, the details are parts. `cost` as above.
std::optional<chat::Usage> read_responses_usage(json::Reader& in);

// Anthropic's `usage`: input_tokens excludes what was read from and written to the cache, output_tokens includes thinking. A stream reports
// twice, all in message_start and the last output_tokens in message_delta, so this adds up: what is reported later replaces what was before.
class AnthropicUsage {
 public:
  // Reads the next value of `in`; fields that are absent or null say nothing.
  void read(json::Reader& in);
  // Nothing until input and output were reported, or when one count was none.
  std::optional<chat::Usage> usage() const;

 private:
  void read_creation(json::Reader& in);
  std::optional<std::int64_t> input_, output_, read_, created_, created_5m_, created_1h_;
  bool is_broken_ = false;
};

// Reads the next value of `in`, Gemini's `usageMetadata`: cachedContentTokenCount is part of promptTokenCount, thoughtsTokenCount is not part of
// candidatesTokenCount, toolUsePromptTokenCount is prompt as well; audio that was read from a cache counts as cached alone.
std::optional<chat::Usage> read_gemini_usage(json::Reader& in);

// Reads the next value of `in`, Bedrock's `usage`: inputTokens excludes what was read from and written to the cache; cacheDetails says for how long it
// was written.
std::optional<chat::Usage> read_converse_usage(json::Reader& in);

// The `details` of Text Generation Inference: what it generated, and what it read where it says so, as input_length or token by token in `prefill`.
struct TgiDetails {
  std::string_view finish_reason{};  // as it stands
  std::optional<chat::Usage> usage{};
};
TgiDetails read_tgi_details(json::Reader& in);

}  // namespace genai::wire

// Sources: OpenAI API reference, "Create chat completion", "Create completion", "Create a model response", "Create embeddings", "Create moderation";
// Anthropic API reference, "Create a Message", "Count tokens in a Message".
#include "domain/wire/known_fields.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <string>

#include "platform/json/reader.hpp"
#include "platform/text/nearest.hpp"

namespace genai::wire {
namespace {

using chat::Dialect;
using Names = std::span<const std::string_view>;

constexpr std::array<std::string_view, 36> chat_completions{
    "model", "messages", "audio", "frequency_penalty", "function_call", "functions", "logit_bias", "logprobs", "max_completion_tokens", "max_tokens", "metadata",
    "modalities", "n", "parallel_tool_calls", "prediction", "presence_penalty", "prompt_cache_key", "prompt_cache_retention", "reasoning_effort", "response_format",
    "safety_identifier", "seed", "service_tier", "stop", "store", "stream", "stream_options", "temperature", "tool_choice", "tools", "top_logprobs", "top_p", "user",
    "verbosity", "web_search_options", "moderation"};
constexpr std::array<std::string_view, 18> completions{"model", "prompt", "best_of", "echo", "frequency_penalty", "logit_bias", "logprobs", "max_tokens", "n", "presence_penalty",
                                                       "seed", "stop", "stream", "stream_options", "suffix", "temperature", "top_p", "user"};
constexpr std::array<std::string_view, 29> responses{
    "model", "input", "background", "context_management", "conversation", "include", "instructions", "max_output_tokens", "max_tool_calls", "metadata", "parallel_tool_calls",
    "previous_response_id", "prompt", "prompt_cache_key", "prompt_cache_retention", "reasoning", "safety_identifier", "service_tier", "store", "stream", "stream_options",
    "temperature", "text", "tool_choice", "tools", "top_logprobs", "top_p", "truncation", "user"};
constexpr std::array<std::string_view, 22> messages{
    "model", "messages", "max_tokens", "cache_control", "container", "context_management", "inference_geo", "mcp_servers", "metadata", "output_config", "output_format",
    "service_tier", "speed", "stop_sequences", "stream", "system", "temperature", "thinking", "tool_choice", "tools", "top_k", "top_p"};
constexpr std::array<std::string_view, 5> embeddings{"model", "input", "dimensions", "encoding_format", "user"};
constexpr std::array<std::string_view, 2> moderations{"model", "input"};

Names names_of(Dialect dialect) {
  switch (dialect) {
    case Dialect::chat_completions: return chat_completions;
    case Dialect::completions: return completions;
    case Dialect::responses: return responses;
    case Dialect::messages:
    case Dialect::count_tokens: return messages;
    case Dialect::embeddings: return embeddings;
    case Dialect::moderations: return moderations;
    default: return {};
  }
}

}  // namespace

std::optional<Error> unknown_field(const chat::Chat& chat) {
  const auto known = names_of(chat.dialect);
  if (known.empty()) return std::nullopt;
  json::Reader in(chat.body);
  std::string_view name;
  for (in.enter_object(); in.next_member(name); in.skip()) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    const auto near = text::nearest(name, known);
    std::string param(name.substr(0, 128));
    std::string what = "'" + param + "' is no field of this request" + (near ? "; did you mean '" + std::string(*near) + "'?" : "");
    return Error{Code::invalid_value, std::move(what), std::move(param)};
  }
  return std::nullopt;
}

}  // namespace genai::wire

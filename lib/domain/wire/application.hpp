// Our own endpoints for applications: a text in, a text out, without the vocabulary of a model's API. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "domain/wire/dialect.hpp"

namespace genai::wire::application {

enum class Route : std::uint8_t {
  api_generate,        // POST /api/generate {prompt, options{model, temperature, max_tokens, requireAdvanced}} -> {text, tokens, model, from_cache}
  api_batch_generate,  // POST /api/batch-generate {prompts, options} -> {results}, each as api_generate's or an error
  batch_process,       // POST /batch-process [texts] -> {results}
  api_chat,            // POST /api/chat {query, user_id, max_tokens} -> {response, tokens_used, latency_ms}
  chat,                // POST /chat {message, temperature} -> {response, tokens_used, from_cache}
  generate,            // POST /generate {prompt, stream, max_tokens} -> {response, usage{input_tokens, output_tokens}}, or events of raw text
  summarize,           // POST /summarize {text, length} -> {summary, tokens_used}
};
inline constexpr std::size_t routes = 7;
std::string_view path(Route route) noexcept;

// What one route takes. Characters are code points.
struct Limits {
  std::int64_t least_characters = 1;
  std::int64_t most_characters = 4'000;
  std::int64_t most_texts = 1;                    // in one request
  std::int64_t most_tokens = 4'000;               // that a request may allow an answer
  std::optional<std::int64_t> usual_tokens{};     // when it says nothing; nothing: as many as the model takes
  Nanoseconds time_limit = std::chrono::seconds(30);
};
const Limits& usual_limits(Route route) noexcept;

struct Config {
  std::string model;           // for requests that name none
  std::string advanced_model;  // for those that require an advanced one
  std::array<Limits, routes> limits;
};
Config usual_config();

// Reads a request into chats of dialect `application`, one for each text. Errors name the field: invalid_value, missing_field, and everything that
// openai::decode_chat may say of a body. A field that the route does not know is invalid_value.
Result<std::vector<chat::Chat>> decode(Route route, const Config& config, std::string_view body);
constexpr bool is_batch(Route route) { return route == Route::api_batch_generate || route == Route::batch_process; }

std::unique_ptr<Encoder> make_encoder(Route route, Identity identity);

// {"error","type","timestamp"}
std::string encode_error(const Error& error, WallTime now);

}  // namespace genai::wire::application

#include "engines/gateway/application_config.hpp"

#include <algorithm>
#include <array>

#include "platform/config/config.hpp"
#include "platform/text/nearest.hpp"

namespace genai::gateway {
namespace {

using wire::application::Limits;
using wire::application::Route;

constexpr std::int64_t most_characters = 10'000'000, most_texts = 1'000, most_tokens = 1'000'000;

std::array<std::string_view, wire::application::routes> paths() {
  std::array<std::string_view, wire::application::routes> paths;
  for (std::size_t i = 0; i < paths.size(); ++i) paths[i] = wire::application::path(static_cast<Route>(i));
  return paths;
}

void read_limits(config::Map& map, Limits& limits) {
  limits.most_characters = map.optional("max_characters", "the longest text", "that of the path").integer_or(limits.most_characters, {.least = limits.least_characters, .most = most_characters});
  limits.most_texts = map.optional("max_texts", "texts of one batch", "that of the path").integer_or(limits.most_texts, {.least = 1, .most = most_texts});
  limits.most_tokens = map.optional("max_tokens", "tokens that a request may allow its answer", "that of the path").integer_or(limits.most_tokens, {.least = 1, .most = most_tokens});
  const auto usual = map.optional("default_tokens", "tokens of an answer whose request does not say", "as many as the model gives");
  if (usual.present()) limits.usual_tokens = usual.integer_or(1, {.least = 1, .most = limits.most_tokens});
  limits.time_limit = map.optional("timeout", "how long an answer may take", "that of the path").duration_or(limits.time_limit, {.least = std::chrono::milliseconds(100), .most = std::chrono::hours(1)});
}

}  // namespace

wire::application::Config read_application(config::Map& parent, wire::application::Config weaker) {
  auto application = parent.optional("application", "the endpoints for applications, such as /api/generate").map();
  if (!application) return weaker;
  weaker.advanced_model = application->optional("advanced_model", "for requests that require an advanced model; default: default_model").text_or(weaker.advanced_model);
  const auto known = paths();
  auto routes = application->optional("routes", "limits, by path").entries();
  for (auto& entry : routes) {
    const auto* const at = std::find(known.begin(), known.end(), entry.name);
    Limits other;
    read_limits(entry.map, at == known.end() ? other : weaker.limits[static_cast<std::size_t>(at - known.begin())]);
    if (at != known.end()) continue;
    const auto near = text::nearest(entry.name, known);
    entry.map.problem("no application endpoint has this path" + (near ? "; did you mean '" + std::string(*near) + "'?" : std::string()));
  }
  return weaker;
}

}  // namespace genai::gateway

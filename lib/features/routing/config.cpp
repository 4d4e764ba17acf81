#include "features/routing/config.hpp"

#include <algorithm>
#include <array>

#include "domain/catalog/rates_config.hpp"
#include "platform/config/config.hpp"

namespace genai::routing {
namespace {

constexpr std::size_t longest_name = 256;
constexpr std::size_t most_targets = 64;
constexpr std::int64_t largest_weight = 1'000'000, most_paced_tokens = 1'000;
constexpr std::array<std::string_view, 2> strategies{"fallback", "weighted"};  // in the order of Strategy

Target read_target(config::Map& map, std::span<const std::string_view> providers) {
  Target target;
  target.provider = map.required("provider", "who is asked: a name below `providers`").name_among(providers);
  const auto model = map.required("model", "what that provider calls the model");
  target.model = model.text_or("");
  if (model.present() && (target.model.empty() || target.model.size() > longest_name)) model.problem("a model's name has 1 to 256 bytes");
  target.weight = static_cast<std::uint32_t>(map.optional("weight", "its share of a weighted model's requests; 0: only when all others failed", "1").integer_or(1, {0, largest_weight}));
  target.price = catalog::read_rates(map);
  return target;
}

void read_patience(config::Map& parent, Patience& patience) {
  auto map = parent.optional("timeouts", "how long the model may take").map();
  if (!map) return;
  const auto read = [&map](std::string_view key, std::string_view meaning, std::string_view standard, std::optional<std::chrono::nanoseconds>& into) {
    const auto value = map->optional(key, meaning, standard);
    const auto duration = value.duration_or(std::chrono::minutes(10), {.least = std::chrono::milliseconds(1), .most = std::chrono::hours(24)});
    if (value.present()) into = duration;
  };
  read("first_token", "to the first token of a stream", "10m", patience.first_token);
  read("gap", "between two tokens", "10m", patience.gap);
  read("total", "of the whole answer", "10m; 1h of a stream", patience.total);
  auto pace = map->optional("pace", "a stream that is slower than this counts as failed, and nothing of it is shown before").map();
  if (!pace) return;
  patience.pace.emplace();
  patience.pace->tokens = pace->required("tokens", "so many must have come").integer_or(1, {1, most_paced_tokens});
  patience.pace->within = pace->required("within", "so long after the first").duration_or(std::chrono::seconds(1), {.least = std::chrono::milliseconds(1), .most = std::chrono::minutes(10)});
}

ModelConfig read_model(config::Named& entry, std::span<const std::string_view> providers) {
  ModelConfig model;
  model.name = entry.name;
  if (entry.name.empty() || entry.name.size() > longest_name) entry.map.problem("a model's name has 1 to 256 bytes");
  const auto targets = entry.map.required("targets", "where the model can be had");
  auto maps = targets.maps();
  for (auto& map : maps) model.targets.push_back(read_target(map, providers));
  if (targets.empty_list()) targets.problem("at least one target is needed");
  if (model.targets.size() > most_targets) targets.problem("a model has at most 64 targets");
  const auto strategy = entry.map.optional("strategy", "which target is asked first: the first, or one drawn by weight; the others when it fails before its first token", "fallback").one_of(strategies, "fallback");
  model.strategy = strategy == "weighted" ? Strategy::weighted : Strategy::fallback;
  read_patience(entry.map, model.patience);
  return model;
}

}  // namespace

std::vector<ModelConfig> read_models(config::Map& parent, std::span<const std::string> providers) {
  const std::vector<std::string_view> names(providers.begin(), providers.end());
  std::vector<ModelConfig> result;
  auto entries = parent.optional("models", "what clients may ask for, by the names they use").entries();
  for (auto& entry : entries) result.push_back(read_model(entry, names));
  return result;
}

}  // namespace genai::routing

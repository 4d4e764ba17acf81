#include "features/routing/config.hpp"

#include <algorithm>

#include "domain/catalog/rates_config.hpp"
#include "platform/config/config.hpp"

namespace genai::routing {
namespace {

constexpr std::size_t longest_name = 256;

Target read_target(config::Map& map, std::span<const std::string_view> providers) {
  Target target;
  target.provider = map.required("provider", "who is asked: a name below `providers`").name_among(providers);
  const auto model = map.required("model", "what that provider calls the model");
  target.model = model.text_or("");
  if (model.present() && (target.model.empty() || target.model.size() > longest_name)) model.problem("a model's name has 1 to 256 bytes");
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
}

ModelConfig read_model(config::Named& entry, std::span<const std::string_view> providers) {
  ModelConfig model;
  model.name = entry.name;
  if (entry.name.empty() || entry.name.size() > longest_name) entry.map.problem("a model's name has 1 to 256 bytes");
  const auto targets = entry.map.required("targets", "where the model can be had, in order of preference");
  auto maps = targets.maps();
  for (auto& map : maps) model.targets.push_back(read_target(map, providers));
  if (targets.empty_list()) targets.problem("at least one target is needed");
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

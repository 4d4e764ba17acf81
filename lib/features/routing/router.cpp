#include "features/routing/router.hpp"

#include <utility>

#include "platform/text/nearest.hpp"

namespace genai::routing {

Router::Router(Config config) : config_(std::move(config)) {
  for (const auto& model : config_.models) by_name_.emplace(model.name, &model);
}

Result<Plan> Router::candidates(const chat::Chat& chat) const {
  if (const auto found = by_name_.find(chat.model); found != by_name_.end()) return Plan{found->second->targets, found->second->patience};
  const bool unnamed = chat.dialect == chat::Dialect::moderations && chat.model_value.empty();
  if (const auto found = by_name_.find(config_.moderation_model); unnamed && found != by_name_.end()) return Plan{found->second->targets, found->second->patience};
  if (!config_.any_model_provider.empty()) return Plan{{Target{config_.any_model_provider, chat.model}}, {}};
  return unknown(chat.model);
}

Error Router::unknown(std::string_view model) const {
  std::vector<std::string_view> names;
  for (const auto& known : config_.models) names.push_back(known.name);
  std::string what = "The model '" + std::string(model) + "' does not exist or you do not have access to it.";
  if (const auto near = text::nearest(model, names)) what += " Did you mean '" + std::string(*near) + "'?";
  return Error{Code::model_not_found, std::move(what), "model"};
}

}  // namespace genai::routing

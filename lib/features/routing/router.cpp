#include "features/routing/router.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "platform/text/nearest.hpp"

namespace genai::routing {
namespace {

// Draws the targets one after another, each by its weight among those that are left: the first is asked as often as its weight says, and the rest stand by in
// the same proportion. Those without weight come last, in their order.
void draw(std::vector<const Target*>& targets, Rng& chance) {
  std::uint64_t left = 0;
  for (const auto* const target : targets) left += target->weight;
  for (auto place = targets.begin(); left > 0; ++place) {
    std::uint64_t ticket = chance.next() % left;  // weights are small: the bias is below 2^-30
    auto drawn = place;
    while (ticket >= (*drawn)->weight) ticket -= (*drawn++)->weight;
    left -= (*drawn)->weight;
    std::rotate(place, drawn, std::next(drawn));
  }
}

}  // namespace

Router::Router(Config config) : config_(std::move(config)) {
  for (const auto& model : config_.models) by_name_.emplace(model.name, &model);
}

const ModelConfig* Router::find(const chat::Chat& chat) const {
  if (const auto found = by_name_.find(chat.model); found != by_name_.end()) return found->second;
  const bool unnamed = chat.dialect == chat::Dialect::moderations && chat.model_value.empty();
  const auto found = unnamed ? by_name_.find(config_.moderation_model) : by_name_.end();
  return found != by_name_.end() ? found->second : nullptr;
}

Result<Plan> Router::candidates(const chat::Chat& chat, Rng& chance) const {
  Plan plan;
  if (const auto* const model = find(chat)) {
    plan.patience = model->patience;
    for (const auto& target : model->targets) plan.targets.push_back(&target);
    if (model->strategy == Strategy::weighted) draw(plan.targets, chance);
    return plan;
  }
  if (config_.any_model_provider.empty()) return unknown(chat.model);
  plan.own = std::make_unique<const Target>(Target{config_.any_model_provider, chat.model});
  plan.targets.push_back(plan.own.get());
  return plan;
}

Error Router::unknown(std::string_view model) const {
  std::vector<std::string_view> names;
  for (const auto& known : config_.models) names.push_back(known.name);
  std::string what = "The model '" + std::string(model) + "' does not exist or you do not have access to it.";
  if (const auto near = text::nearest(model, names)) what += " Did you mean '" + std::string(*near) + "'?";
  return Error{Code::model_not_found, std::move(what), "model"};
}

}  // namespace genai::routing

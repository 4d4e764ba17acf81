// From a request to an ordered plan of targets.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/error.hpp"
#include "base/rng.hpp"
#include "domain/chat/chat.hpp"
#include "features/routing/config.hpp"

namespace genai::routing {

// Where a chat may go, best first. Never empty. Its router outlives it.
struct Plan {
  std::vector<const Target*> targets;
  Patience patience{};
  std::unique_ptr<const Target> own{};  // made for this request, and then the only one of `targets`
};

struct Config {
  std::vector<ModelConfig> models;
  // Any model that is not named above goes to this provider under the name the client wrote. Empty: such a model is unknown.
  std::string any_model_provider;
  // Who moderates when a request names no model and OpenAI's usual one is not there. Empty: nobody.
  std::string moderation_model{};
};

// Immutable once made: any thread may ask.
class Router {
 public:
  explicit Router(Config config);
  // Fails with model_not_found, which names the nearest known models. `chance` decides among weights.
  Result<Plan> candidates(const chat::Chat& chat, Rng& chance) const;
  // The models that clients may ask for, in the order of the configuration.
  const std::vector<ModelConfig>& models() const { return config_.models; }

 private:
  const ModelConfig* find(const chat::Chat& chat) const;
  Error unknown(std::string_view model) const;
  const Config config_;
  std::unordered_map<std::string_view, const ModelConfig*> by_name_;
};

}  // namespace genai::routing

// What clients may ask for: the `models` part of the configuration.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "domain/catalog/price.hpp"

namespace genai::config {
class Map;
}

namespace genai::routing {

// One place where a model can be had.
struct Target {
  std::string provider;  // the name of a provider
  std::string model;     // what that provider calls it
  std::optional<catalog::Rates> price{};  // there, instead of what the provider or the catalogue says
  std::uint32_t weight = 1;  // among the targets of a model that is `weighted`; 0: only when all others failed
};

// A stream that has not said `tokens` by `within` after its first token is too slow.
struct Pace {
  std::int64_t tokens = 0;
  std::chrono::nanoseconds within{};
};

// How long a model may take; nothing: as everywhere.
struct Patience {
  std::optional<std::chrono::nanoseconds> first_token{};
  std::optional<std::chrono::nanoseconds> gap{};    // between tokens
  std::optional<std::chrono::nanoseconds> total{};  // of the whole answer
  std::optional<Pace> pace{};                       // nothing: any pace is good enough
};

enum class Strategy {
  fallback,  // the targets in their order, the next one when one fails before its first token
  weighted,  // the same, in an order that is drawn by weight for each request
};

// A model as clients name it, and its targets. Never without a target.
struct ModelConfig {
  std::string name;
  std::vector<Target> targets;
  Patience patience{};
  Strategy strategy = Strategy::fallback;
};

// Reads `models: {name: {targets: [{provider, model, weight, price}], strategy, timeouts: {first_token, gap, total, pace: {tokens, within}}}}` below `parent`. A target that names none of `providers` is a problem at its position.
// Problems go to the document's list; what is returned is only meaningful if that list stays empty.
std::vector<ModelConfig> read_models(config::Map& parent, std::span<const std::string> providers);

}  // namespace genai::routing

// What clients may ask for: the `models` part of the configuration.
#pragma once

#include <chrono>
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
};

// How long a model may take; nothing: as everywhere.
struct Patience {
  std::optional<std::chrono::nanoseconds> first_token{};
  std::optional<std::chrono::nanoseconds> gap{};    // between tokens
  std::optional<std::chrono::nanoseconds> total{};  // of the whole answer
};

// A model as clients name it, and its targets in order of preference. Never without a target.
struct ModelConfig {
  std::string name;
  std::vector<Target> targets;
  Patience patience{};
};

// Reads `models: {name: {targets: [{provider, model, price}], timeouts: {first_token, gap, total}}}` below `parent`. A target that names none of `providers` is a problem at its position.
// Problems go to the document's list; what is returned is only meaningful if that list stays empty.
std::vector<ModelConfig> read_models(config::Map& parent, std::span<const std::string> providers);

}  // namespace genai::routing

// How each type of provider is configured: what `genai help providers` shows. A test reads every example with the reader that `serve` has.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace genai::help {

struct ProviderExample {
  std::string_view type;
  std::string_view what;   // who answers there, and what is particular about it; sentences
  std::string_view lines;  // of the configuration, complete; "${env:NAME}" and "${file:NAME}" may stand in them
};

// One for each type, in the order of providers::kinds().
std::span<const ProviderExample> provider_examples();

// The topic.
std::string providers_topic();

}  // namespace genai::help

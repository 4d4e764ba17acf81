// Services that speak OpenAI's dialect in their own way: one row each.
#pragma once

#include <span>
#include <string_view>

#include "domain/wire/dialect.hpp"
#include "features/providers/kinds.hpp"

namespace genai::providers {

struct Preset {
  std::string_view name;      // in the configuration, and of the vendor whose prices hold
  std::string_view base_url;
  std::span<const Endpoint> endpoints;
  wire::Manner manner{};
};

std::span<const Preset> presets() noexcept;

}  // namespace genai::providers

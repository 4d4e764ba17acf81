// What is known of each kind of provider: one row each.
#pragma once

#include <span>
#include <string_view>

#include "domain/wire/dialect.hpp"
#include "features/providers/config.hpp"

namespace genai::providers {

struct Kind {
  ProviderType type;
  std::string_view name;        // in the configuration
  std::string_view base_url;    // where it is unless the configuration says otherwise; empty: that must
  // The dialects it speaks. What comes in another one is translated into the first.
  std::span<const chat::Dialect> dialects;
  // The field that carries the key, and what stands before it.
  std::string_view key_field;
  std::string_view key_scheme;
  std::string_view fields;      // lines that every request has
  wire::TokenLimit token_limit = wire::TokenLimit::max_completion_tokens;

  bool speaks(chat::Dialect dialect) const;
};

const Kind& kind(ProviderType type) noexcept;
std::span<const Kind> kinds() noexcept;

}  // namespace genai::providers

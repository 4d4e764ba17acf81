#include "domain/record/record.hpp"

#include <array>

namespace genai::record {

std::string_view name(Outcome outcome) noexcept {
  constexpr std::array<std::string_view, outcomes> names{"ok",      "cached",  "cancelled",   "truncated", "upstream_error",
                                                  "refused", "interrupted", "failed"};
  return names[static_cast<std::size_t>(outcome)];
}

}  // namespace genai::record

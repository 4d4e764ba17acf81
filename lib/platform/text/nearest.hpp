// "Did you mean": the nearest of a few names.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

namespace genai::text {

// Optimal string alignment distance: insertions, deletions, substitutions and swaps of neighbours, each one step. Over bytes.
std::size_t edit_distance(std::string_view a, std::string_view b);

// The name nearest to `typed` within two steps (one, if `typed` has fewer than four bytes); the first of equals. ASCII case costs nothing.
// The result views into `names`.
std::optional<std::string_view> nearest(std::string_view typed, std::span<const std::string_view> names);

}  // namespace genai::text

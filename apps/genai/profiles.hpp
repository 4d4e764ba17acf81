// What the profiles development, staging and production set: a layer just above the built-in defaults, so that everything stronger still wins.
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>

namespace genai {

inline constexpr std::array<std::string_view, 3> profile_names{"development", "staging", "production"};  // the first is the default

// A key of the configuration and its value in each profile, in the order of profile_names. A key inside a map is written with dots.
struct ProfileRow {
  std::string_view key;
  std::array<std::string_view, profile_names.size()> values;
};
std::span<const ProfileRow> profile_rows();

// The profile as a configuration file would say it; read by the same readers.
std::string profile_document(std::string_view profile);

// What holds for a key without anybody saying it, for people: "true; false in production". Empty if no profile says anything.
std::string standard_by_profile(std::string_view key);

}  // namespace genai

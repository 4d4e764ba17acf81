#include "genai/profiles.hpp"

#include <algorithm>

namespace genai {
namespace {

// One line a setting. Keys of one map stand together.
constexpr std::array<ProfileRow, 5> rows{{
    {"openai_key_variable", {"OPENAI_API_KEY", "OPENAI_API_KEY_STAGING", "OPENAI_API_KEY_PROD"}},
    {"default_model", {"gpt-4o-mini", "gpt-4o-mini", "gpt-4o"}},
    {"docs", {"true", "true", "false"}},
    {"written_keys", {"warn", "warn", "refuse"}},
    {"log.requests", {"off", "stderr", "stderr"}},
}};

std::size_t index_of(std::string_view profile) {
  return static_cast<std::size_t>(std::find(profile_names.begin(), profile_names.end(), profile) - profile_names.begin());
}

}  // namespace

std::span<const ProfileRow> profile_rows() { return rows; }

std::string profile_document(std::string_view profile) {
  std::string text, map;
  for (const auto& row : rows) {
    const auto dot = row.key.rfind('.');
    const auto parent = dot == std::string_view::npos ? std::string_view() : row.key.substr(0, dot);
    if (parent != map && !parent.empty()) text += std::string(parent) + ":\n";
    map = parent;
    text += std::string(map.empty() ? "" : "  ") + std::string(row.key.substr(dot == std::string_view::npos ? 0 : dot + 1)) + ": " +
            std::string(row.values.at(index_of(profile))) + "\n";
  }
  return text;
}

std::string standard_by_profile(std::string_view key) {
  const auto row = std::find_if(rows.begin(), rows.end(), [&](const ProfileRow& other) { return other.key == key; });
  if (row == rows.end()) return "";
  std::string text(row->values[0]);
  for (std::size_t i = 1; i < row->values.size(); ++i)
    if (row->values[i] != row->values[0]) text += "; " + std::string(row->values[i]) + " in " + std::string(profile_names[i]);
  return text;
}

}  // namespace genai

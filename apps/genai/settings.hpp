// The whole configuration of one process, resolved from its layers. Nobody below apps sees it: each module gets its own part by value.
//
// Precedence: flag > GENAI_* variable > ./genai.yaml, searched upward to the root of the git tree > $XDG_CONFIG_HOME/genai/genai.yaml >
// built-in. --config (or GENAI_CONFIG) names the one file to read instead of both. A file is read as a whole and every problem in it
// is reported together, each with file:line:column and key path; a file that cannot be understood is never partly used.
#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "features/providers/config.hpp"
#include "features/routing/config.hpp"
#include "genai/world.hpp"

namespace genai {

// What came by flag; nothing where the flag was absent.
struct SettingsFlags {
  std::optional<std::string> listen;
  std::optional<std::string> data_dir;
  std::optional<std::string> config;
  std::optional<std::string> upstream;
};

struct Settings {
  std::string listen;              // "127.0.0.1:8080", "[::1]:0": a literal address or name and a port
  std::filesystem::path data_dir;  // absolute
  std::vector<providers::ProviderConfig> providers;  // never empty; names are unique
  std::vector<routing::ModelConfig> models;          // names are unique; every target names a provider above
  bool any_model = false;  // a bare --upstream: any model name passes to `upstream_provider`, as the client wrote it
  std::string upstream_provider;                // name of that provider; empty otherwise
  std::optional<std::filesystem::path> source;  // the file that was read, if any
};

// Everything `serve` needs.
Result<Settings> read_settings(const SettingsFlags& flags, const World& world);

// The data directory alone, for commands that only read it (usage): same layers, same answer as `serve`'s.
Result<std::filesystem::path> read_data_dir(const SettingsFlags& flags, const World& world);

// The variables that the layers read, for help.
struct Variable {
  std::string_view name;
  std::string_view meaning;
};
std::span<const Variable> variables();

}  // namespace genai

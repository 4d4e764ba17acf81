// The whole configuration of one process, resolved from its layers. Nobody below apps sees it: each module gets its own part by value.
//
// Precedence: flag > GENAI_* variable > ./genai.yaml, searched upward to the root of the git tree > $XDG_CONFIG_HOME/genai/genai.yaml >
// profile > built-in. Of providers and models the layers are joined by name. --config (or GENAI_CONFIG) names the one file to read instead of
// both. Every problem in a file is reported together, each with file:line:column and key path; a file that cannot be understood is
// never partly used. A variable that is set to nothing counts as not set.
#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "domain/wire/application.hpp"
#include "engines/gateway/edge_config.hpp"
#include "engines/gateway/request_policy.hpp"
#include "features/providers/config.hpp"
#include "features/providers/egress.hpp"
#include "features/routing/config.hpp"
#include "genai/world.hpp"
#include "platform/config/resolved.hpp"

namespace genai {

// What came by flag; nothing where the flag was absent.
struct SettingsFlags {
  std::optional<std::string> listen;
  std::optional<std::string> data_dir;
  std::optional<std::string> config;
  std::optional<std::string> upstream;
  std::optional<std::string> profile{};
};

struct Settings {
  std::string profile;             // one of profile_names
  std::string listen;              // "127.0.0.1:8080", "[::1]:0": a literal address or name and a port
  std::filesystem::path data_dir;  // absolute
  std::vector<providers::ProviderConfig> providers;  // never empty; names are unique
  std::vector<routing::ModelConfig> models;          // names are unique; every target names a provider above
  std::shared_ptr<const net::Egress> egress;         // where may be connected to; null: everywhere
  gateway::RequestPolicy policy;                     // `requests`
  gateway::EdgeConfig edge;                          // `server` and `log`
  // Any model that is not among `models` goes to this provider, under the name that the client wrote; empty: there is none. After a bare --upstream
  // that is the only provider, "upstream", and `models` is empty; without any provider in the files it is "openai", if its key variable is set.
  std::string any_model_provider;
  std::string default_model;                   // of the application endpoints: one that can be routed, or empty if there is none
  bool docs = true;                            // whether /docs and /openapi.json are served
  wire::application::Config application = wire::application::usual_config();  // its model is default_model
  std::vector<std::filesystem::path> sources;  // the files that were read, from weak to strong
  std::vector<std::string> warnings;           // what a person should know, one line each
};

// Everything `serve` needs. The error holds every problem of every layer, a line each. Only who is about to serve runs the commands that say keys: what a
// configuration is worth can be seen without letting it act.
Result<Settings> read_settings(const SettingsFlags& flags, const World& world, config::Commands commands = config::Commands::look_at);

// The same, with where each value came from. No command is run.
struct ResolvedSettings {
  Settings settings;
  config::Resolved resolved;
};
Result<ResolvedSettings> resolve_settings(const SettingsFlags& flags, const World& world);

// What a configuration file may say.
config::Shape settings_shape();

// The data directory alone, for commands that only read it: same layers, same answer as `serve`'s, but what else the files say is not
// looked at, so that a report needs no keys.
Result<std::filesystem::path> read_data_dir(const SettingsFlags& flags, const World& world);

// The variables that the layers read, for help.
struct Variable {
  std::string_view name;
  std::string_view meaning;
};
std::span<const Variable> variables();

}  // namespace genai

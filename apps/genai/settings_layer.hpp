// One layer of the settings: what a file, or a profile, says. Private to settings.cpp.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "genai/settings.hpp"
#include "platform/config/config.hpp"

namespace genai {

inline constexpr std::string_view default_listen = "127.0.0.1:8080";

// A text with the place in a file where it stands.
struct Placed {
  std::string text;
  std::string place;  // "genai.yaml:3:16"; empty: not from a file
};

// What one file, or a profile, says.
struct Layer {
  std::optional<std::string> profile;
  std::optional<std::string> listen;
  std::optional<std::filesystem::path> data_dir;
  std::optional<Placed> default_model;
  std::optional<std::string> openai_key_variable;
  std::optional<bool> docs;
  std::optional<bool> refuses_written_keys;
  std::shared_ptr<const net::Egress> egress;
  std::vector<providers::ProviderConfig> providers;
  std::vector<routing::ModelConfig> models;
  gateway::EdgeConfig edge;
  wire::application::Config application;
  gateway::RequestPolicy policy;
};

// What the readers of a layer need to know besides it.
struct LayerContext {
  const World& world;
  std::filesystem::path directory;                       // relative paths start here
  std::string file;                         // as problems name it
  std::vector<std::string> known_providers;  // of weaker layers
  gateway::EdgeConfig weaker_edge{};         // of the weaker file
  gateway::RequestPolicy weaker_policy{};
  wire::application::Config weaker_application = wire::application::usual_config();
};

// Reads all keys of a document. Problems go to the document's list; what is returned is only meaningful if that list stays empty.
Layer read_layer(config::Map& root, LayerContext context);
// Which profile a document asks for.
std::optional<std::string> read_layer_profile(config::Map& root);
// The one key that commands need which only read the ledger. Nothing if it is not there.
std::optional<std::filesystem::path> read_layer_data_dir(config::Map& root, const std::filesystem::path& directory, const World& world);

// HOST:PORT as it was written, or why it cannot be one.
Result<std::string> checked_listen(const std::string& text);
Error config_error(std::string what, std::string param = {});
// A variable that is set to nothing counts as not set.
std::optional<std::string> variable(const World& world, std::string_view name);

}  // namespace genai

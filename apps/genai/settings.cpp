#include "genai/settings.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <fstream>
#include <iterator>
#include <system_error>

#include "platform/config/config.hpp"
#include "platform/net/stream.hpp"

namespace genai {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view default_listen = "127.0.0.1:8080";

// In the order of the help.
constexpr std::array<Variable, 12> all_variables{{
    {"GENAI_LISTEN", "address and port of `serve`; below --listen"},
    {"PORT", "port of `serve` on 127.0.0.1; below GENAI_LISTEN"},
    {"GENAI_DATA_DIR", "directory of the ledger; below --data-dir"},
    {"GENAI_UPSTREAM", "the one OpenAI-compatible server that answers; below --upstream"},
    {"GENAI_UPSTREAM_KEY", "the key sent to that server; never an argument"},
    {"GENAI_CONFIG", "the configuration file; below --config"},
    {"XDG_CONFIG_HOME", "where genai/genai.yaml, the user's configuration, is; else ~/.config"},
    {"XDG_DATA_HOME", "where genai, the default data directory, is; else ~/.local/share"},
    {"HOME", "the user's home directory"},
    {"COLUMNS", "width of help and tables where there is no terminal to ask"},
    {"NO_COLOR", "set to anything: no colours, ever"},
    {"TERM", "dumb: no colours"},
}};

Error config_error(std::string what, std::string param = {}) {
  return {.code = Code::config_error, .what = std::move(what), .param = std::move(param)};
}

std::optional<std::string> variable(const World& world, std::string_view name) {
  auto value = world.variable(name);
  return value && !value->empty() ? std::move(value) : std::nullopt;
}

// $XDG_..., if absolute as its specification asks, else a place below the home directory; nothing without a home.
std::optional<fs::path> base_directory(const World& world, std::string_view name, std::string_view below_home) {
  if (const auto given = variable(world, name); given && fs::path(*given).is_absolute()) return fs::path(*given);
  const auto home = variable(world, "HOME");
  if (!home) return std::nullopt;
  return fs::path(*home) / below_home;
}

bool is_file(const fs::path& path) {
  std::error_code ignored;  // what cannot be seen is not there
  return fs::is_regular_file(path, ignored);
}

bool is_there(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

// ./genai.yaml or the nearest above it, no further than the root of the git tree. Outside a git tree only ./genai.yaml: a file that
// somebody left in /tmp must not configure what runs below it.
std::optional<fs::path> project_file(const fs::path& start) {
  std::optional<fs::path> found;
  for (fs::path at = start;; at = at.parent_path()) {
    if (!found && is_file(at / "genai.yaml")) found = at / "genai.yaml";
    if (is_there(at / ".git")) return found;
    if (at == at.parent_path()) break;
  }
  const auto here = start / "genai.yaml";
  return is_file(here) ? std::optional(here) : std::nullopt;
}

// The files to read, from weak to strong.
std::vector<fs::path> config_files(const SettingsFlags& flags, const World& world) {
  const auto named = flags.config ? flags.config : variable(world, "GENAI_CONFIG");
  if (named) return {world.directory / *named};
  std::vector<fs::path> files;
  const auto user = base_directory(world, "XDG_CONFIG_HOME", ".config");
  if (user && is_file(*user / "genai" / "genai.yaml")) files.push_back(*user / "genai" / "genai.yaml");
  if (auto project = project_file(world.directory)) files.push_back(*std::move(project));
  return files;
}

// How errors name a file: as the user would from where they stand.
std::string shown(const fs::path& file, const World& world) {
  const auto relative = file.lexically_relative(world.directory);
  return relative.empty() || relative.native().starts_with("../../") ? file.string() : relative.string();
}

Result<std::string> read_file(const fs::path& file, const World& world) {
  std::ifstream in(file, std::ios::binary);
  if (!in || fs::is_directory(file))
    return config_error(shown(file, world) + ": cannot be read: " + (in ? "it is a directory" : std::system_category().message(errno)));
  return std::string(std::istreambuf_iterator<char>(in), {});
}

Result<std::string> checked_listen(const std::string& text) {
  const auto endpoint = net::parse_endpoint(text);
  if (!endpoint) return config_error("expected HOST:PORT such as 127.0.0.1:8080 or [::1]:0, found '" + text.substr(0, 64) + "'");
  return text;
}

// What one file says.
struct Layer {
  std::optional<std::string> listen;
  std::optional<fs::path> data_dir;
  std::vector<providers::ProviderConfig> providers;
  std::vector<routing::ModelConfig> models;
  gateway::EdgeConfig edge;
};

std::optional<fs::path> read_layer_data_dir(config::Map& root, const fs::path& file, const World& world) {
  const auto value = root.optional("data_dir");
  if (!value.present()) return std::nullopt;
  const auto text = value.text_or(".");
  if (text.empty()) value.problem("an empty path");
  const auto home = variable(world, "HOME");
  if (text.starts_with("~/") && home) return fs::path(*home) / text.substr(2);
  return (file.parent_path() / text).lexically_normal();
}

std::optional<std::string> read_layer_listen(config::Map& root) {
  const auto value = root.optional("listen");
  if (!value.present()) return std::nullopt;
  auto checked = checked_listen(value.text_or(std::string(default_listen)));
  if (checked) return *std::move(checked);
  value.problem(checked.error().what);
  return std::nullopt;
}

Layer read_layer(config::Document& document, const fs::path& file, std::vector<std::string> known_providers, gateway::EdgeConfig weaker_edge, const World& world) {
  auto root = document.root();
  Layer layer;
  layer.listen = read_layer_listen(root);
  layer.data_dir = read_layer_data_dir(root, file, world);
  layer.edge = gateway::read_edge(root, std::move(weaker_edge));
  layer.providers = providers::read_providers(root);
  for (const auto& provider : layer.providers) known_providers.push_back(provider.name);
  layer.models = routing::read_models(root, known_providers);
  return layer;
}

// The stronger layer's entries replace those of the same name.
template <class Config>
void join_by_name(std::vector<Config>& weak, std::vector<Config> strong) {
  for (auto& config : strong) {
    const auto same = std::find_if(weak.begin(), weak.end(), [&](const Config& other) { return other.name == config.name; });
    if (same == weak.end())
      weak.push_back(std::move(config));
    else
      *same = std::move(config);
  }
}

std::vector<std::string> names(const std::vector<providers::ProviderConfig>& providers) {
  std::vector<std::string> result;
  for (const auto& provider : providers) result.push_back(provider.name);
  return result;
}

Result<fs::path> default_data_dir(const World& world) {
  auto base = base_directory(world, "XDG_DATA_HOME", ".local/share");
  if (base) return *base / "genai";
  return config_error("no place for the ledger: neither XDG_DATA_HOME nor HOME is set\nhint: name one with --data-dir DIR", "--data-dir");
}

// From flag or variable; nothing if neither says.
std::optional<fs::path> data_dir_above_files(const SettingsFlags& flags, const World& world) {
  const auto given = flags.data_dir ? flags.data_dir : variable(world, "GENAI_DATA_DIR");
  if (!given) return std::nullopt;
  return (world.directory / *given).lexically_normal();
}

Result<std::optional<std::string>> port_variable(const World& world) {
  const auto text = variable(world, "PORT");
  if (!text) return std::optional<std::string>();
  std::uint16_t port = 0;
  const auto [end, failure] = std::from_chars(text->data(), text->data() + text->size(), port);
  if (failure != std::errc() || end != text->data() + text->size()) return config_error("PORT: expected a number from 0 to 65535", "PORT");
  return std::optional("127.0.0.1:" + *text);
}

// From flag or variable; nothing if neither says.
Result<std::optional<std::string>> listen_above_files(const SettingsFlags& flags, const World& world) {
  const auto given = flags.listen ? flags.listen : variable(world, "GENAI_LISTEN");
  if (!given) return port_variable(world);
  auto checked = checked_listen(*given);
  if (!checked) return config_error((flags.listen ? "--listen: " : "GENAI_LISTEN: ") + checked.error().what, "--listen");
  return std::optional(*std::move(checked));
}

// The embedded model: there without any configuration, unless the file gives its name another meaning.
void add_embedded(Settings& settings) {
  const auto named_sim = [](const auto& config) { return config.name == "sim"; };
  if (std::none_of(settings.providers.begin(), settings.providers.end(), named_sim)) {
    providers::ProviderConfig sim;
    sim.name = "sim";
    sim.type = providers::ProviderType::sim;
    settings.providers.push_back(std::move(sim));
  }
  if (std::none_of(settings.models.begin(), settings.models.end(), named_sim))
    settings.models.push_back({.name = "sim", .targets = {{.provider = "sim", .model = "sim"}}});
}

Result<void> use_upstream(Settings& settings, const std::string& url, std::string_view said_by, const World& world) {
  auto base_url = providers::check_base_url(url, providers::PlainHttp::loopback_only);
  if (!base_url) return config_error(std::string(said_by) + ": " + base_url.error().what, "--upstream");
  providers::ProviderConfig upstream;
  upstream.name = "upstream";
  upstream.base_url = *std::move(base_url);
  if (auto key = variable(world, "GENAI_UPSTREAM_KEY")) upstream.api_key = Secret(*std::move(key));
  settings.providers.clear();
  settings.models.clear();
  settings.providers.push_back(std::move(upstream));
  settings.any_model = true;
  return {};
}

Result<void> apply_files(Settings& settings, const std::vector<fs::path>& files, const World& world) {
  for (const auto& file : files) {
    const auto text = read_file(file, world);
    if (!text) return text.error();
    auto document = config::Document::parse(*text, shown(file, world), {.variable = world.variable, .directory = file.parent_path()});
    auto layer = read_layer(document, file, names(settings.providers), settings.edge, world);
    if (auto error = document.error()) return *std::move(error);
    if (layer.listen) settings.listen = *std::move(layer.listen);
    if (layer.data_dir) settings.data_dir = *std::move(layer.data_dir);
    settings.edge = std::move(layer.edge);
    join_by_name(settings.providers, std::move(layer.providers));
    join_by_name(settings.models, std::move(layer.models));
    settings.sources.push_back(file);
  }
  return {};
}

}  // namespace

Result<Settings> read_settings(const SettingsFlags& flags, const World& world) {
  Settings settings;
  settings.listen = default_listen;
  auto files = apply_files(settings, config_files(flags, world), world);
  if (!files) return files.error();
  auto listen = listen_above_files(flags, world);
  if (!listen) return listen.error();
  if (*listen) settings.listen = **std::move(listen);
  if (auto data_dir = data_dir_above_files(flags, world)) settings.data_dir = *std::move(data_dir);
  if (settings.data_dir.empty()) {
    auto data_dir = default_data_dir(world);
    if (!data_dir) return data_dir.error();
    settings.data_dir = *std::move(data_dir);
  }
  const auto upstream = flags.upstream ? flags.upstream : variable(world, "GENAI_UPSTREAM");
  if (!upstream) {
    add_embedded(settings);
    settings.application.model = settings.models.front().name;
    return settings;
  }
  auto used = use_upstream(settings, *upstream, flags.upstream ? "--upstream" : "GENAI_UPSTREAM", world);
  if (!used) return used.error();
  return settings;
}

Result<fs::path> read_data_dir(const SettingsFlags& flags, const World& world) {
  if (auto data_dir = data_dir_above_files(flags, world)) return *std::move(data_dir);
  std::optional<fs::path> found;
  for (const auto& file : config_files(flags, world)) {
    const auto text = read_file(file, world);
    if (!text) return text.error();
    auto document = config::Document::parse(*text, shown(file, world), {.variable = world.variable, .directory = file.parent_path()});
    {
      auto root = document.root();
      if (auto data_dir = read_layer_data_dir(root, file, world)) found = std::move(data_dir);
      for (const auto key : {"listen", "providers", "models", "server", "log"}) root.optional(key);
    }
    if (auto error = document.error()) return *std::move(error);
  }
  return found ? Result<fs::path>(*std::move(found)) : default_data_dir(world);
}

std::span<const Variable> variables() { return all_variables; }

}  // namespace genai

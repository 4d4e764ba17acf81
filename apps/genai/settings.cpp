#include "genai/settings.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <fstream>
#include <iterator>
#include <sstream>
#include <system_error>

#include "genai/profiles.hpp"
#include "genai/settings_layer.hpp"
#include "platform/config/config.hpp"
#include "platform/net/stream.hpp"
#include "platform/text/nearest.hpp"
#include "platform/text/url.hpp"

namespace genai {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view openai_url = "https://api.openai.com/v1";
constexpr std::string_view upstream_key = "GENAI_UPSTREAM_KEY";
constexpr std::string_view embedded = "sim";  // the name of the embedded model and of its provider

// In the order of the help.
constexpr std::array<Variable, 16> all_variables{{
    {"GENAI_LISTEN", "address and port of `serve`; below --listen"},
    {"PORT", "port of `serve` on 127.0.0.1; below GENAI_LISTEN"},
    {"GENAI_DATA_DIR", "directory of the ledger; below --data-dir"},
    {"GENAI_UPSTREAM", "the one OpenAI-compatible server that answers; below --upstream"},
    {"GENAI_UPSTREAM_KEY", "the key sent to that server; never an argument"},
    {"GENAI_CONFIG", "the configuration file; below --config"},
    {"GENAI_PROFILE", "development, staging or production; below --profile"},
    {"HTTPS_PROXY", "http://[USER:PASSWORD@]HOST:PORT, the proxy to providers with https; https_proxy is stronger"},
    {"http_proxy", "the same to providers with plain http; in lower case only"},
    {"NO_PROXY", "hosts, .DOMAINs, addresses and ranges that are reached directly, with commas between them; * is all; no_proxy is stronger"},
    {"XDG_CONFIG_HOME", "where genai/genai.yaml, the user's configuration, is; else ~/.config"},
    {"XDG_DATA_HOME", "where genai, the default data directory, is; else ~/.local/share"},
    {"HOME", "the user's home directory"},
    {"COLUMNS", "width of help and tables where there is no terminal to ask"},
    {"NO_COLOR", "set to anything: no colours, ever"},
    {"TERM", "dumb: no colours"},
}};

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
  std::string text(config::max_document_bytes + 1, '\0');  // one byte too many is enough to be refused
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  return text;
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

// All that is wrong, in the order in which it was found.
class Problems {
 public:
  void add(const Error& error) {
    if (!first_) first_ = error;
    else first_->what += "\n" + error.what;
  }
  // Takes the value out of a result, or its error.
  template <class T>
  std::optional<T> take(Result<T> result) {
    if (result) return *std::move(result);
    add(result.error());
    return std::nullopt;
  }
  const std::optional<Error>& error() const { return first_; }

 private:
  std::optional<Error> first_;
};

config::Path key(std::initializer_list<std::string_view> keys) {
  config::Path path;
  for (const auto name : keys) path.push_back({config::Step::Kind::key, std::string(name)});
  return path;
}

config::Path provider_key(std::string_view provider, std::string_view name) {
  return {{config::Step::Kind::key, "providers"}, {config::Step::Kind::entry, std::string(provider)}, {config::Step::Kind::key, std::string(name)}};
}

// From layers to what holds. Each step writes the settings and, beside them, what they look like and who says so.
class Resolution {
 public:
  Resolution(const SettingsFlags& flags, const World& world, config::Commands commands) : flags_(flags), world_(world), commands_(commands), resolved_(settings_shape()) {}

  Result<ResolvedSettings> resolve() {
    read_files();
    settings_.listen = default_listen;
    choose_profile();
    read_layers();
    choose_listen();
    choose_data_dir();
    choose_providers();
    if (!problems_.error()) choose_default_model();
    judge_written_keys();
    if (!problems_.error()) choose_ways();
    if (problems_.error()) return *problems_.error();
    return ResolvedSettings{std::move(settings_), std::move(resolved_)};
  }

 private:
  void read_files();
  void choose_profile();
  void read_layers();
  void read_one(const std::string& text, const std::string& name, const fs::path& directory, bool is_file);
  void apply(Layer layer);
  void choose_listen();
  void choose_data_dir();
  void choose_providers();
  void choose_default_model();
  void judge_written_keys();
  void choose_ways();
  void use_upstream(const std::string& url, bool by_flag);
  void use_openai();
  void find_openai_keys();
  void use_key(providers::ProviderConfig& provider, const std::string& name);
  void add_embedded();
  void add_provider(providers::ProviderConfig provider, const std::string& origin);
  void add_model(const std::string& name, const std::string& provider, const std::string& model, const std::string& origin);
  bool can_be_routed(const std::string& model) const;
  config::Sources variables() const { return {.variable = world_.variable, .directory = world_.directory}; }

  const SettingsFlags& flags_;
  const World& world_;
  const config::Commands commands_;
  Settings settings_;
  config::Resolved resolved_;
  Problems problems_;
  std::vector<std::string> files_;  // the texts of settings_.sources
  std::optional<Placed> default_model_;
  std::string openai_key_variable_;
  bool refuses_written_keys_ = false;
};

void Resolution::read_files() {
  for (const auto& file : config_files(flags_, world_)) {
    auto text = problems_.take(read_file(file, world_));
    if (!text) continue;
    settings_.sources.push_back(file);
    files_.push_back(*std::move(text));
  }
}

// What the file says of its profile, before it is read for everything else: the profile's layer comes first.
std::optional<std::string> profile_in(const std::string& text, const config::Sources& sources) {
  auto document = config::Document::parse(text, "", sources);
  auto root = document.root();
  root.ignore_rest();
  return read_layer_profile(root);
}

void Resolution::choose_profile() {
  settings_.profile = profile_names[0];
  for (std::size_t i = 0; i < files_.size(); ++i)
    if (auto said = profile_in(files_[i], {.variable = world_.variable, .directory = settings_.sources[i].parent_path()})) settings_.profile = *std::move(said);
  const auto given = flags_.profile ? flags_.profile : variable(world_, "GENAI_PROFILE");
  if (!given) return;
  const std::string by = flags_.profile ? "--profile" : "GENAI_PROFILE";
  if (std::find(profile_names.begin(), profile_names.end(), *given) != profile_names.end()) {
    settings_.profile = *given;
    return;
  }
  const auto near = text::nearest(*given, profile_names);
  problems_.add(config_error(by + ": unknown profile '" + given->substr(0, 64) + "'; " +
                                 (near ? "did you mean " + std::string(*near) + "?" : "known are development, staging, production"),
                             "--profile"));
}

// From weak to strong: the profile, then the files.
void Resolution::read_layers() {
  read_one(profile_document(settings_.profile), "profile " + settings_.profile, world_.directory, false);
  for (std::size_t i = 0; i < files_.size(); ++i) read_one(files_[i], shown(settings_.sources[i], world_), settings_.sources[i].parent_path(), true);
  if (flags_.profile) resolved_.set(key({"profile"}), config::Kind::word, settings_.profile, "flag --profile");
  else if (variable(world_, "GENAI_PROFILE")) resolved_.set(key({"profile"}), config::Kind::word, settings_.profile, "variable GENAI_PROFILE");
}

void Resolution::read_one(const std::string& text, const std::string& name, const fs::path& directory, bool is_file) {
  std::vector<std::string> known_providers{std::string(embedded)};
  for (const auto& provider : settings_.providers) known_providers.push_back(provider.name);
  auto document = config::Document::parse(text, name, {.variable = world_.variable, .directory = directory, .commands = commands_});
  Layer layer;
  {
    auto root = document.root();
    layer = read_layer(root, {world_, directory, is_file ? name : "", std::move(known_providers), settings_.edge, settings_.policy, settings_.application});
  }
  if (auto error = document.error()) problems_.add(*error);
  resolved_.add(document.readings(), name, is_file);
  apply(std::move(layer));
}

void Resolution::apply(Layer layer) {
  if (layer.listen) settings_.listen = *std::move(layer.listen);
  if (layer.data_dir) settings_.data_dir = *std::move(layer.data_dir);
  if (layer.default_model) default_model_ = *std::move(layer.default_model);
  if (layer.openai_key_variable) openai_key_variable_ = *std::move(layer.openai_key_variable);
  if (layer.docs) settings_.docs = *layer.docs;
  if (layer.refuses_written_keys) refuses_written_keys_ = *layer.refuses_written_keys;
  if (layer.egress) settings_.egress = std::move(layer.egress);
  settings_.edge = std::move(layer.edge);
  settings_.policy = layer.policy;
  settings_.application = std::move(layer.application);
  join_by_name(settings_.providers, std::move(layer.providers));
  join_by_name(settings_.models, std::move(layer.models));
}

void Resolution::choose_listen() {
  auto above = problems_.take(listen_above_files(flags_, world_));
  if (!above || !*above) return;
  settings_.listen = **std::move(above);
  const auto* by = flags_.listen ? "flag --listen" : variable(world_, "GENAI_LISTEN") ? "variable GENAI_LISTEN" : "variable PORT";
  resolved_.set(key({"listen"}), config::Kind::text, settings_.listen, by);
}

void Resolution::choose_data_dir() {
  if (auto above = data_dir_above_files(flags_, world_)) {
    settings_.data_dir = *std::move(above);
    resolved_.set(key({"data_dir"}), config::Kind::text, settings_.data_dir, flags_.data_dir ? "flag --data-dir" : "variable GENAI_DATA_DIR");
  } else if (settings_.data_dir.empty()) {
    if (auto standard = problems_.take(default_data_dir(world_))) settings_.data_dir = *std::move(standard);
    resolved_.set(key({"data_dir"}), config::Kind::text, settings_.data_dir, "default");
  } else {
    resolved_.show_as(key({"data_dir"}), settings_.data_dir);
  }
}

void Resolution::choose_providers() {
  const auto upstream = flags_.upstream ? flags_.upstream : variable(world_, "GENAI_UPSTREAM");
  if (upstream) return use_upstream(*upstream, flags_.upstream.has_value());
  if (settings_.providers.empty()) use_openai();
  find_openai_keys();
  add_embedded();
}

void Resolution::use_upstream(const std::string& url, bool by_flag) {
  auto base_url = providers::check_base_url(url, providers::PlainHttp::loopback_only);
  if (!base_url) return problems_.add(config_error((by_flag ? "--upstream: " : "GENAI_UPSTREAM: ") + base_url.error().what, "--upstream"));
  settings_.providers.clear();
  settings_.models.clear();
  resolved_.clear(key({"providers"}));
  resolved_.clear(key({"models"}));
  providers::ProviderConfig upstream;
  upstream.name = settings_.any_model_provider = "upstream";
  upstream.base_url = *std::move(base_url);
  add_provider(std::move(upstream), by_flag ? "flag --upstream" : "variable GENAI_UPSTREAM");
  if (variable(world_, upstream_key)) use_key(settings_.providers.back(), std::string(upstream_key));
}

// Nothing is configured, but there is a key: OpenAI answers what it is asked for. Only if this program can reach it.
void Resolution::use_openai() {
  auto base_url = providers::check_base_url(openai_url, providers::PlainHttp::loopback_only);
  if (!base_url || !variable(world_, openai_key_variable_)) return;
  providers::ProviderConfig openai;
  openai.name = settings_.any_model_provider = "openai";
  openai.type = providers::ProviderType::openai;
  openai.base_url = *std::move(base_url);
  const auto origin = "variable " + openai_key_variable_;
  add_provider(std::move(openai), origin);
  if (default_model_ && can_be_routed(default_model_->text)) add_model(default_model_->text, "openai", default_model_->text, origin);
}

// A key that nobody named goes nowhere unencrypted but to this machine.
bool is_private(const std::string& base_url) {
  const auto url = text::parse_url(base_url);
  return url && (url->scheme == "https" || text::is_loopback(url->host));
}

void Resolution::find_openai_keys() {
  for (auto& provider : settings_.providers) {
    if (provider.type != providers::ProviderType::openai || !provider.api_key.empty() || provider.passthrough_credentials) continue;
    if (!is_private(provider.base_url)) {
      settings_.warnings.push_back("provider '" + provider.name + "' has no api_key; that of the environment is not sent over plain http to another machine");
    } else if (!variable(world_, openai_key_variable_)) {
      settings_.warnings.push_back("provider '" + provider.name + "' has no api_key, and " + openai_key_variable_ + " is not set");
    } else {
      use_key(provider, openai_key_variable_);
    }
  }
}

void Resolution::use_key(providers::ProviderConfig& provider, const std::string& name) {
  auto secret = problems_.take(config::secret_variable(name, variables()));
  if (!secret) return;
  provider.api_key = *std::move(secret);
  resolved_.set(provider_key(provider.name, "api_key"), config::Kind::secret, "<secret from env:" + name + ">", "variable " + name);
}

// The embedded model: there without any configuration, unless the file gives its name another meaning.
void Resolution::add_embedded() {
  const auto named_sim = [](const auto& config) { return config.name == embedded; };
  if (std::none_of(settings_.providers.begin(), settings_.providers.end(), named_sim)) {
    providers::ProviderConfig sim;
    sim.name = embedded;
    sim.type = providers::ProviderType::sim;
    add_provider(std::move(sim), "default");
  }
  if (std::none_of(settings_.models.begin(), settings_.models.end(), named_sim))
    add_model(std::string(embedded), std::string(embedded), std::string(embedded), "default");
}

void Resolution::add_provider(providers::ProviderConfig provider, const std::string& origin) {
  resolved_.set(provider_key(provider.name, "type"), config::Kind::word, std::string(providers::name(provider.type)), origin);
  resolved_.set(provider_key(provider.name, "base_url"), config::Kind::text, provider.base_url, origin);
  settings_.providers.push_back(std::move(provider));
}

void Resolution::add_model(const std::string& name, const std::string& provider, const std::string& model, const std::string& origin) {
  config::Path target{{config::Step::Kind::key, "models"}, {config::Step::Kind::entry, name}, {config::Step::Kind::key, "targets"}, {config::Step::Kind::item}};
  for (const auto& [word, value] : {std::pair("provider", provider), std::pair("model", model)}) {
    auto path = target;
    path.push_back({config::Step::Kind::key, word});
    resolved_.set(path, config::Kind::text, value, origin);
  }
  target.push_back({config::Step::Kind::key, "weight"});
  resolved_.set(target, config::Kind::integer, "1", "default");
  const config::Path strategy{{config::Step::Kind::key, "models"}, {config::Step::Kind::entry, name}, {config::Step::Kind::key, "strategy"}};
  resolved_.set(strategy, config::Kind::word, "fallback", "default");
  settings_.models.push_back({.name = name, .targets = {{.provider = provider, .model = model}}});
}

bool Resolution::can_be_routed(const std::string& model) const {
  const auto named = [&](const auto& config) { return config.name == model; };
  return !model.empty() && (!settings_.any_model_provider.empty() || std::any_of(settings_.models.begin(), settings_.models.end(), named));
}

// What a profile wishes holds only where it can be had; what a file says has to be there.
void Resolution::choose_default_model() {
  const bool wished = default_model_ && default_model_->place.empty();
  const bool is_upstream = settings_.any_model_provider == "upstream";  // whose models nobody knows
  if (default_model_ && can_be_routed(default_model_->text) && !(wished && is_upstream)) {
    settings_.default_model = default_model_->text;
    return;
  }
  if (default_model_ && !wished) {
    std::vector<std::string_view> names;
    for (const auto& model : settings_.models) names.push_back(model.name);
    const auto near = text::nearest(default_model_->text, names);
    return problems_.add(config_error(default_model_->place + ": default_model: no model has this name" + (near ? "; did you mean " + std::string(*near) + "?" : "")));
  }
  if (!settings_.models.empty()) settings_.default_model = settings_.models.front().name;
  resolved_.set(key({"default_model"}), config::Kind::text, settings_.default_model, "default");
}

void Resolution::judge_written_keys() {
  constexpr std::string_view how = "; write \"${env:NAME}\", \"${file:PATH}\" or \"${command:PROGRAM ARGUMENTS}\" instead";
  for (const auto& provider : settings_.providers) {
    if (provider.key_source.kind != config::SecretSource::Kind::written) continue;
    const auto what = "provider '" + provider.name + "': its api_key is written out in a file";
    if (refuses_written_keys_) problems_.add(config_error(what + ", which written_keys: refuse forbids" + std::string(how), "providers." + provider.name + ".api_key"));
    else settings_.warnings.push_back(what + ", where all who may read it find it" + std::string(how));
  }
}

// How providers are reached, and whether they may be.
void Resolution::choose_ways() {
  const auto of = [this](std::string_view first, std::string_view second) {
    auto value = variable(world_, first);
    return value ? value : variable(world_, second);
  };
  const providers::ProxyVariables said{.http = variable(world_, "http_proxy"), .https = of("https_proxy", "HTTPS_PROXY"), .none = of("no_proxy", "NO_PROXY")};
  if (auto used = providers::use_proxies(settings_.providers, said); !used) return problems_.add(used.error());
  for (const auto& provider : settings_.providers) {
    if (provider.way != providers::Way::environment || !provider.proxy) continue;
    const std::string name = provider.base_url.starts_with("http:") ? "http_proxy" : variable(world_, "https_proxy") ? "https_proxy" : "HTTPS_PROXY";
    resolved_.set(provider_key(provider.name, "proxy"), config::Kind::text, "${env:" + name + "}", "variable " + name);
  }
  if (!settings_.egress) return;
  if (auto checked = providers::check_egress(settings_.providers, *settings_.egress); !checked) problems_.add(checked.error());
}

}  // namespace

Result<ResolvedSettings> resolve_settings(const SettingsFlags& flags, const World& world) { return Resolution(flags, world, config::Commands::look_at).resolve(); }

Result<Settings> read_settings(const SettingsFlags& flags, const World& world, config::Commands commands) {
  auto resolved = Resolution(flags, world, commands).resolve();
  if (!resolved) return resolved.error();
  auto& settings = resolved->settings;
  settings.application.model = settings.default_model;
  return std::move(settings);
}

config::Shape settings_shape() {
  std::istringstream in;
  std::ostringstream out;
  const SystemClock clock;
  const auto nothing = [](std::string_view) { return std::optional<std::string>(); };
  const World world{in, out, out, clock, nothing, "/"};
  return config::describe([&](config::Map& root) { read_layer(root, {world, "/", "", {}}); });
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
      root.ignore_rest();
      if (auto data_dir = read_layer_data_dir(root, file.parent_path(), world)) found = std::move(data_dir);
    }
    if (auto error = document.error()) return *std::move(error);
  }
  return found ? Result<fs::path>(*std::move(found)) : default_data_dir(world);
}

std::span<const Variable> variables() { return all_variables; }

}  // namespace genai

#include "genai/settings_layer.hpp"

#include <algorithm>
#include <array>

#include "engines/gateway/application_config.hpp"
#include "genai/profiles.hpp"
#include "platform/net/stream.hpp"

namespace genai {
namespace {

namespace fs = std::filesystem;

std::optional<std::string> read_layer_listen(config::Map& root) {
  const auto value = root.optional("listen", "HOST:PORT where `serve` listens; port 0 picks a free one", default_listen);
  if (!value.present()) return std::nullopt;
  auto checked = checked_listen(value.text_or(std::string(default_listen)));
  if (checked) return *std::move(checked);
  value.problem(checked.error().what);
  return std::nullopt;
}

std::optional<Placed> read_layer_default_model(config::Map& root, const std::string& file) {
  const auto value = root.optional("default_model", "the model of application endpoints whose request names none; default: that of the profile (" +
                                    standard_by_profile("default_model") + ") if it can be had, else the first model");
  if (!value.present()) return std::nullopt;
  const auto position = value.position();
  return Placed{value.text_or(""), file.empty() ? "" : file + ":" + std::to_string(position.line) + ":" + std::to_string(position.column)};
}

bool is_variable_name(std::string_view text) {
  const auto letter = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_'; };
  const auto inside = [&](char c) { return letter(c) || (c >= '0' && c <= '9'); };
  return !text.empty() && text.size() <= 128 && letter(text[0]) && std::all_of(text.begin(), text.end(), inside);
}

std::optional<std::string> read_layer_key_variable(config::Map& root) {
  const auto value = root.optional("openai_key_variable", "the environment variable with the key of providers of type openai that have no api_key; default: " +
                                                              standard_by_profile("openai_key_variable"));
  if (!value.present()) return std::nullopt;
  auto text = value.text_or("");
  if (!is_variable_name(text)) value.problem("expected the name of an environment variable, such as OPENAI_API_KEY");
  return text;
}

std::optional<bool> read_layer_docs(config::Map& root) {
  const auto value = root.optional("docs", "whether `serve` shows its API on /docs and /openapi.json; default: " + standard_by_profile("docs"));
  if (!value.present()) return std::nullopt;
  return value.flag_or(false);
}

std::optional<bool> read_layer_written_keys(config::Map& root) {
  constexpr std::array<std::string_view, 2> words{"warn", "refuse"};
  const auto value = root.optional("written_keys", "what happens to an api_key that is written out in a file instead of being read by reference; default: " + standard_by_profile("written_keys"));
  if (!value.present()) return std::nullopt;
  return value.one_of(words, "warn") == "refuse";
}

}  // namespace

Error config_error(std::string what, std::string param) {
  return {.code = Code::config_error, .what = std::move(what), .param = std::move(param)};
}

std::optional<std::string> variable(const World& world, std::string_view name) {
  auto value = world.variable(name);
  return value && !value->empty() ? std::move(value) : std::nullopt;
}

Result<std::string> checked_listen(const std::string& text) {
  const auto endpoint = net::parse_endpoint(text);
  if (!endpoint) return config_error("expected HOST:PORT such as 127.0.0.1:8080 or [::1]:0, found '" + text.substr(0, 64) + "'");
  return text;
}

std::optional<std::string> read_layer_profile(config::Map& root) {
  const auto value = root.optional("profile", "which defaults hold", std::string(profile_names[0]));
  if (!value.present()) return std::nullopt;
  return value.one_of(profile_names, profile_names[0]);
}

std::optional<fs::path> read_layer_data_dir(config::Map& root, const fs::path& directory, const World& world) {
  const auto value = root.optional("data_dir", "where the usage ledger is; relative to this file", "~/.local/share/genai");
  if (!value.present()) return std::nullopt;
  const auto text = value.text_or(".");
  if (text.empty()) value.problem("an empty path");
  const auto home = variable(world, "HOME");
  if (text.starts_with("~/") && home) return fs::path(*home) / text.substr(2);
  return (directory / text).lexically_normal();
}

Layer read_layer(config::Map& root, LayerContext context) {
  Layer layer;
  layer.profile = read_layer_profile(root);
  layer.listen = read_layer_listen(root);
  layer.data_dir = read_layer_data_dir(root, context.directory, context.world);
  layer.default_model = read_layer_default_model(root, context.file);
  layer.openai_key_variable = read_layer_key_variable(root);
  layer.docs = read_layer_docs(root);
  layer.refuses_written_keys = read_layer_written_keys(root);
  layer.egress = providers::read_egress(root);
  layer.edge = gateway::read_edge(root, std::move(context.weaker_edge));
  layer.policy = gateway::read_request_policy(root, context.weaker_policy);
  layer.application = gateway::read_application(root, std::move(context.weaker_application));
  layer.providers = providers::read_providers(root);
  for (const auto& provider : layer.providers) context.known_providers.push_back(provider.name);
  layer.models = routing::read_models(root, context.known_providers);
  return layer;
}

}  // namespace genai

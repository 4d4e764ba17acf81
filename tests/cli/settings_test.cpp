#include "genai/settings.hpp"

#include <sstream>

#include "base/clock.hpp"
#include "cli/process.hpp"
#include "genai/profiles.hpp"
#include "genai/starting_config.hpp"
#include "test.hpp"

using namespace genai;
namespace fs = std::filesystem;

namespace {

// A machine with a home, a git tree and a place inside it where the command starts.
struct Machine {
  test::Directory root;
  test::Variables variables{{"HOME", (root.path() / "home").string()}};
  std::istringstream in;
  std::ostringstream out, err;
  SystemClock clock;
  fs::path start = root.path() / "tree/below";

  Machine() {
    fs::create_directories(root.path() / "home/.config/genai");
    fs::create_directories(root.path() / "tree/.git");
    fs::create_directories(start);
  }
  void file(const std::string& path, const std::string& text) const { test::write_file(root.path() / path, text); }
  World world() {
    const auto variable = [this](std::string_view name) {
      const auto at = variables.find(std::string(name));
      return at == variables.end() ? std::nullopt : std::optional(at->second);
    };
    return World{in, out, err, clock, variable, start};
  }
  Result<Settings> settings(const SettingsFlags& flags = {}) { return read_settings(flags, world()); }
  std::string problem(const SettingsFlags& flags = {}) {
    const auto result = settings(flags);
    if (result.has_value()) return "no problem";
    CHECK(row(result.error().code).exit == 2);
    return result.error().what;
  }
};

}  // namespace

TEST_CASE("with nothing configured the embedded model answers") {
  Machine machine;
  const auto settings = machine.settings().value();
  CHECK(settings.listen == "127.0.0.1:8080");
  CHECK(settings.data_dir == machine.root.path() / "home/.local/share/genai");
  REQUIRE(settings.providers.size() == 1);
  CHECK(settings.providers[0].type == providers::ProviderType::sim);
  REQUIRE(settings.models.size() == 1);
  CHECK(settings.models[0].name == "sim");
  CHECK(settings.models[0].targets[0].provider == "sim");
  CHECK(settings.any_model_provider.empty());
  CHECK(settings.default_model == "sim");
  CHECK(settings.sources.empty());
}

TEST_CASE("flag beats variable beats project file beats user file beats built-in") {
  Machine machine;
  machine.file("home/.config/genai/genai.yaml", "listen: 127.0.0.1:1\n");
  CHECK(machine.settings().value().listen == "127.0.0.1:1");
  machine.file("tree/genai.yaml", "listen: 127.0.0.1:2\n");
  CHECK(machine.settings().value().listen == "127.0.0.1:2");
  machine.variables["PORT"] = "3";
  CHECK(machine.settings().value().listen == "127.0.0.1:3");
  machine.variables["GENAI_LISTEN"] = "127.0.0.1:4";
  CHECK(machine.settings().value().listen == "127.0.0.1:4");
  CHECK(machine.settings({.listen = "127.0.0.1:5", .data_dir = {}, .config = {}, .upstream = {}}).value().listen == "127.0.0.1:5");
  machine.variables["GENAI_LISTEN"] = "";
  CHECK(machine.settings().value().listen == "127.0.0.1:3");
}

TEST_CASE("providers and models of both files are joined by name") {
  Machine machine;
  machine.file("home/.config/genai/genai.yaml", "providers:\n  a: {type: sim}\n  b: {type: sim}\nmodels:\n  m: {targets: [{provider: a, model: x}]}\n");
  machine.file("tree/genai.yaml",
               "providers:\n  b: {type: openai-compatible, base_url: 'http://127.0.0.1:9/v1'}\nmodels:\n  n: {targets: [{provider: a, model: y}]}\n");
  const auto settings = machine.settings().value();
  REQUIRE(settings.providers.size() == 3);
  CHECK(settings.providers[1].base_url == "http://127.0.0.1:9/v1");
  CHECK(settings.providers[2].name == "sim");
  REQUIRE(settings.models.size() == 3);
  CHECK(settings.models[1].targets[0].provider == "a");
  CHECK(settings.sources.size() == 2);
}

TEST_CASE("--config is the one file; it has to be there") {
  Machine machine;
  machine.file("tree/genai.yaml", "listen: 127.0.0.1:2\n");
  machine.file("tree/below/other.yaml", "data_dir: data\n");
  const SettingsFlags flags{.listen = {}, .data_dir = {}, .config = "other.yaml", .upstream = {}};
  const auto settings = machine.settings(flags).value();
  CHECK(settings.listen == "127.0.0.1:8080");
  CHECK(settings.data_dir == machine.start / "data");
  machine.variables["GENAI_CONFIG"] = "none.yaml";
  CHECK(machine.settings(flags).has_value());
  CHECK(machine.problem() == "none.yaml: cannot be read: No such file or directory");
  machine.variables["GENAI_CONFIG"] = ".";
  CHECK(machine.problem().find("cannot be read: ") != std::string::npos);
}

TEST_CASE("the search upward ends at the root of the git tree, and stays here outside one") {
  Machine machine;
  machine.file("genai.yaml", "listen: 127.0.0.1:2\n");
  CHECK(machine.settings().value().listen == "127.0.0.1:8080");
  fs::remove(machine.root.path() / "tree/.git");
  CHECK(machine.settings().value().listen == "127.0.0.1:8080");
  machine.file("tree/below/genai.yaml", "listen: 127.0.0.1:3\n");
  CHECK(machine.settings().value().listen == "127.0.0.1:3");
}

TEST_CASE("the data directory: where it is relative to, and one answer for all commands") {
  Machine machine;
  const auto both = [&](const SettingsFlags& flags) {
    const auto settings = machine.settings(flags).value();
    CHECK(read_data_dir(flags, machine.world()).value() == settings.data_dir);
    return settings.data_dir;
  };
  machine.variables["XDG_DATA_HOME"] = "relative";  // not absolute: to be ignored, says its specification
  CHECK(both({}) == machine.root.path() / "home/.local/share/genai");
  machine.variables["XDG_DATA_HOME"] = "/data";
  CHECK(both({}) == "/data/genai");
  machine.file("tree/genai.yaml", "data_dir: ./ledger\n");
  CHECK(both({}) == machine.root.path() / "tree/ledger");
  machine.file("tree/genai.yaml", "data_dir: ~/ledger\n");
  CHECK(both({}) == machine.root.path() / "home/ledger");
  machine.variables["GENAI_DATA_DIR"] = "here";
  CHECK(both({}) == machine.start / "here");
  CHECK(both({.listen = {}, .data_dir = "/there", .config = {}, .upstream = {}}) == "/there");
}

TEST_CASE("a report needs no keys, and a machine without a home says what to do") {
  Machine machine;
  machine.file("tree/genai.yaml",
               "data_dir: ledger\nproviders:\n  a: {type: openai-compatible, base_url: 'http://127.0.0.1', api_key: '${env:NONE}'}\n");
  CHECK_FALSE(machine.settings().has_value());
  CHECK(read_data_dir({}, machine.world()).value() == machine.root.path() / "tree/ledger");
  fs::remove(machine.root.path() / "tree/genai.yaml");
  machine.variables.clear();
  CHECK(machine.problem() == "no place for the ledger: neither XDG_DATA_HOME nor HOME is set\nhint: name one with --data-dir DIR");
}

TEST_CASE("a bare upstream answers every model, alone") {
  Machine machine;
  machine.variables["GENAI_UPSTREAM"] = "http://127.0.0.1:8000/v1/";
  machine.variables["GENAI_UPSTREAM_KEY"] = "k-1";
  machine.variables["OPENAI_API_KEY"] = "not read";
  auto settings = machine.settings().value();
  REQUIRE(settings.providers.size() == 1);
  CHECK(settings.providers[0].name == "upstream");
  CHECK(settings.providers[0].base_url == "http://127.0.0.1:8000/v1");
  CHECK(settings.providers[0].api_key.reveal() == "k-1");
  CHECK(settings.models.empty());
  CHECK(settings.any_model_provider == "upstream");
  settings = machine.settings({.listen = {}, .data_dir = {}, .config = {}, .upstream = "http://localhost:1"}).value();
  CHECK(settings.providers[0].base_url == "http://localhost:1");
  machine.variables["GENAI_UPSTREAM"] = "https://api.example.com/v1";
  CHECK(machine.settings().value().providers[0].base_url == "https://api.example.com/v1");
  CHECK(machine.problem({.listen = {}, .data_dir = {}, .config = {}, .upstream = "http://10.0.0.1"}).find("--upstream: plain http to another machine") == 0);
}

TEST_CASE("P3: variables that cannot be understood are named") {
  Machine machine;
  machine.variables["PORT"] = "http";
  CHECK(machine.problem() == "PORT: expected a number from 0 to 65535");
  machine.variables["PORT"] = "65536";
  CHECK(machine.problem() == "PORT: expected a number from 0 to 65535");
  machine.variables["GENAI_LISTEN"] = "localhost";
  CHECK(machine.problem() == "GENAI_LISTEN: expected HOST:PORT such as 127.0.0.1:8080 or [::1]:0, found 'localhost'");
}

TEST_CASE("the profile: flag beats variable beats file beats development") {
  Machine machine;
  CHECK(machine.settings().value().profile == "development");
  machine.file("tree/genai.yaml", "profile: staging\n");
  CHECK(machine.settings().value().profile == "staging");
  machine.variables["GENAI_PROFILE"] = "production";
  CHECK(machine.settings().value().profile == "production");
  CHECK(machine.settings({.listen = {}, .data_dir = {}, .config = {}, .upstream = {}, .profile = "development"}).value().profile == "development");
  machine.variables["GENAI_PROFILE"] = "produktion";
  CHECK(machine.problem() == "GENAI_PROFILE: unknown profile 'produktion'; did you mean production?");
}

TEST_CASE("every profile is read by the readers without a problem, and knows every row") {
  for (const auto profile : profile_names) {
    Machine machine;
    machine.file("tree/genai.yaml", profile_document(profile));
    CHECK(machine.settings({.listen = {}, .data_dir = {}, .config = {}, .upstream = "http://127.0.0.1:1", .profile = {}}).has_value());
    for (const auto& row : profile_rows()) CHECK(profile_document(profile).find(std::string(row.key.substr(row.key.rfind('.') + 1)) + ": ") != std::string::npos);
  }
}

TEST_CASE("providers of type openai have their key from the variable of the profile, but not over plain http to others") {
  Machine machine;
  machine.variables["OPENAI_API_KEY"] = "k-dev";
  machine.variables["OPENAI_API_KEY_PROD"] = "k-prod";
  machine.file("tree/genai.yaml",
               "providers:\n  here: {type: openai, base_url: 'http://127.0.0.1:1/v1'}\n  far: {type: openai, base_url: 'http://10.0.0.1/v1', allow_plain_http: true}\n"
               "  own: {type: openai, base_url: 'http://127.0.0.1:1/v1', credentials: passthrough}\n  other: {type: openai-compatible, base_url: 'http://127.0.0.1:1/v1'}\n");
  auto settings = machine.settings().value();
  CHECK(settings.providers[0].api_key.reveal() == "k-dev");
  for (std::size_t i = 1; i < 4; ++i) CHECK(settings.providers[i].api_key.empty());
  REQUIRE(settings.warnings.size() == 1);
  CHECK(settings.warnings[0].find("provider 'far' has no api_key; that of the environment is not sent over plain http") == 0);
  machine.variables["GENAI_PROFILE"] = "production";
  CHECK(machine.settings().value().providers[0].api_key.reveal() == "k-prod");
  machine.variables["GENAI_PROFILE"] = "staging";
  CHECK(machine.settings().value().warnings[0] == "provider 'here' has no api_key, and OPENAI_API_KEY_STAGING is not set");
  machine.variables["OPENAI_API_KEY_STAGING"] = "two words";
  CHECK(machine.problem() == "${env:OPENAI_API_KEY_STAGING} holds a blank or control character");
}

TEST_CASE("the default model: what a file says, else what the profile wishes if it can be had, else the first") {
  Machine machine;
  const std::string two = "models:\n  first: {targets: [{provider: sim, model: sim}]}\n  gpt-4o: {targets: [{provider: sim, model: sim}]}\n";
  machine.file("tree/genai.yaml", two);
  CHECK(machine.settings().value().default_model == "first");
  machine.variables["GENAI_PROFILE"] = "production";
  CHECK(machine.settings().value().default_model == "gpt-4o");
  machine.file("tree/genai.yaml", two + "default_model: sim\n");
  CHECK(machine.settings().value().default_model == "sim");
  machine.file("tree/genai.yaml", two + "default_model: frist\n");
  CHECK(machine.problem() == "../genai.yaml:4:16: default_model: no model has this name; did you mean first?");
  machine.variables["GENAI_UPSTREAM"] = "http://127.0.0.1:1";
  CHECK(machine.settings().value().default_model == "frist");  // an upstream's models nobody knows
  machine.file("tree/genai.yaml", "");
  CHECK(machine.settings().value().default_model.empty());
}

TEST_CASE("a key in the environment is enough to reach OpenAI, where this program can") {
  Machine machine;
  machine.variables["OPENAI_API_KEY"] = "k";
  const auto settings = machine.settings().value();
  CHECK(settings.models.size() >= 1);
  if (!providers::check_base_url("https://api.openai.com/v1", providers::PlainHttp::loopback_only)) return;
  CHECK(settings.any_model_provider == "openai");
  CHECK(settings.providers[0].api_key.reveal() == "k");
  CHECK(settings.models[0].name == "gpt-4o-mini");
  machine.file("tree/genai.yaml", "providers: {a: {type: sim}}\n");
  CHECK(machine.settings().value().any_model_provider.empty());
}

TEST_CASE("problems of all layers are told together") {
  Machine machine;
  machine.file("home/.config/genai/genai.yaml", "listn: x\n");
  machine.file("tree/genai.yaml", "data-dir: x\n");
  machine.variables["PORT"] = "http";
  const auto problem = machine.problem();
  for (const auto* part : {"listn: unknown key", "data-dir: unknown key", "PORT: expected"}) CHECK(problem.find(part) != std::string::npos);
}

TEST_CASE("every key has a meaning, and what is shown is read back as the same settings") {
  const auto check = [](const auto& self, const config::Shape& map) -> void {
    for (const auto& key : map.keys) {
      INFO(key.name);
      CHECK(key.kind != config::Kind::none);
      CHECK_FALSE(key.meaning.empty());
      self(self, key);
    }
  };
  const auto shape = settings_shape();
  check(check, shape);
  for (const auto& file : {starting_config(shape), std::string("listen: '[::1]:0'\nproviders:\n  a.b: {type: openai-compatible, base_url: 'http://127.0.0.1:1/v1', "
                                                              "price: {input_usd_per_mtok: 0.1, output_usd_per_mtok: 2}}\nmodels:\n  'yes: it is': {targets: "
                                                              "[{provider: a.b, model: '010'}, {provider: sim, model: x}]}\ndefault_model: 'yes: it is'\n")}) {
    Machine machine;
    machine.file("tree/genai.yaml", file);
    const auto first = resolve_settings({}, machine.world()).value();
    machine.file("tree/genai.yaml", first.resolved.yaml(true));
    const auto again = resolve_settings({}, machine.world()).value();
    CHECK(again.resolved.json("t", false) == first.resolved.json("t", false));
    CHECK(again.settings.models.size() == first.settings.models.size());
    CHECK(again.settings.default_model == first.settings.default_model);
    CHECK(again.settings.data_dir == first.settings.data_dir);
  }
}

TEST_CASE("a profile stands below the files, above what is built in") {
  Machine machine;
  CHECK(machine.settings().value().edge.log.requests == gateway::LogConfig::Requests::off);
  CHECK(machine.settings().value().docs);
  machine.variables["GENAI_PROFILE"] = "production";
  CHECK(machine.settings().value().edge.log.requests == gateway::LogConfig::Requests::standard_error);
  CHECK_FALSE(machine.settings().value().docs);
  machine.file("tree/genai.yaml", "docs: true\nlog: {requests: 'off'}\n");
  CHECK(machine.settings().value().edge.log.requests == gateway::LogConfig::Requests::off);
  CHECK(machine.settings().value().docs);
  const auto resolved = resolve_settings({}, machine.world()).value().resolved.json("t", true);
  CHECK(resolved.find("\"log.requests\": \"../genai.yaml:2\"") != std::string::npos);
  CHECK(resolved.find("\"openai_key_variable\": \"profile production\"") != std::string::npos);
}

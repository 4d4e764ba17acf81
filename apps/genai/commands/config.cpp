// `config`: the configuration checked, shown, begun and described.
#include <fcntl.h>

#include <algorithm>

#include "genai/commands.hpp"
#include "genai/options.hpp"
#include "genai/prices.hpp"
#include "genai/profiles.hpp"
#include "genai/settings.hpp"
#include "genai/starting_config.hpp"
#include "genai/upstreams.hpp"
#include "platform/fs/file.hpp"
#include "platform/text/table.hpp"

namespace genai {
namespace {

void declare_settings(CLI::App& app, SettingsFlags& settings) {
  option::file(app, "--config", settings.config, "the configuration file to read")->envname("GENAI_CONFIG");
  option::one_of(app, "--profile", settings.profile, "which defaults hold", {profile_names.begin(), profile_names.end()})
      ->envname("GENAI_PROFILE")
      ->default_str("development");
}

void warn(const Settings& settings, World& world) {
  for (const auto& warning : settings.warnings) world.err << "warning: " << text::printable(warning) << "\n";
}

// --- check

struct CheckOptions {
  SettingsFlags settings;
  bool probe = false;
  bool all_targets = false;
  std::chrono::nanoseconds timeout = std::chrono::seconds(10);
  std::string format = "text";
};

void declare_check(CLI::App& app, CheckOptions& options) {
  declare_settings(app, options.settings);
  auto* probe = app.add_flag("--probe", options.probe, "ask each provider for one token, and say whether it answers; costs what that token costs");
  app.add_flag("--all-targets", options.all_targets, "ask every target of the models, not the first of each provider")->needs(probe);
  option::duration(app, "--timeout", options.timeout, "how long one provider may take", {.least = std::chrono::milliseconds(1), .most = std::chrono::hours(1)})->needs(probe);
  option::format(app, options.format, {"text", "json"})->needs(probe);
  app.get_option("--json")->needs(probe);
}

std::string joined(const std::vector<std::string>& parts, std::string_view between) {
  std::string text;
  for (const auto& part : parts) text += (text.empty() ? "" : std::string(between)) + part;
  return text;
}

std::string providers_of(const Settings& settings) {
  std::vector<std::string> parts;
  for (const auto& provider : settings.providers) {
    const auto where = provider.base_url.empty() ? "" : " at " + provider.base_url;
    const auto key = provider.passthrough_credentials ? ", the caller's key" : provider.api_key.empty() ? "" : ", with a key";
    parts.push_back(provider.name + " (" + std::string(name(provider.type)) + where + key + ")");
  }
  return joined(parts, ", ");
}

std::string models_of(const Settings& settings) {
  std::vector<std::string> parts;
  for (const auto& model : settings.models) {
    const bool is_weighted = model.strategy == routing::Strategy::weighted;
    std::vector<std::string> targets;
    for (const auto& target : model.targets) targets.push_back(target.provider + "/" + target.model + (is_weighted ? " x " + std::to_string(target.weight) : ""));
    parts.push_back(model.name + " (" + joined(targets, is_weighted ? " or " : ", then ") + ")");
  }
  if (!settings.any_model_provider.empty()) parts.push_back("any other (" + settings.any_model_provider + ")");
  return joined(parts, ", ");
}

void show_checked(const Settings& settings, World& world) {
  std::vector<std::string> files;
  for (const auto& file : settings.sources) files.push_back(file.lexically_proximate(world.directory).string());
  const auto line = [&](std::string_view name, const std::string& value) {
    if (!value.empty()) world.out << "  " << name << std::string(15 - name.size(), ' ') << text::printable(value) << "\n";
  };
  world.out << "ok: " << text::printable(files.empty() ? "no configuration file" : joined(files, ", ")) << "\n";
  line("profile", settings.profile);
  line("listen", settings.listen);
  line("data_dir", settings.data_dir.string());
  line("providers", providers_of(settings));
  line("models", models_of(settings));
  line("default_model", settings.default_model);
}

Result<int> run_probe(const CheckOptions& options, Settings settings, World& world) {
  if (const auto usable = prepare_upstreams(settings); !usable) return usable.error();
  auto table = load_prices(options.settings, std::nullopt, world);
  if (!table) return table.error();
  const pricing::Prices prices(std::move(*table));
  const auto targets = options.all_targets ? probe::Targets::all : probe::Targets::first_of_each_provider;
  const auto findings = probe_upstreams(settings, targets, options.timeout, prices, world);
  if (options.format == "json") {
    world.out << probe::report_json(findings);
  } else {
    show_checked(settings, world);
    world.out << "\n" << probe::report_text(findings, static_cast<std::size_t>(world.width));
  }
  const bool failed = std::any_of(findings.begin(), findings.end(), [](const auto& finding) { return finding.failed(); });
  return failed ? row(Code::check_failed).exit : 0;
}

Result<int> run_check(const CheckOptions& options, World& world) {
  auto settings = read_settings(options.settings, world, options.probe ? config::Commands::run : config::Commands::look_at);
  if (!settings) return settings.error();
  warn(*settings, world);
  if (options.probe) return run_probe(options, std::move(*settings), world);
  show_checked(*settings, world);
  return 0;
}

constexpr Example check_examples[] = {
    {.line = "genai config check", .shows = "what `genai serve` would run here"},
    {.line = "genai config init my.yaml && genai config check --config my.yaml --profile production", .shows = "one file, as production would read it"},
    {.line = "genai config check --probe --json", .shows = "does every provider answer? For scripts: exit code 1 where one does not"},
};

const Command check_command{.name = "config check",
                            .summary = "check the configuration",
                            .group = Group::meta,
                            .description = "Reads everything that `genai serve` would read, with keys and files that it refers to, and starts nothing. All problems are told at "
                                           "once with file:line:column, key and the nearest known name; exit code 2. Without problems: what would run.\n\n"
                                           "--probe then asks: each provider for one token of the first model that has it as a target (for 16, where it rejects one; for an embedding, "
                                           "where that is what it has), and a provider of no model for its list of models. It goes through the same code as `serve`, at most 8 at a time, and says what "
                                           "answered, how fast, how many tokens that took and what they cost by the list of prices; of what failed, why and what to do. It "
                                           "writes no row to the ledger: these tokens are in the provider's bill and in no report of `genai usage`. Providers with the "
                                           "callers' own keys are not asked. Exit code 1: one did not answer.",
                            .examples = check_examples,
                            .add = bind<CheckOptions, declare_check, run_check>};

// --- show

struct ShowOptions {
  SettingsFlags settings;
  bool origin = false;
  std::string format = "yaml";
};

void declare_show(CLI::App& app, ShowOptions& options) {
  declare_settings(app, options.settings);
  app.add_flag("--origin", options.origin, "say where each value came from: default, profile, file:line, variable or flag");
  option::format(app, options.format, {"yaml", "json"});
}

Result<int> run_show(const ShowOptions& options, World& world) {
  const auto resolved = resolve_settings(options.settings, world);
  if (!resolved) return resolved.error();
  warn(resolved->settings, world);
  world.out << (options.format == "json" ? resolved->resolved.json("genai.config/v1", options.origin) : resolved->resolved.yaml(options.origin));
  return 0;
}

constexpr Example show_examples[] = {
    {.line = "genai config show --origin", .shows = "every value, and who said it"},
    {.line = "genai config show --profile production --json", .shows = "what holds in production, for programs"},
};

const Command show_command{.name = "config show",
                           .summary = "show the configuration that holds",
                           .group = Group::meta,
                           .description = "What flags, variables, files, profile and defaults say together, as one configuration file. Secrets are never shown, only where they "
                                          "are read from; text with ${...} in it is shown as it was written.",
                           .examples = show_examples,
                           .add = bind<ShowOptions, declare_show, run_show>};

// --- init

struct InitOptions {
  std::string file = "genai.yaml";
  bool force = false;
};

void declare_init(CLI::App& app, InitOptions& options) {
  option::file(app, "FILE", options.file, "the file to write; - is standard output");
  app.add_flag("--force", options.force, "overwrite a file that is there");
}

Result<int> run_init(const InitOptions& options, World& world) {
  const auto text = starting_config(settings_shape());
  if (options.file == "-") {
    world.out << text;
    return 0;
  }
  const auto path = world.directory / options.file;
  std::error_code ignored;  // what cannot be seen is told when it is opened
  if (!options.force && std::filesystem::exists(std::filesystem::symlink_status(path, ignored)))
    return Error{Code::usage_error, options.file + " is there already\nhint: --force overwrites it", "FILE"};
  const auto file = fs::File::open(path, O_WRONLY | O_CREAT | (options.force ? O_TRUNC : O_EXCL));
  if (!file) return file.error();
  if (auto written = file->write_at(0, text); !written) return written.error();
  if (auto synced = file->sync_data(); !synced) return synced.error();
  world.err << "wrote " << text::printable(options.file) << "\n";
  return 0;
}

constexpr Example init_examples[] = {
    {.line = "genai config init && genai config check", .shows = "a file to begin with, which works as it is"},
    {.line = "genai config init - > my.yaml", .shows = "the same, somewhere else"},
};

const Command init_command{.name = "config init",
                           .summary = "write a configuration file to begin with",
                           .group = Group::meta,
                           .description = "Every key stands in it with its meaning and default, in comments; what is not in comments answers with the embedded model.",
                           .examples = init_examples,
                           .add = bind<InitOptions, declare_init, run_init>};

// --- schema

struct SchemaOptions {};

void declare_schema(CLI::App&, SchemaOptions&) {}

Result<int> run_schema(const SchemaOptions&, World& world) {
  world.out << config::json_schema(settings_shape(), "Configuration of genai");
  return 0;
}

constexpr Example schema_examples[] = {
    {.line = "genai config schema > genai.schema.json", .shows = "for editors"},
    {.line = "genai config schema | grep base_url", .shows = "one key"},
};

const Command schema_command{.name = "config schema",
                             .summary = "print the JSON Schema of the configuration",
                             .group = Group::meta,
                             .description = "Draft 2020-12, made from what the program itself reads. An editor with a YAML language server completes and checks genai.yaml by it "
                                            "when the file has the line `# yaml-language-server: $schema=genai.schema.json`.",
                             .examples = schema_examples,
                             .add = bind<SchemaOptions, declare_schema, run_schema>};

constexpr const Command* children[] = {&check_command, &show_command, &init_command, &schema_command};

constexpr Example examples[] = {
    {.line = "genai config init && genai config check", .shows = "a file to begin with"},
    {.line = "genai config show --origin", .shows = "what holds, and who said it"},
};

}  // namespace

const Command config_command{.name = "config",
                             .summary = "check, show, begin and describe the configuration",
                             .group = Group::meta,
                             .description = "The configuration is one YAML file, optional; `genai help configuration` explains what stands in it and what overrides it.",
                             .examples = examples,
                             .children = children};

}  // namespace genai

#include "genai/help/topics.hpp"

#include <algorithm>
#include <array>

#include "features/providers/kinds.hpp"
#include "genai/help/provider_examples.hpp"
#include "genai/profiles.hpp"
#include "genai/settings.hpp"

namespace genai::help {
namespace {

constexpr std::array<ExitCode, 7> all_exit_codes{{
    {0, "done; for a server: drained after a signal"},
    {1, "the check that was asked for failed (threshold, regression, difference)"},
    {2, "usage, configuration or input error"},
    {3, "the environment failed: files, network, a lock held by another process"},
    {4, "the measurement is not valid: the load generator itself was late"},
    {130, "interrupted by SIGINT (Ctrl-C); what was measured so far is printed"},
    {143, "ended by SIGTERM"},
}};

// "  NAME  meaning" lines with aligned names.
template <class Row>
std::string rows(std::span<const Row> table, std::string (*name)(const Row&)) {
  std::size_t width = 0;
  for (const auto& row : table) width = std::max(width, name(row).size());
  std::string result;
  for (const auto& row : table) {
    const auto left = name(row);
    result += "  " + left + std::string(width - left.size() + 2, ' ') + std::string(row.meaning) + "\n";
  }
  return result;
}

std::string environment() {
  return "A flag is stronger than a variable, a variable than a file. A variable that is set to nothing counts as not set.\n\n" +
         rows<Variable>(variables(), [](const Variable& variable) { return std::string(variable.name); }) +
         "\nThe key of providers of type openai that have no api_key is read from the variable of the profile: " +
         standard_by_profile("openai_key_variable") + ". No other key of other tools is read.\n";
}

std::string exit_code_table() {
  return rows<ExitCode>(exit_codes(), [](const ExitCode& row) { return std::to_string(row.code); }) +
         "\n130 is stronger than 4, and 4 is stronger than 1.\n";
}

std::string formatting() {
  return "Results go to standard output, everything else (progress, notes, errors) to standard error. Where a command can write its result "
         "in several forms, --format chooses one; --json is short for --format json.\n\n"
         "  text      for people; may change between versions\n"
         "  json      one document with \"schema\": \"genai.COMMAND/vN\"; keys are only added\n"
         "  csv       RFC 4180 with a head line\n"
         "  markdown  a table\n"
         "\nUnits are part of the keys: max_wait_ms, cost_nano_usd. An unknown number is null or empty, never 0. Into a pipe or file no "
         "escape byte is written; NO_COLOR is respected.\n\n"
         "Errors are one line `error: what`, often followed by one line `hint: what to do`.\n";
}

// The keys that profiles set, each with its values.
std::string profiles() {
  std::string text = "A profile (--profile, GENAI_PROFILE, `profile:` in the file, else development) sets what nobody says:\n\n";
  for (const auto& row : profile_rows()) {
    text += "  " + std::string(row.key) + "\n";
    for (std::size_t i = 0; i < profile_names.size(); ++i)
      text += "    " + std::string(profile_names[i]) + std::string(14 - profile_names[i].size(), ' ') + std::string(row.values[i]) + "\n";
  }
  return text + "\nThe default_model of a profile holds only where that model can be had; else it is the first model. The key in the variable is sent "
                "to this machine or over https, never over plain http to another one.\n\n";
}

std::string provider_types() {
  std::string text;
  for (const auto& kind : providers::kinds()) (text += text.empty() ? "" : ", ") += kind.name;
  return text;
}

std::string configuration() {
  return "One YAML file, optional. Without it `serve` answers with the embedded simulated model, so everything works with no key and no "
         "network.\n\n"
         "  listen: 127.0.0.1:8080\n"
         "  data_dir: ./genai-data           # relative to this file\n"
         "  providers:                       # who answers\n"
         "    main:\n"
         "      type: openai-compatible\n"
         "      base_url: http://127.0.0.1:8000/v1\n"
         "      api_key: ${env:MAIN_KEY}\n"
         "  models:                          # what clients ask for\n"
         "    chat: {targets: [{provider: main, model: gpt-4o}]}\n"
         "\nFrom strong to weak: flags, GENAI_* variables, genai.yaml in this directory or above it up to the root of the git tree, "
         "$XDG_CONFIG_HOME/genai/genai.yaml, the profile, built-in defaults. Providers and models of both files are joined by name. --config FILE "
         "reads that file instead of both. `genai config show --origin` says what holds and who said it, `genai config check` what is wrong, "
         "`genai config init` writes a file with every key, and `genai config schema` tells editors.\n\n" +
         profiles() +
         "A provider has these keys:\n\n"
         "  type              " + provider_types() + ": `genai help providers`\n"
         "  base_url          https://HOST[:PORT][/PATH], or http:// on this machine\n"
         "  ca                file with the certificate authorities that count behind https; default the machine's\n"
         "  proxy             http://[USER:PASSWORD@]HOST:PORT, the password by reference, or none; default that of the environment, see `genai help environment`\n"
         "  api_key           \"${env:NAME}\", \"${file:PATH}\" (read again when the file changes) or \"${command:PROGRAM ARGUMENTS}\" (run without a shell, again\n"
         "                    every api_key_refresh, 10m, and when the provider refuses the key); the key itself is warned of, see written_keys\n"
         "  credentials       passthrough: the caller's own go to the provider; default none\n"
         "  allow_plain_http  true: plain http to another machine; default false\n"
         "  price             {input_usd_per_mtok: 0.1, output_usd_per_mtok: 0.3}, and cache_read, cache_write_5m, cache_write_1h, audio_input,\n"
         "                    audio_output; of all its models. A target of a model may have one, too, which comes first\n"
         "\negress.allow lists the only hosts, *.DOMAINs, addresses and ranges, with or without :PORT, that are ever connected to, also on this machine.\n"
         "written_keys: refuse (in production) forbids keys that stand in a file.\n"
         "\n`server` and `log` have these keys; sizes are written like 32MiB, addresses like 10.0.0.0/8:\n\n"
         "  server.tls.certificate, server.tls.key  PEM files: serve https; replaced files are taken over while it runs\n"
         "  server.proxies.trusted                  addresses of proxies whose X-Forwarded-For and X-Real-IP count\n"
         "  server.proxies.protocol                 v2: they begin each connection with a PROXY v2 header; default none\n"
         "  server.cors.origins                     web pages that may read answers, like [https://app.example]; [\"*\"]: all\n"
         "  server.cors.credentials, .max_age       whether they may send credentials; how long a preflight holds, 10m\n"
         "  server.max_body                         of a request, default 32MiB\n"
         "  server.max_connections                  default 20000; server.max_connections_per_address, default 1000\n"
         "  server.ping                             how often a silent stream says that it lives, default 15s; 0: never\n"
         "  server.metrics_allow                    addresses that may read /metrics; default this machine's\n"
         "  log.requests                            off, stderr or a file: one line of JSON for each request\n"
         "\nThe cost of a request is what the provider says that it charged, else by the price given here, else by the list of `genai "
         "cost-estimate prices`: openai's for type openai. An openai-compatible server has no price of its own: what it costs is unknown "
         "until a price is given.\n"
         "\nAll problems of a file are reported at once, each as file:line:column: key: what. Unknown and duplicate keys, a second document, "
         "anchors and tags are errors; so is a secret file that everyone may read.\n";
}

constexpr std::array<Topic, 5> all_topics{{
    {"environment", "variables that are read", environment},
    {"exit-codes", "what exit codes mean", exit_code_table},
    {"formatting", "output, errors and machine-readable forms", formatting},
    {"configuration", "the configuration file and what overrides it", configuration},
    {"providers", "how each type of provider is configured", providers_topic},
}};

}  // namespace

std::span<const ExitCode> exit_codes() { return all_exit_codes; }
std::span<const Topic> topics() { return all_topics; }

const Topic* find_topic(std::string_view name) {
  const auto at = std::find_if(all_topics.begin(), all_topics.end(), [&](const Topic& topic) { return topic.name == name; });
  return at == all_topics.end() ? nullptr : &*at;
}

}  // namespace genai::help

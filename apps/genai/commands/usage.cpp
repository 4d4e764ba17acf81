#include "features/ledger/reports.hpp"
#include "genai/commands.hpp"
#include "genai/options.hpp"
#include "genai/settings.hpp"

namespace genai {
namespace {

struct Options {
  SettingsFlags settings;
  std::string by = "day";
  std::string format = "text";
  std::optional<std::string> since, until;
};

void declare(CLI::App& app, Options& options) {
  option::directory(app, "--data-dir", options.settings.data_dir, "where `genai serve` keeps its ledger")
      ->envname("GENAI_DATA_DIR")
      ->default_str("~/.local/share/genai");
  option::file(app, "--config", options.settings.config, "the configuration that names the data directory")->envname("GENAI_CONFIG");
  option::one_of(app, "--by", options.by, "what each line sums up", {"day", "user", "model"});
  option::text(app, "--since", options.since, "requests from then on: 7d, 2026-01-31 or 2026-01-31T12:30:00Z", "MOMENT");
  option::text(app, "--until", options.until, "requests before then; the same spellings", "MOMENT");
  option::format(app, options.format, {"text", "json", "csv"});
}

ledger::By by(const std::string& word) {
  if (word == "user") return ledger::By::user;
  return word == "model" ? ledger::By::model : ledger::By::day;
}

Result<std::optional<WallTime>> moment(const char* flag, const std::optional<std::string>& text, WallTime now) {
  if (!text) return std::optional<WallTime>();
  auto parsed = ledger::parse_moment(*text, now);
  if (parsed) return std::optional(*parsed);
  parsed.error().param = flag;
  parsed.error().what = std::string(flag) + ": " + parsed.error().what;
  return parsed.error();
}

std::string shown(const ledger::UsageReport& report, const std::string& format) {
  if (format == "json") return ledger::usage_json(report);
  return format == "csv" ? ledger::usage_csv(report) : ledger::usage_text(report);
}

Result<int> run(const Options& options, World& world) {
  const auto now = world.clock.wall_now();
  const auto since = moment("--since", options.since, now);
  if (!since) return since.error();
  const auto until = moment("--until", options.until, now);
  if (!until) return until.error();
  const auto dir = read_data_dir(options.settings, world);
  if (!dir) return dir.error();
  const auto report = ledger::usage_report(*dir, by(options.by), ledger::Period{*since, *until});
  if (!report) return report.error();
  if (report->lines.empty()) world.err << "no requests in " << dir->string() << " in this period\n";
  if (!report->lines.empty() || options.format != "text") world.out << shown(*report, options.format);
  return 0;
}

constexpr Example examples[] = {
    {.line = "genai usage --data-dir {dir} --by model", .shows = "requests, tokens and cost of each model", .server = Server::serve},
    {.line = "genai usage --data-dir {dir} --by user --since 7d --format csv", .shows = "the last week as a spreadsheet", .server = Server::serve},
    {.line = "genai usage --data-dir {dir} --json", .shows = "each day for programs, costs as decimal USD and integer nano-USD", .server = Server::serve},
};

}  // namespace

const Command usage_command{.name = "usage",
                            .summary = "report requests, tokens and cost by day, user or model",
                            .group = Group::report,
                            .description = "Reads the ledger of a data directory, also while `genai serve` writes it. Days are UTC. The cost of a "
                                           "model without a price is unknown, never 0: a sum that holds such requests is shown as the least it "
                                           "can be (>= $1.50, cost_at_least in JSON).",
                            .examples = examples,
                            .add = bind<Options, declare, run>};

}  // namespace genai

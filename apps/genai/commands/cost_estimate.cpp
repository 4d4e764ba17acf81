// `cost-estimate`: what traffic costs, before it is sent.
#include "engines/estimate/numbers.hpp"
#include "engines/estimate/report.hpp"
#include "features/ledger/reports.hpp"
#include "genai/commands.hpp"
#include "genai/options.hpp"
#include "genai/prices.hpp"
#include "genai/request_files.hpp"
#include "platform/text/table.hpp"

namespace genai {

extern const Command prices_command;

namespace {

using catalog::Amount;
using estimate::ModelCost;
using estimate::Numbers;
using estimate::Report;

constexpr std::size_t most_models = 100;

struct Options {
  SettingsFlags settings;
  std::vector<std::string> models;
  std::optional<std::string> prices, as_of, region;
  std::int64_t requests_per_day = 0, input = 0, output = 0, turns = 1, prefix = 0;
  std::string cached_share = "0%", batch_share = "0%", ttl = "5m", tier = "standard";
  std::optional<std::string> hit_share, max_monthly, max_per_request;
  RequestFiles files;
  std::string format = "text";
};

void declare_traffic(CLI::App& app, Options& options) {
  using estimate::most_requests_per_day, estimate::most_tokens_each, estimate::most_turns;
  option::integer(app, "--requests-per-day", options.requests_per_day, "how many such requests a day", {1, most_requests_per_day})->default_str("");
  option::integer(app, "--input", options.input, "tokens of a prompt", {0, most_tokens_each}, "TOKENS")->default_str("");
  option::integer(app, "--output", options.output, "tokens of an answer", {0, most_tokens_each}, "TOKENS");
  option::integer(app, "--turns", options.turns, "turns of a conversation: each sends the history again", {1, most_turns});
  option::text(app, "--cached-share", options.cached_share, "part of each prompt that the provider's cache holds", "SHARE");
  option::integer(app, "--cached-prefix", options.prefix, "tokens at the start of all prompts: read from the cache, or written to it", {0, most_tokens_each}, "TOKENS")->default_str("");
  option::text(app, "--cache-hit-share", options.hit_share, "part of the requests that find the prefix in the cache", "SHARE")
      ->default_str("as many as come in time, at random");
  option::one_of(app, "--cache-ttl", options.ttl, "how long the cache keeps the prefix after its last use", {"5m", "1h"});
  option::text(app, "--batch-share", options.batch_share, "part of the requests that goes to the batch endpoint", "SHARE");
  option::one_of(app, "--tier", options.tier, "how the others are served", {"standard", "batch", "flex", "priority"});
}

void declare(CLI::App& app, Options& options) {
  option::texts(app, "--model", options.models, "a model, as gpt-4o or azure/gpt-4o; again for more side by side", "MODEL")->required();
  declare_traffic(app, options);
  option::texts(app, "FILE", options.files.requests, "chat requests instead of --input: one JSON object a line, as for OpenAI's API or its batches; - is standard input", "FILE");
  option::texts(app, "--prompt", options.files.prompts, "a text instead of --input, sent as the message of a user; may be given again", "FILE");
  app.add_flag("--conversations", options.files.are_conversations, "each line of FILE is a conversation: every answer in it is a request with all before it");
  option::text(app, "--region", options.region, "the provider's region, if it has a price of its own", "NAME");
  option::text(app, "--as-of", options.as_of, "the moment whose prices hold: 2026-01-31, 2026-01-31T12:30:00Z, or 7d ago", "MOMENT")->default_str("now");
  option::file(app, "--prices", options.prices, "rows that win over all others, in the columns of `prices list --format csv`");
  option::directory(app, "--data-dir", options.settings.data_dir, "where prices.csv, the table of this user, is")->envname("GENAI_DATA_DIR")->default_str("~/.local/share/genai");
  option::text(app, "--max-monthly", options.max_monthly, "exit 1 if a month of a model may cost more", "USD");
  option::text(app, "--max-per-request", options.max_per_request, "exit 1 if the average request of a model may cost more", "USD");
}

void declare_estimate(CLI::App& app, Options& options) {
  declare(app, options);
  option::format(app, options.format, {"text", "json", "csv", "markdown"});
}

Error usage_error(const std::string& flag, const std::string& what) { return {Code::usage_error, flag + ": " + what, flag}; }

Result<estimate::Share> share(const char* flag, const std::string& text) {
  auto parsed = estimate::parse_share(text);
  if (!parsed) return usage_error(flag, parsed.error().what);
  return parsed;
}

catalog::ServiceTier tier_of(const std::string& word) {
  using catalog::ServiceTier;
  for (const auto tier : {ServiceTier::batch, ServiceTier::flex, ServiceTier::priority})
    if (word == catalog::name(tier)) return tier;
  return ServiceTier::standard;
}

std::vector<ModelCost> costs_of(const Options& options, WallTime at, const std::vector<catalog::Match>& matches) {
  std::vector<ModelCost> costs;
  const catalog::Terms terms{at, {}, options.region ? std::string_view(*options.region) : std::string_view()};
  for (std::size_t i = 0; i < matches.size(); ++i) costs.emplace_back(options.models[i], matches[i], terms);
  return costs;
}

// What numbers say and files cannot.
Result<void> check_files(const Options& options) {
  if (options.files.requests.empty() && options.files.are_conversations) return usage_error("--conversations", "needs FILE as well");
  if (options.files.empty()) return options.input == 0 && options.output == 0 ? Result<void>(usage_error("--input", "nothing to estimate: neither tokens nor files are given")) : Result<void>();
  if (options.input > 0) return usage_error("--input", "cannot be combined with files, whose tokens are counted");
  if (options.turns > 1) return usage_error("--turns", "cannot be combined with files");
  if (options.prefix > 0) return usage_error("--cached-prefix", "cannot be combined with files; --cached-share can");
  return {};
}

Result<Numbers> read_numbers(const Options& options) {
  Numbers numbers;
  numbers.input = Tokens(options.input);
  numbers.output = Tokens(options.output);
  numbers.turns = options.turns;
  numbers.serving.tier = tier_of(options.tier);
  if (options.requests_per_day > 0) numbers.requests_per_day = options.requests_per_day;
  const auto cached = share("--cached-share", options.cached_share);
  if (!cached) return cached.error();
  numbers.serving.cached = *cached;
  const auto batch = share("--batch-share", options.batch_share);
  if (!batch) return batch.error();
  numbers.serving.batch = *batch;
  if (options.prefix == 0) {
    if (options.hit_share) return usage_error("--cache-hit-share", "needs --cached-prefix as well");
    return numbers;
  }
  if (numbers.serving.cached.ppm > 0) return usage_error("--cached-prefix", "cannot be combined with --cached-share");
  numbers.prefix = estimate::CachedPrefix{Tokens(options.prefix), options.ttl == "1h" ? estimate::CacheTtl::hour : estimate::CacheTtl::five_minutes, {}};
  if (options.files.empty() && options.prefix > options.input) return usage_error("--cached-prefix", "longer than --input, of which it is a part");
  if (!options.hit_share) {
    if (!numbers.requests_per_day) return usage_error("--cached-prefix", "needs --requests-per-day, or --cache-hit-share");
    return numbers;
  }
  const auto hits = share("--cache-hit-share", *options.hit_share);
  if (!hits) return hits.error();
  numbers.prefix->hits = *hits;
  return numbers;
}

Result<WallTime> moment(const Options& options, const World& world) {
  const auto now = world.clock.wall_now();
  if (!options.as_of) return now;
  auto parsed = ledger::parse_moment(*options.as_of, now);
  return parsed ? *parsed : Result<WallTime>(usage_error("--as-of", parsed.error().what));
}

struct Limits {
  std::optional<Amount> monthly, per_request;
};

Result<std::optional<Amount>> limit(const char* flag, const std::optional<std::string>& text) {
  if (!text) return std::optional<Amount>();
  const auto parsed = Amount::parse(*text);
  if (!parsed) return usage_error(flag, "expected USD such as 1000 or 0.005, below a billion, found '" + text::printable(text->substr(0, 64)) + "'");
  return std::optional(*parsed);
}

Result<Limits> read_limits(const Options& options) {
  const auto monthly = limit("--max-monthly", options.max_monthly), each = limit("--max-per-request", options.max_per_request);
  if (!monthly) return monthly.error();
  if (!each) return each.error();
  if (*monthly && options.requests_per_day == 0) return usage_error("--max-monthly", "needs --requests-per-day as well");
  return Limits{*monthly, *each};
}

// Sentences about the limits that are, or may be, passed.
std::vector<std::string> passed(const Limits& limits, const ModelCost& cost, const estimate::Periods& periods) {
  std::vector<std::string> result;
  const auto check = [&](const std::optional<Amount>& limit, const estimate::Range& range, const char* what, const char* flag) {
    if (!limit || range.most <= *limit) return;
    result.push_back(text::printable(cost.asked()) + ": " + (range.likely > *limit ? "" : "up to ") + estimate::shown(range.likely > *limit ? range.likely : range.most) +
                     what + ", more than " + flag + " " + estimate::shown(*limit));
  };
  if (periods.month) check(limits.monthly, *periods.month, " a month", "--max-monthly");
  check(limits.per_request, periods.per_request, " a request", "--max-per-request");
  return result;
}

// The model in front where the catalog does not name it.
Error about(const std::string& model, Error error) {
  if (error.code == Code::invalid_value) error.what = text::printable(model) + ": " + error.what;
  return error;
}

Result<std::vector<ModelCost>> cost_numbers(std::vector<ModelCost> costs, const Numbers& numbers, WallTime at) {
  for (auto& cost : costs)
    if (auto added = estimate::add_numbers(cost, numbers, at); !added) return about(cost.asked(), std::move(added.error()));
  return costs;
}

// The costs of what the files hold; how it was counted goes to the report.
Result<std::vector<ModelCost>> cost_files(std::vector<ModelCost> costs, const Options& options, const estimate::Serving& serving, Report& report, World& world) {
  std::vector<estimate::Sampler::Model> models;
  const auto counters = chat_counters(options.models);
  for (std::size_t i = 0; i < costs.size(); ++i) {
    report.counted.push_back(counters[i]->name);
    models.push_back({std::move(costs[i]), counters[i]});
  }
  estimate::Sampler sampler(std::move(models), serving, Tokens(options.output));
  if (auto fed = feed(sampler, options.files, world); !fed) return fed.error();
  std::vector<ModelCost> result;
  for (const auto& model : sampler.models()) result.push_back(model.cost);
  if (result.front().requests() == 0) return Error{Code::invalid_value, "the files hold no request", {}};
  return result;
}

std::string traffic(const Options& options, const Numbers& numbers) {
  if (options.files.empty()) return estimate::description(numbers);
  std::string list;
  for (const auto& paths : {options.files.requests, options.files.prompts})
    for (const auto& path : paths) list += (list.empty() ? "" : ", ") + (path == "-" ? "standard input" : path);
  return (options.files.are_conversations ? "conversations of " : "requests of ") + text::printable(list) + ", answers of " + std::to_string(options.output) +
         " tokens where they hold none" + description(numbers.serving);
}

Result<Report> estimated(const Options& options, const catalog::Catalog& prices, const Numbers& numbers, WallTime at, World& world) {
  Report report;
  report.requests_per_day = numbers.requests_per_day;
  report.price_version = prices.version();
  report.as_of = at;
  report.traffic = traffic(options, numbers);
  std::vector<catalog::Match> matches;
  for (const auto& model : options.models) {
    auto match = prices.find({{}, model});
    if (!match) return match.error();
    matches.push_back(*std::move(match));
  }
  auto costs = costs_of(options, at, matches);
  auto priced = options.files.empty() ? cost_numbers(std::move(costs), numbers, at) : cost_files(std::move(costs), options, numbers.serving, report, world);
  if (!priced) return priced.error();
  report.models = *std::move(priced);
  if (!options.files.empty() && options.output == 0 && !options.files.are_conversations) world.err << "note: answers are not part of this; --output says how long they are\n";
  return report;
}

std::string shown(const Report& report, const std::vector<estimate::Periods>& periods, const std::string& format) {
  if (format == "json") return report_json(report, periods);
  if (format == "csv") return report_csv(report, periods);
  if (format == "explain") return explanation(report, periods);
  return format == "markdown" ? report_markdown(report, periods) : report_text(report, periods);
}

// What is shown, and 1 if it is too dear.
Result<int> show(const Report& report, const Limits& limits, const std::string& format, World& world) {
  std::vector<estimate::Periods> all;
  std::vector<std::string> too_dear;
  for (const auto& cost : report.models) {
    const auto periods = estimate::periods(report, cost);
    if (!periods) return periods.error();
    all.push_back(*periods);
    for (auto& sentence : passed(limits, cost, *periods)) too_dear.push_back(std::move(sentence));
    for (const auto& warning : warnings(cost, report.as_of)) world.err << "warning: " << text::printable(warning) << "\n";
  }
  world.out << shown(report, all, format);
  for (const auto& sentence : too_dear) world.err << "failed: " << sentence << "\n";
  return too_dear.empty() ? 0 : 1;
}

Result<int> run_as(const Options& options, const std::string& format, World& world) {
  if (options.models.size() > most_models) return usage_error("--model", "more than " + std::to_string(most_models) + " models");
  if (const auto checked = check_files(options); !checked) return checked.error();
  const auto numbers = read_numbers(options);
  if (!numbers) return numbers.error();
  const auto limits = read_limits(options);
  if (!limits) return limits.error();
  const auto at = moment(options, world);
  if (!at) return at.error();
  const auto prices = load_prices(options.settings, options.prices, world);
  if (!prices) return prices.error();
  const auto report = estimated(options, *prices, *numbers, *at, world);
  if (!report) return report.error();
  return show(*report, *limits, format, world);
}

Result<int> run(const Options& options, World& world) { return run_as(options, options.format, world); }
Result<int> run_explain(const Options& options, World& world) { return run_as(options, "explain", world); }

constexpr Example explain_examples[] = {
    {.line = "genai cost-estimate explain --model gpt-4o --requests-per-day 10000 --input 500 --output 300", .shows = "each sum, line by line"},
    {.line = "genai cost-estimate explain --model claude-sonnet-4-6 --requests-per-day 1000 --input 10100 --output 50 --cached-prefix 10000",
     .shows = "what a cached prefix costs to write and to read"},
};

const Command explain_command{.name = "cost-estimate explain",
                              .summary = "show how an estimate comes about",
                              .group = Group::report,
                              .description = "The same flags as `genai cost-estimate`; prints tokens times prices line by line, the rows they come from with date and "
                                             "source, and where something is rounded.",
                              .examples = explain_examples,
                              .add = bind<Options, declare, run_explain>};

constexpr const Command* children[] = {&explain_command, &prices_command};

constexpr Example examples[] = {
    {.line = "genai cost-estimate --model gpt-4o --requests-per-day 10000 --input 500 --output 300", .shows = "a request, a day, a month, a year"},
    {.line = "genai cost-estimate --model gpt-4o --model gpt-4o-mini --model claude-haiku-4-5 --requests-per-day 1000000 --input 500 --output 300 --format markdown",
     .shows = "models side by side"},
    {.line = "genai cost-estimate --model gpt-4o --requests-per-day 10000 --input 500 --output 300 --max-monthly 1000", .shows = "a gate for CI: exit code 1 above it", .exit = 1},
    {.line = "echo '{\"messages\":[{\"role\":\"user\",\"content\":\"Tell me a joke\"}]}' | genai cost-estimate --model gpt-4o --model claude-haiku-4-5 - --output 200",
     .shows = "requests, counted: exactly, or by an estimate with bounds"},
    {.line = "genai cost-estimate --model gpt-5 --requests-per-day 10000 --input 2000 --output 300 --cached-share 60% --batch-share 30% --json",
     .shows = "prompt caching and batches, for programs"},
};

}  // namespace

const Command cost_estimate_command{.name = "cost-estimate",
                                    .summary = "estimate what traffic costs, each figure with its price row",
                                    .group = Group::report,
                                    .description = "Sums are exact: integer prices times tokens, rounded up only where they are shown. A month has 30 days, a year 365. "
                                                   "A model or a kind of token without a known price is an error, never 0.\n\n"
                                                   "A bare name means the model's maker; azure/gpt-4o is the same model at Azure. Prices are those in force at --as-of. "
                                                   "Requests in FILE are a sample: their average is taken for all of --requests-per-day. Their tokens are counted with the "
                                                   "model's own encoding where it is published, and otherwise by an estimate whose bounds go through to the dollars.\n\n"
                                                   "With --cached-prefix and no --cache-hit-share, requests are taken to come evenly at random over the day, and the prefix is "
                                                   "written again by each that comes too late.",
                                    .examples = examples,
                                    .add = bind<Options, declare_estimate, run>,
                                    .children = children};

}  // namespace genai

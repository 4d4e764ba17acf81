#include <fcntl.h>
#include <fmt/format.h>

#include <thread>

#include "engines/load/load.hpp"
#include "genai/commands.hpp"
#include "genai/options.hpp"
#include "platform/fs/file.hpp"
#include "platform/net/descriptors.hpp"
#include "platform/text/duration.hpp"

namespace genai {
namespace {

using namespace std::chrono_literals;

struct Options {
  std::string url;
  std::string model;
  bool stream = false;
  double rate = 0;               // 0: not given
  std::int64_t concurrency = 0;  // 0: not given
  std::string arrivals = "constant";
  std::int64_t seed = 1;
  std::chrono::nanoseconds duration = 10s, warmup = 0s, drain = 30s, timeout = 60s;
  std::vector<std::string> thresholds;
  std::string prompt = "Write a short story about a lighthouse keeper who counts waves.";
  std::int64_t max_tokens = 0;  // 0: not sent
  std::optional<std::string> body_file, header_file, key_file, output;
  std::int64_t threads = 0;  // 0: by the load
  std::int64_t max_in_flight = 10'000;
  std::string format = "text";
  bool quiet = false;

  bool chat() const { return stream || !model.empty(); }
};

// What one thread sends without effort; beyond it, more threads share the schedule.
constexpr double rate_per_thread = 20'000;
constexpr double concurrency_per_thread = 2'048;
constexpr std::size_t most_file_bytes = 32 * 1024 * 1024;

void declare(CLI::App& app, Options& options) {
  app.add_option("URL", options.url, "what to fetch; with --model or --stream the base of an OpenAI-compatible API, ending in /v1")
      ->required()
      ->type_name("URL");
  option::text(app, "--model", options.model, "send chat completions to this model", "MODEL");
  app.add_flag("--stream", options.stream, "send chat completions and measure their tokens as they stream");
  auto* rate = option::number(app, "--rate", options.rate, "requests a second, sent on schedule whatever the server does",
                              {.least = 0.001, .most = load::max_rate}, "R")
                   ->default_str("");
  option::integer(app, "--concurrency", options.concurrency, "requests under way at any time; the next is sent when one ends",
                  {.least = 1, .most = load::max_concurrency})
      ->default_str("")
      ->excludes(rate);
  option::duration(app, "--duration", options.duration, "how long to measure", {.least = 1ms, .most = load::max_duration});
  option::duration(app, "--warmup", options.warmup, "how long to send before measuring", {.most = load::max_duration});
  option::duration(app, "--drain", options.drain, "how long to wait at the end for answers under way", {.most = load::max_duration});
  option::duration(app, "--timeout", options.timeout, "how long one request may take", {.least = 1ms, .most = load::max_duration});
  option::one_of(app, "--arrivals", options.arrivals, "how requests of a rate are spaced", {"constant", "poisson"});
  option::integer(app, "--seed", options.seed, "seed of Poisson arrivals", {.least = 0});
  app.add_option("--threshold", options.thresholds, "a gate such as p95(e2e)<2s, errors<1% or rate>=100; exit code 1 if it does not hold")
      ->type_name("EXPR")
      ->allow_extra_args(false);
  option::text(app, "--prompt", options.prompt, "the user's message of a chat");
  option::integer(app, "--max-tokens", options.max_tokens, "max_tokens of a chat", {.least = 1, .most = 10'000'000}, "TOKENS")->default_str("");
  option::file(app, "--body", options.body_file, "send this body by POST, instead of a rendered one");
  option::file(app, "--header-file", options.header_file, "send these header lines, one `Name: value` a line");
  option::file(app, "--key-file", options.key_file, "send the key in this file as bearer token; a chat without it sends $GENAI_API_KEY");
  option::integer(app, "--threads", options.threads, "threads to send from; by default as many as the load needs", {.least = 1, .most = load::max_threads})
      ->default_str("");
  option::integer(app, "--max-in-flight", options.max_in_flight, "requests of a rate that may be under way; more are dropped and counted",
                  {.least = 1, .most = load::max_concurrency});
  option::format(app, options.format, {"text", "json"});
  option::file(app, "--output", options.output, "write the report there instead of to standard output");
  app.add_flag("--quiet", options.quiet, "show no progress");
}

Error usage(std::string what) { return Error{Code::usage_error, std::move(what), ""}; }

Result<std::string> read_file(const std::string& name, const World& world) {
  auto file = fs::File::open(world.directory / name, O_RDONLY);
  if (!file) return usage(file.error().what);
  std::string content;
  char piece[16 * 1024];
  for (;;) {
    const auto got = file->read_at(content.size(), piece);
    if (!got) return usage(got.error().what);
    if (*got == 0) return content;
    if (content.size() + *got > most_file_bytes) return usage(fmt::format("{} is larger than {} MB", name, most_file_bytes / 1024 / 1024));
    content.append(piece, *got);
  }
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t begin = 0; begin < text.size();) {
    const auto end = std::min(text.find('\n', begin), text.size());
    std::string line = text.substr(begin, end - begin);
    if (line.ends_with('\r')) line.pop_back();
    if (!line.empty()) lines.push_back(std::move(line));
    begin = end + 1;
  }
  return lines;
}

// A key from the environment belongs to a model's provider; it does not go to whatever URL is fetched.
Result<Secret> read_key(const Options& options, const World& world) {
  if (!options.key_file) {
    const auto variable = options.chat() ? world.variable("GENAI_API_KEY") : std::nullopt;
    return Secret(variable.value_or(""));
  }
  auto text = read_file(*options.key_file, world);
  if (!text) return text.error();
  const auto lines = lines_of(*text);
  if (lines.size() != 1) return usage(fmt::format("{} does not hold one line with a key", *options.key_file));
  return Secret(lines.front());
}

Result<load::Target> read_target(const Options& options, const World& world) {
  load::RequestParts parts;
  parts.url = options.url;
  parts.model = options.model.empty() ? "default" : options.model;
  parts.prompt = options.prompt;
  parts.max_tokens = static_cast<std::uint32_t>(options.max_tokens);
  if (options.body_file) {
    auto body = read_file(*options.body_file, world);
    if (!body) return body.error();
    if (body->empty()) return usage(fmt::format("{} is empty", *options.body_file));
    parts.body = std::move(*body);
  }
  if (options.header_file) {
    auto text = read_file(*options.header_file, world);
    if (!text) return text.error();
    parts.header_lines = lines_of(*text);
  }
  auto key = read_key(options, world);
  if (!key) return key.error();
  parts.key = std::move(*key);
  const auto mode = options.stream ? load::Mode::stream : options.chat() ? load::Mode::chat : load::Mode::plain;
  return load::make_target(mode, parts);
}

std::uint32_t default_threads(const Options& options) {
  const double wanted = options.rate > 0 ? options.rate / rate_per_thread : static_cast<double>(options.concurrency) / concurrency_per_thread;
  return std::clamp(static_cast<std::uint32_t>(wanted) + 1, 1U, std::max(1U, std::thread::hardware_concurrency()));
}

Result<load::Plan> read_plan(const Options& options, const World& world) {
  if (options.rate == 0 && options.concurrency == 0) {
    return usage("nothing says how much to send\nhint: give --rate R for requests a second, or --concurrency N for requests at a time");
  }
  load::Plan plan;
  auto target = read_target(options, world);
  if (!target) return target.error();
  plan.target = std::move(*target);
  const auto arrivals = options.arrivals == "poisson" ? load::Arrivals::poisson : load::Arrivals::constant;
  if (options.rate > 0) plan.loop = load::OpenLoop{options.rate, arrivals, static_cast<std::uint64_t>(options.seed)};
  else plan.loop = load::ClosedLoop{static_cast<std::uint32_t>(options.concurrency)};
  plan.duration = options.duration;
  plan.warmup = options.warmup;
  plan.drain = options.drain;
  plan.timeout = options.timeout;
  plan.max_in_flight = static_cast<std::uint32_t>(options.max_in_flight);
  plan.threads = options.threads > 0 ? static_cast<std::uint32_t>(options.threads) : default_threads(options);
  for (const auto& text : options.thresholds) {
    auto threshold = load::parse_threshold(text);
    if (!threshold) return threshold.error();
    plan.thresholds.push_back(std::move(*threshold));
  }
  if (auto checked = load::check(plan); !checked) return checked.error();
  return plan;
}

// One line, redrawn on a terminal.
class ProgressLine {
 public:
  ProgressLine(World& world, bool quiet) : world_(world), quiet_(quiet) {}
  ~ProgressLine() {
    if (drawn_ > 0) world_.err << '\r' << std::string(drawn_, ' ') << '\r' << std::flush;
  }
  ProgressLine(const ProgressLine&) = delete;

  load::Watch watch() {
    if (quiet_) return {};
    const Nanoseconds every = world_.err_is_tty ? Nanoseconds(500ms) : Nanoseconds(10s);
    return {every, [this](const load::Progress& progress) { show(progress); }};
  }

 private:
  void show(const load::Progress& progress) {
    const auto seconds = [](Nanoseconds time) { return std::chrono::duration_cast<std::chrono::seconds>(time).count(); };
    const std::string line = fmt::format("{} of {} s: {} sent, {} ok, {} failed, {} under way", seconds(progress.elapsed), seconds(progress.total),
                                         progress.sent, progress.ok, progress.failed, progress.under_way());
    if (!world_.err_is_tty) {
      world_.err << line << std::endl;
      return;
    }
    const std::string shown = line.substr(0, static_cast<std::size_t>(std::max(world_.width - 1, 1)));
    world_.err << '\r' << shown << std::string(drawn_ > shown.size() ? drawn_ - shown.size() : 0, ' ') << std::flush;
    drawn_ = shown.size();
  }

  World& world_;
  const bool quiet_;
  std::size_t drawn_ = 0;
};

load::Run measure(const load::Plan& plan, bool quiet, World& world) {
  ProgressLine line(world, quiet);
  const auto watch = line.watch();
  return load::run(plan, world.clock, watch);
}

Result<int> run(const Options& options, World& world) {
  const auto plan = read_plan(options, world);
  if (!plan) return plan.error();
  fs::File output;
  if (options.output) {  // before the run: it would be for nothing if the report could not be written
    auto opened = fs::File::open(world.directory / *options.output, O_WRONLY | O_CREAT | O_TRUNC);
    if (!opened) return opened.error();
    output = std::move(*opened);
  }
  net::raise_descriptor_limit();
  const auto report = load::make_report(*plan, measure(*plan, options.quiet, world));
  const std::string page = options.format == "json" ? load::render_json(report) : load::render_text(report);
  if (!options.output) {
    world.out << page;
  } else if (auto written = output.write_at(0, page); !written) {
    return written.error();
  }
  return load::exit_code(report);
}

constexpr Example examples[] = {
    {.line = "genai loadtest {url}/v1 --model demo --stream --concurrency 8 --duration 1s",
     .shows = "eight streams at a time for a second: time to first token, gaps between tokens, throughput",
     .server = Server::sim},
    {.line = "genai loadtest {url}/v1/models --concurrency 2 --duration 500ms --warmup 100ms --threshold 'errors<1%' --json",
     .shows = "any URL, with a gate, as JSON",
     .server = Server::sim},
    {.line = "genai loadtest {url}/v1 --model demo --concurrency 1 --duration 200ms --threshold 'p95(e2e)<1us'",
     .shows = "a gate that does not hold: exit code 1",
     .exit = 1,
     .server = Server::sim},
};

}  // namespace

const Command loadtest_command{
    .name = "loadtest",
    .summary = "load an endpoint and measure latency, tokens and throughput",
    .group = Group::measure,
    .description =
        "With --rate, requests are sent on a fixed schedule, as independent users would, and latency is measured from the moment a request was due: "
        "a server that stalls is seen by every request that was due in the stall. With --concurrency, a number of requests is kept under way.\n\n"
        "Streams are measured from their events: TTFB first byte, TTFT first token of any channel, TTFO first visible content, ITL gap between "
        "token events, TPOT (last - first) / (tokens - 1), E2E the end. A stream without a token, a finish reason or [DONE] has failed.\n\n"
        "Exit code 1: a threshold did not hold or had no data, or no request succeeded. 4: the generator itself was late (lag p99 above 1 ms, or 1 % "
        "of the requests) or dropped requests, so that the figures are not valid. 130: interrupted; the report covers what was measured.",
    .examples = examples,
    .add = bind<Options, declare, run>};

}  // namespace genai

#include <fmt/format.h>

#include <atomic>

#include "engines/sim/service.hpp"
#include "genai/commands.hpp"
#include "genai/options.hpp"
#include "platform/http/host.hpp"
#include "platform/net/descriptors.hpp"

namespace genai {
namespace {

struct Options {
  std::string listen = "127.0.0.1:8000";
  Nanoseconds ttft = sim::Config{}.ttft;
  Nanoseconds itl = sim::Config{}.itl;
  std::int64_t output_tokens = sim::Config{}.output_tokens.value();
  std::int64_t seed = static_cast<std::int64_t>(sim::Config{}.seed);
  std::int64_t threads = 0;
  std::string dialect = "openai";
};

void declare(CLI::App& app, Options& options) {
  option::text(app, "--listen", options.listen, "where to listen; port 0 picks a free one", "HOST:PORT");
  option::duration(app, "--ttft", options.ttft, "time to the first token", {Nanoseconds(0), std::chrono::hours(1)});
  option::duration(app, "--itl", options.itl, "time between tokens", {Nanoseconds(0), std::chrono::hours(1)});
  option::integer(app, "--output-tokens", options.output_tokens, "tokens of an answer, unless the request allows fewer", {1, 1'000'000}, "TOKENS");
  option::integer(app, "--seed", options.seed, "seed of all answers: with one thread, the same requests get the same bytes", {0, INT64_MAX});
  option::one_of(app, "--dialect", options.dialect, "whose own API is offered besides those of OpenAI and Anthropic: Ollama's /api/chat and /api/generate, or Text Generation Inference's /generate and /generate_stream",
                 {"openai", "ollama", "tgi"});
  option::integer(app, "--threads", options.threads, "event loops; 0 is one per processor", {0, 256});
}

sim::Config model_of(const Options& options) {
  return {.ttft = options.ttft, .itl = options.itl, .output_tokens = Tokens(options.output_tokens), .seed = static_cast<std::uint64_t>(options.seed)};
}

sim::Native native_of(const Options& options) {
  return options.dialect == "ollama" ? sim::Native::ollama : options.dialect == "tgi" ? sim::Native::tgi : sim::Native::none;
}

Result<int> run(const Options& options, World& world) {
  auto listen = net::parse_endpoint(options.listen);
  if (!listen) return listen.error();
  http::HostConfig config;
  config.listen = std::move(*listen);
  config.threads = static_cast<unsigned>(options.threads);
  http::Host host(world.clock, config);
  net::raise_descriptor_limit();
  const auto at = host.open();
  if (!at) return at.error();

  std::atomic<std::uint64_t> lanes = 0;
  const auto make_site = [&](net::IoLoop& loop) -> std::unique_ptr<http::Site> {
    sim::Config model = model_of(options);
    model.lane = lanes++;
    return std::make_unique<sim::Service>(loop, model, native_of(options));
  };
  host.run(make_site, [&] { world.err << fmt::format("listening on http://{}\n", at->text()) << std::flush; });
  return 0;
}

constexpr Example examples[] = {
    {.line = "genai sim --listen 127.0.0.1:0", .shows = "a model server on a free port, at 20 ms to the first token and 5 ms a token", .listens = true},
    {.line = "genai sim --listen 127.0.0.1:0 --ttft 0ms --itl 0ms --output-tokens 16 --seed 7", .shows = "instant answers, for measuring what stands in front", .listens = true},
};

}  // namespace

const Command sim_command{
    .name = "sim",
    .summary = "run a simulated model behind an OpenAI-compatible API",
    .group = Group::serve,
    .description =
        "Answers /v1/chat/completions, /v1/responses, /v1/completions, /v1/embeddings, /v1/moderations and /v1/models as OpenAI would, /v1/messages as "
        "Anthropic would, /v1/rerank as Cohere would, and with --dialect as Ollama or Text Generation Inference would, with readable nonsense at an exact pace: the upstream for benchmarks, tests and first steps. Any model name is answered. One word or full stop is one token; the prompt counts "
        "a token for 4 bytes and 3 for each message. A user's message that says [[call NAME {JSON}]] is answered with that call of a tool that the request "
        "offers.\n\nSIGTERM drains: running answers finish, then it exits with 0; a second signal cuts them.",
    .examples = examples,
    .add = bind<Options, declare, run>};

}  // namespace genai

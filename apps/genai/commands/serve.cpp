#include <fmt/format.h>
#include <malloc.h>

#include <algorithm>
#include <atomic>
#include <random>

#include "engines/gateway/edge.hpp"
#include "engines/gateway/owner.hpp"
#include "features/providers/keys.hpp"
#include "features/providers/kinds.hpp"
#include "features/telemetry/request_log.hpp"
#include "genai/commands.hpp"
#include "genai/options.hpp"
#include "genai/prices.hpp"
#include "genai/profiles.hpp"
#include "genai/settings.hpp"
#include "genai/upstreams.hpp"
#include "genai/version.hpp"
#include "platform/http/host.hpp"
#include "platform/net/descriptors.hpp"
#include "platform/text/table.hpp"

namespace genai {
namespace {

struct Options {
  SettingsFlags settings;
  std::int64_t threads = 0;
};

void declare(CLI::App& app, Options& options) {
  option::text(app, "--listen", options.settings.listen, "where to listen; port 0 picks a free one", "HOST:PORT")
      ->envname("GENAI_LISTEN")
      ->default_str("127.0.0.1:8080");
  option::directory(app, "--data-dir", options.settings.data_dir, "where the usage ledger is")
      ->envname("GENAI_DATA_DIR")
      ->default_str("~/.local/share/genai");
  option::file(app, "--config", options.settings.config, "the configuration file to read")->envname("GENAI_CONFIG");
  option::text(app, "--upstream", options.settings.upstream,
               "an OpenAI-compatible server that answers every model; its key, if it needs one, is read from GENAI_UPSTREAM_KEY", "URL")
      ->envname("GENAI_UPSTREAM");
  option::one_of(app, "--profile", options.settings.profile, "which defaults hold", {profile_names.begin(), profile_names.end()})
      ->envname("GENAI_PROFILE")
      ->default_str("development");
  option::integer(app, "--threads", options.threads, "event loops; 0 is one per processor", {0, 256});
}

routing::Config routes(const Settings& settings) {
  routing::Config config{settings.models, settings.any_model_provider};
  const auto moderates = [&settings](const routing::ModelConfig& model) {
    const auto named = [&model](const auto& provider) { return provider.name == model.targets.front().provider; };
    const auto provider = std::find_if(settings.providers.begin(), settings.providers.end(), named);
    return provider != settings.providers.end() && providers::kind(*provider).speaks(chat::Dialect::moderations);
  };
  const auto moderator = std::find_if(settings.models.begin(), settings.models.end(), moderates);
  if (moderator != settings.models.end()) config.moderation_model = moderator->name;
  return config;
}

http::HostConfig host_config(const gateway::EdgeConfig& edge, net::Endpoint listen, const Options& options) {
  http::HostConfig config;
  config.listen = std::move(listen);
  config.threads = static_cast<unsigned>(options.threads);
  config.limits.body = edge.max_body;
  config.max_connections = edge.max_connections;
  config.max_per_address = edge.max_connections_per_address;
  if (edge.proxy_protocol) config.proxy_protocol = edge.trusted;
  return config;
}

// Null: plain HTTP. What goes wrong with a certificate later is said on stderr.
Result<std::unique_ptr<tls::Server>> open_tls(const gateway::EdgeConfig& edge, World& world) {
  if (!edge.tls) return std::unique_ptr<tls::Server>();
  const auto report = [&world](const std::string& what) { world.err << "warning: " + what + "\n" << std::flush; };
  return tls::Server::open({.certificate = edge.tls->certificate, .key = edge.tls->key}, world.clock, report);
}

// Null: nothing is logged.
Result<std::unique_ptr<telemetry::RequestLog>> open_log(const gateway::LogConfig& log) {
  if (log.requests == gateway::LogConfig::Requests::off) return std::unique_ptr<telemetry::RequestLog>();
  return telemetry::RequestLog::open({.file = log.file});
}

void warn_of_few_descriptors(std::size_t descriptors, const http::HostConfig& config, World& world) {
  if (descriptors >= config.max_connections) return;
  world.err << fmt::format("warning: this process may open {} files; each request needs two and {} connections are allowed: raise `ulimit -n`\n",
                           descriptors, config.max_connections);
}

// Without the socket everything works but for commands that would change the data while this process owns it.
void open_owner_door(http::Host& host, gateway::Shared& shared, const std::filesystem::path& dir, World& world) {
  const auto path = dir / gateway::owner_socket;
  const auto at = host.open_beside({path.string()}, [&shared](http::Site& site) { return gateway::make_owner_door(shared, site); });
  if (!at) world.err << "warning: " << at.error().what << "\n";
}

// Memory that long prompts took is kept for the next ones, up to this: giving it back and taking it again costs a page fault for every 4 KB.
void keep_freed_memory() {
  constexpr int most_kept = 64 * 1024 * 1024, largest_kept = 32 * 1024 * 1024;
  mallopt(M_TRIM_THRESHOLD, most_kept);
  mallopt(M_MMAP_THRESHOLD, largest_kept);
}

Result<int> run(const Options& options, World& world) {
  keep_freed_memory();
  auto settings = read_settings(options.settings, world, config::Commands::run);
  if (!settings) return settings.error();
  for (const auto& warning : settings->warnings) world.err << "warning: " << text::printable(warning) << "\n";
  if (const auto usable = prepare_upstreams(*settings); !usable) return usable.error();
  providers::KeyKeeper keys(settings->providers, world.clock, [&world](const std::string& what) { world.err << "note: " + text::printable(what) + "\n" << std::flush; });
  auto listen = net::parse_endpoint(settings->listen);
  if (!listen) return listen.error();

  auto tls = open_tls(settings->edge, world);
  if (!tls) return tls.error();
  auto config = host_config(settings->edge, std::move(*listen), options);
  config.tls = tls->get();
  auto table = load_prices(options.settings, std::nullopt, world);
  if (!table) return table.error();
  pricing::Prices prices(std::move(*table));
  const auto pricing = pricing_of(*settings);
  const auto started = world.clock.now();
  auto ledger = ledger::Ledger::open({.dir = settings->data_dir}, world.clock);
  if (!ledger) return ledger.error();
  const auto log = open_log(settings->edge.log);
  if (!log) return log.error();
  http::Host host(world.clock, config);
  const auto at = host.open();
  if (!at) return at.error();
  warn_of_few_descriptors(net::raise_descriptor_limit(), config, world);

  const routing::Router router(routes(*settings));
  telemetry::Metrics metrics(world.clock);
  gateway::Shared shared{.router = router,
                         .ledger = **ledger,
                         .metrics = metrics,
                         .prices = prices,
                         .pricing = pricing,
                         .clock = world.clock,
                         .started = started,
                         .version = version_number(),
                         .application = settings->application,
                         .policy = settings->policy,
                         .ping = settings->edge.ping,
                         .request_log = log->get(),
                         .may_read_metrics = [&settings](std::string_view peer) { return settings->edge.allows_metrics(peer); },
                         .host_state = [&host] { return host.state(); },
                         .seed = std::random_device()(),  // so that replicas do not draw alike
                         .docs = settings->docs,
                         .key_failures = [&keys] { return keys.failures(); }};
  open_owner_door(host, shared, settings->data_dir, world);
  if (settings->edge.log.requests == gateway::LogConfig::Requests::file) host.on_hangup([&log] { (*log)->reopen(); });
  const gateway::EdgeServices services{[&ledger] { return (*ledger)->next_id().text(); }, log->get()};
  std::atomic<std::uint64_t> lanes{0};
  const auto providers = [&](http::Client& client, net::Loop& loop) { return make_upstreams(*settings, client, loop, lanes++); };
  const auto make_site = [&](net::IoLoop& loop) {
    if (settings->egress) loop.allow_only(settings->egress);
    return gateway::make_edge(settings->edge, services, loop, gateway::make_site(shared, loop, {}, providers));
  };
  const std::string_view scheme = config.tls != nullptr ? "https" : "http";
  keys.start();
  host.run(make_site, [&] { world.err << fmt::format("listening on {}://{}\n", scheme, at->text()) << std::flush; });
  return 0;
}

constexpr Example examples[] = {
    {.line = "genai serve", .shows = "a gateway on the embedded model, without any configuration", .listens = true},
    {.line = "genai serve --listen 127.0.0.1:0 --data-dir ./genai-data --upstream http://127.0.0.1:8000/v1",
     .shows = "in front of any OpenAI-compatible server", .listens = true},
};

}  // namespace

const Command serve_command{
    .name = "serve",
    .summary = "run the gateway: one endpoint in front of every model, with a ledger of every token",
    .group = Group::serve,
    .description =
        "Serves the APIs of OpenAI (/v1/chat/completions, /v1/responses, /v1/embeddings, ...) and Anthropic (/v1/messages), and endpoints for applications "
        "(/api/generate, /summarize, ...; all of them: /docs), with /health, /health/live, /health/ready and /metrics. Point an official SDK's "
        "base URL at it. Every request becomes a row of the ledger in the data directory before the last byte of its answer is sent.\n\n"
        "Without configuration it answers with the embedded simulated model `sim`. SIGTERM drains: running answers finish, then it exits with 0; a "
        "second signal cuts them.",
    .examples = examples,
    .add = bind<Options, declare, run>};

}  // namespace genai

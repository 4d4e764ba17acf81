#include "genai/upstreams.hpp"

#include <utility>

#include "engines/sim/upstream.hpp"
#include "features/providers/http_upstream.hpp"
#include "features/providers/kinds.hpp"
#include "platform/net/io_loop.hpp"

namespace genai {
namespace {

net::Task<void> run_probes(const Settings& settings, const probe::Config& config, const pricing::Prices& prices, net::IoLoop& loop, std::vector<probe::Finding>& findings) {
  http::Client client(loop);
  {
    const auto upstreams = make_upstreams(settings, client, loop, 0);
    findings = co_await probe::run(config, upstreams, prices, client, loop);
  }
  co_await client.close();
  loop.stop();
}

}  // namespace

Result<void> prepare_upstreams(Settings& settings) {
  if (const auto loaded = providers::load_service_accounts(settings.providers); !loaded) return loaded.error();
  if (const auto loaded = providers::load_trust(settings.providers); !loaded) return loaded.error();
  for (const auto& provider : settings.providers) {
    if (provider.type == providers::ProviderType::sim) continue;
    if (const auto url = http::parse_url(provider.base_url); !url) {
      return Error{Code::config_error, "provider '" + provider.name + "': " + url.error().what, "base_url"};
    }
  }
  return {};
}

std::vector<resilience::Provider> make_upstreams(const Settings& settings, http::Client& client, net::Loop& loop, std::uint64_t lane) {
  std::vector<resilience::Provider> made;
  for (const auto& config : settings.providers) {
    if (config.type == providers::ProviderType::sim) {
      made.push_back({config.name, sim::make_upstream(loop, {.lane = lane}), config.hangup});
    } else {
      made.push_back({config.name, std::move(*providers::make_http_upstream(config, client, loop)), config.hangup});
    }
  }
  return made;
}

pricing::Config pricing_of(const Settings& settings) {
  pricing::Config config;
  for (const auto& provider : settings.providers) config.providers.push_back({provider.name, std::string(providers::vendor(provider)), provider.price});
  for (const auto& model : settings.models) {
    for (const auto& target : model.targets) {
      if (target.price) config.models.push_back({target.provider, target.model, *target.price});
    }
  }
  return config;
}

std::vector<probe::Finding> probe_upstreams(const Settings& settings, probe::Targets targets, Nanoseconds timeout, const pricing::Prices& prices, const World& world) {
  const probe::Config config{.providers = settings.providers, .items = probe::make_items(settings.providers, settings.models, targets), .pricing = pricing_of(settings), .timeout = timeout};
  std::vector<probe::Finding> findings;
  net::IoLoop loop(world.clock);
  if (settings.egress) loop.allow_only(settings.egress);
  net::TaskGroup tasks;
  tasks.spawn(run_probes(settings, config, prices, loop, findings));
  loop.run();
  return findings;
}

}  // namespace genai

// What `serve` offers on one loop: the routes, health and metrics around the gateway.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engines/gateway/docs.hpp"
#include "engines/gateway/gateway.hpp"
#include "features/ledger/ledger.hpp"
#include "features/pricing/tariffs.hpp"
#include "features/resilience/resilience.hpp"
#include "features/routing/router.hpp"
#include "features/telemetry/http_metrics.hpp"
#include "features/telemetry/metrics.hpp"
#include "features/telemetry/request_log.hpp"
#include "platform/http/client.hpp"
#include "platform/http/host.hpp"

namespace genai::gateway {

// What the loops share. Outlives every site.
struct Shared {
  const routing::Router& router;
  ledger::Ledger& ledger;
  telemetry::Metrics& metrics;
  pricing::Prices& prices;
  const pricing::Config& pricing;
  const Clock& clock;
  MonoTime started;
  std::string version;
  wire::application::Config application{};
  RequestPolicy policy{};
  Nanoseconds ping = std::chrono::seconds(15);      // after how long a silence a stream says that it lives; 0: never
  const telemetry::RequestLog* request_log = nullptr;  // where requests have lines; null: nowhere
  std::function<bool(std::string_view peer)> may_read_metrics{};  // called on any loop
  std::function<http::HostState()> host_state{};                  // the same
  std::atomic<bool> draining{false};
  // When readiness was last asked for: somebody routes by it, and is given time to notice a drain. 0: never.
  std::atomic<std::int64_t> readiness_probed_ns{0};
  telemetry::HttpMetrics http{documented_paths()};
  std::atomic<std::uint64_t> seed{1};  // of the next site's draws
  bool docs = true;  // whether /docs and /openapi.json are there
  std::function<std::uint64_t()> key_failures{};  // looks for providers' keys that came to nothing; any loop. Null: no key changes
};

// Makes the providers of one loop, in the order of the configuration. `client` and `network` are that loop's.
using MakeProviders = std::function<std::vector<resilience::Provider>(http::Client& client, net::Loop& loop)>;

// Every path and method that a site answers.
struct RouteInfo {
  std::string path;
  std::string_view method;
};
std::vector<RouteInfo> routes();

std::unique_ptr<http::Site> make_site(Shared& shared, net::Network& network, resilience::Config config, const MakeProviders& make_providers);

}  // namespace genai::gateway

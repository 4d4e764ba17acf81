// The doors to the configured providers, as `serve` has them on each of its loops and `config check --probe` on its one.
#pragma once

#include <cstdint>
#include <vector>

#include "engines/probe/probe.hpp"
#include "features/pricing/tariffs.hpp"
#include "features/resilience/resilience.hpp"
#include "genai/settings.hpp"
#include "genai/world.hpp"
#include "platform/http/client.hpp"
#include "platform/net/loop.hpp"

namespace genai {

// Reads what the providers need from files, and finds what would keep a door from being made. config_error, naming the provider.
Result<void> prepare_upstreams(Settings& settings);

// One door a provider, in the order of the configuration. The settings are prepared; `client` and `loop` outlive the doors. `lane` tells loops apart, so
// that their embedded models say different things.
std::vector<resilience::Provider> make_upstreams(const Settings& settings, http::Client& client, net::Loop& loop, std::uint64_t lane);

// Whose prices hold.
pricing::Config pricing_of(const Settings& settings);

// Asks the providers, on a loop of its own that ends with it. The settings are prepared.
std::vector<probe::Finding> probe_upstreams(const Settings& settings, probe::Targets targets, Nanoseconds timeout, const pricing::Prices& prices, const World& world);

}  // namespace genai

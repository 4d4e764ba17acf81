// What it costs to find a model's targets: 10 models on each of 100 upstreams. Usage: features_routing_router_perf
#include "features/routing/router.hpp"

#include <cstdio>

#include "platform/stats/cpu_time.hpp"

using namespace genai;

int main() {
  routing::Config config;
  for (int upstream = 0; upstream < 100; ++upstream)
    for (int model = 0; model < 10; ++model) {
      routing::ModelConfig& its = config.models.emplace_back();
      its.name = "vendor-" + std::to_string(upstream) + "/model-" + std::to_string(model);
      for (int stand_by = 0; stand_by < 3; ++stand_by) its.targets.push_back({"upstream-" + std::to_string((upstream + stand_by) % 100), its.name, {}, 1});
      its.strategy = model % 2 == 0 ? routing::Strategy::fallback : routing::Strategy::weighted;
    }
  const routing::Router router(config);
  SeededRng chance(1);
  for (const int parity : {0, 1}) {
    std::vector<chat::Chat> chats;
    for (std::size_t i = static_cast<std::size_t>(parity); i < config.models.size(); i += 2) chats.emplace_back().model = config.models[i].name;
    constexpr int rounds = 4'000;
    std::size_t targets = 0;
    const double before = stats::process_cpu_seconds();
    for (int round = 0; round < rounds; ++round)
      for (const auto& chat : chats) targets += router.candidates(chat, chance)->targets.size();
    const double spent = (stats::process_cpu_seconds() - before) * 1e9;
    std::printf("%s, 1000 models of 3 targets: %.0f ns a look-up (%zu targets)\n", parity == 0 ? "fallback" : "weighted", spent / (rounds * static_cast<double>(chats.size())), targets);
  }
}

#include "engines/probe/probe.hpp"

#include <algorithm>
#include <utility>

#include "features/providers/kinds.hpp"
#include "features/providers/model_list.hpp"

namespace genai::probe {
namespace {

const providers::ProviderConfig& provider_of(const Config& config, const Item& item) {
  return *std::find_if(config.providers.begin(), config.providers.end(), [&item](const auto& one) { return one.name == item.provider; });
}

// What keeps us from asking; empty: nothing.
std::string obstacle(const providers::ProviderConfig& provider, const Item& item) {
  const auto kind = providers::kind(provider);
  if (provider.passthrough_credentials) return "its callers bring their own keys, and there is none to ask with";
  if (item.model.empty() && kind.models.empty()) return "no model to ask for: none of `models` has it as a target";
  if (!item.model.empty() && providers::probe_questions(kind, item.model).empty()) return "what it answers cannot be asked in a few tokens";
  return {};
}

// The workers of one run share it; all of it belongs to the loop.
struct Round {
  const Config& config;
  const std::vector<resilience::Provider>& upstreams;
  http::Client& client;
  net::Loop& loop;
  pricing::Tariffs tariffs;
  std::vector<Finding> findings;
  std::size_t next = 0;

  void charge(Finding& finding) {
    if (!finding.answer->usage) return;
    record::Record record;
    record.started = loop.clock().wall_now();
    record.usage = *finding.answer->usage;
    tariffs.of(finding.item.provider, finding.item.model)->charge(record, finding.answer->service_tier);
    finding.cost = record.cost;
  }
};

net::Task<void> ask(Round& round, Finding& finding) {
  const auto& provider = provider_of(round.config, finding.item);
  const auto kind = providers::kind(provider);
  const auto until = round.loop.now() + round.config.timeout;
  const auto door = std::find_if(round.upstreams.begin(), round.upstreams.end(), [&finding](const auto& one) { return one.name == finding.item.provider; });
  auto answer = co_await providers::probe(*door->upstream, kind, finding.item.model, until, round.loop);
  if (!answer) {
    finding.error = std::move(answer.error());
    co_return;
  }
  finding.answer = std::move(*answer);
  round.charge(finding);
}

net::Task<void> list(Round& round, Finding& finding) {
  const auto until = round.loop.now() + round.config.timeout;
  auto names = co_await providers::list_models(provider_of(round.config, finding.item), round.client, round.loop, until);
  if (names) finding.listed = names->size();
  else finding.error = std::move(names.error());
}

net::Task<void> work(Round& round) {
  while (round.next < round.findings.size()) {
    auto& finding = round.findings[round.next++];
    if (!finding.not_asked.empty()) continue;
    const auto began = round.loop.now();
    if (finding.item.model.empty()) co_await list(round, finding);
    else co_await ask(round, finding);
    finding.latency = finding.answer ? finding.answer->latency : round.loop.now() - began;
  }
}

}  // namespace

std::vector<Item> make_items(const std::vector<providers::ProviderConfig>& providers, const std::vector<routing::ModelConfig>& models, Targets targets) {
  std::vector<Item> items;
  for (const auto& provider : providers) {
    const auto first = items.size();
    for (const auto& model : models) {
      for (const auto& target : model.targets) {
        if (target.provider != provider.name) continue;
        auto at = std::find_if(items.begin() + static_cast<std::ptrdiff_t>(first), items.end(), [&target](const Item& item) { return item.model == target.model; });
        if (at == items.end() && targets == Targets::first_of_each_provider && items.size() > first) continue;
        if (at == items.end()) at = items.insert(at, Item{provider.name, target.model, {}});
        at->serves.push_back(model.name);
      }
    }
    if (items.size() == first) items.push_back({provider.name, {}, {}});
  }
  return items;
}

net::Task<std::vector<Finding>> run(const Config& config, const std::vector<resilience::Provider>& upstreams, const pricing::Prices& prices, http::Client& client, net::Loop& loop) {
  Round round{config, upstreams, client, loop, pricing::Tariffs(prices, config.pricing), {}};
  for (const auto& item : config.items) {
    const auto& provider = provider_of(config, item);
    round.findings.push_back({.item = item, .type = std::string(name(provider.type)), .not_asked = obstacle(provider, item)});
  }
  net::TaskGroup workers;
  for (std::size_t i = 0; i < std::min(config.at_once, round.findings.size()); ++i) workers.spawn(work(round));
  co_await workers.join();
  co_return std::move(round.findings);
}

}  // namespace genai::probe

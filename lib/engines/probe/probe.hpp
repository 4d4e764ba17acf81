// Do the configured upstreams answer? Each is asked for one token through the same doors that `serve` uses, and what came back is reported with its cost.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "features/pricing/tariffs.hpp"
#include "features/providers/config.hpp"
#include "features/providers/probe.hpp"
#include "features/resilience/resilience.hpp"
#include "features/routing/config.hpp"
#include "platform/http/client.hpp"
#include "platform/net/loop.hpp"

namespace genai::probe {

// One question: a target of the configured models, or, where no model names the provider, its list of models.
struct Item {
  std::string provider;
  std::string model;                // as asked of the provider; empty: its list
  std::vector<std::string> serves;  // the models of the configuration that have this target
};

enum class Targets { first_of_each_provider, all };

// One item at least for each provider, in the order of the configuration; the same target of several models is asked once.
std::vector<Item> make_items(const std::vector<providers::ProviderConfig>& providers, const std::vector<routing::ModelConfig>& models, Targets targets);

// What was found. Exactly one of answer, listed, not_asked and error.
struct Finding {
  Item item;
  std::string type;                                 // of the provider: "openai"
  std::optional<providers::ProbeAnswer> answer{};
  std::optional<std::size_t> listed{};              // how many models it lists
  std::string not_asked{};                          // why
  std::optional<Error> error{};
  Nanoseconds latency{};                            // until the answer, or until it failed
  std::optional<NanoUsd> cost{};                    // of an answer; nothing: not known

  bool failed() const { return error.has_value(); }
};

struct Config {
  std::vector<providers::ProviderConfig> providers;
  std::vector<Item> items;
  pricing::Config pricing;
  Nanoseconds timeout = std::chrono::seconds(10);  // of one item
  std::size_t at_once = 8;                         // items under way
};

// Asks them all; findings in the order of the items. `upstreams` are the doors of `client`'s loop, by name. What is passed by reference outlives the task.
net::Task<std::vector<Finding>> run(const Config& config, const std::vector<resilience::Provider>& upstreams, const pricing::Prices& prices, http::Client& client, net::Loop& loop);

// Complete documents that end with a line feed; JSON is genai.config-probe/v1. `width`: columns that sentences may take.
std::string report_text(const std::vector<Finding>& findings, std::size_t width);
std::string report_json(const std::vector<Finding>& findings);

}  // namespace genai::probe

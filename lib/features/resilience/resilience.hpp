// Deadlines around an upstream call, and the commit point: until its first event a request may still go elsewhere or fail with a
// status of its own; after it, never.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <unordered_map>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "domain/chat/chat.hpp"
#include "features/providers/upstream.hpp"
#include "features/routing/router.hpp"
#include "platform/net/cancellation.hpp"
#include "platform/net/task.hpp"

namespace genai::resilience {

// Defaults that reasoning models survive.
struct Config {
  std::chrono::milliseconds connect{5'000};
  std::chrono::milliseconds first_event{600'000};
  std::chrono::milliseconds gap{600'000};
  std::chrono::milliseconds total_plain{600'000};  // the only limit of a call that is not streamed
  std::chrono::milliseconds total_stream{3'600'000};
};

// A provider as a request sees it.
struct Provider {
  std::string name;
  std::unique_ptr<providers::Upstream> upstream;
};

// An answer that has begun: its first event is here.
struct Started {
  const Provider* provider = nullptr;
  std::string model;  // as asked of the provider
  std::unique_ptr<providers::EventSource> events;
};

// One per loop; outlives what it started.
class Resilience {
 public:
  Resilience(Config config, std::vector<Provider> providers, const Clock& clock);
  // Tries the plan's targets in order until one begins to answer. `attempted` is filled with the last target tried, for the record.
  net::Task<Result<Started>> start(const routing::Plan& plan, const chat::Chat& chat, Started& attempted, net::Cancellation& cancellation);

 private:
  providers::Deadlines deadlines(const chat::Chat& chat, const routing::Patience& patience) const;
  const Config config_;
  const Clock& clock_;
  const std::vector<Provider> providers_;
  std::unordered_map<std::string_view, const Provider*> by_name_;
};

}  // namespace genai::resilience

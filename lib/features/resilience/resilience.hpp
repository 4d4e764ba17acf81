// Deadlines around an upstream call, the targets that stand by, and the commit point: until its first token a request may still go elsewhere or fail with a
// status of its own; after it, never.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "domain/chat/chat.hpp"
#include "features/providers/config.hpp"
#include "features/providers/upstream.hpp"
#include "features/routing/router.hpp"
#include "platform/net/cancellation.hpp"
#include "platform/net/loop.hpp"
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
  providers::Hangup hangup{};  // what becomes of an answer whose client left
};

// What was tried for a request, for its record. Written while start() runs; read it at any time.
struct Trail {
  struct Failure {
    const Provider* provider;
    Code code;
  };
  const Provider* provider = nullptr;  // who answers, or whose error is told; null: nobody was asked
  std::string_view model;              // as asked of it; of the plan
  std::vector<Failure> failed;         // who was asked before another target was tried
  bool is_last = false;                // the target that is asked is the last one: nobody waits for others
};

// One per loop; outlives what it started.
class Resilience {
 public:
  Resilience(Config config, std::vector<Provider> providers, net::Loop& loop);
  // Asks the plan's targets in order until one begins to answer: its first token is here, or its end. The deadline of the whole answer holds for all of them together.
  // When none does: the error of the last one that could have.
  net::Task<Result<std::unique_ptr<providers::EventSource>>> start(const routing::Plan& plan, const chat::Chat& chat, Trail& trail, net::Cancellation& cancellation);

 private:
  providers::Deadlines deadlines(const chat::Chat& chat, const routing::Patience& patience, MonoTime began) const;
  net::Task<Result<std::unique_ptr<providers::EventSource>>> ask(const routing::Target& target, const chat::Chat& chat, const routing::Plan& plan, MonoTime began,
                                                                 net::Cancellation& cancellation);
  const Config config_;
  net::Loop& loop_;
  const std::vector<Provider> providers_;
  std::unordered_map<std::string_view, const Provider*> by_name_;
};

}  // namespace genai::resilience

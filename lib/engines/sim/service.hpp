// The simulated provider as an HTTP service in OpenAI's dialect: chat completions, models, embeddings, health.
#pragma once

#include <unordered_set>

#include "engines/sim/engine.hpp"
#include "platform/http/host.hpp"

namespace genai::sim {

// One loop's share. It draws no line between plain and streamed answers at its end: what runs may finish until it is cut.
class Service final : public http::Site {
 public:
  Service(net::Loop& loop, Config config) : engine_(loop, config) {}

  net::Task<void> handle(http::Exchange& exchange) override;
  http::Response reject(const Error& error) override;
  Nanoseconds drain() override { return Nanoseconds(0); }
  void cut_plain() override;
  void cut_streams() override;
  net::Task<void> close() override;

 private:
  class Running;
  using Sources = std::unordered_set<providers::EventSource*>;
  net::Task<void> chat(http::Exchange& exchange, std::string body);
  net::Task<void> answer(http::Exchange& exchange, providers::EventSource& source);
  net::Task<void> stream(http::Exchange& exchange, providers::EventSource& source);

  Engine engine_;
  Sources plain_;    // running answers, to be cut
  Sources streams_;
};

}  // namespace genai::sim

// The simulated model on one loop: scripts, paced.
#pragma once

#include <cstdint>
#include <memory>

#include "base/error.hpp"
#include "engines/sim/upstream.hpp"

namespace genai::sim {

// Confined to its loop.
class Engine {
 public:
  Engine(net::Loop& loop, Config config) : loop_(loop), config_(config) {}
  // Takes a request; its answer's time runs from now. `usage`: a stream ends with a usage chunk. invalid_value when `n` is not 1.
  Result<std::unique_ptr<providers::EventSource>> start(const chat::Chat& chat, std::string_view model, bool usage, providers::Deadlines deadlines);
  // The same for a chat of any dialect; a stream has its usage.
  Result<std::unique_ptr<providers::EventSource>> answer(const chat::Chat& chat, std::string_view model, providers::Deadlines deadlines);
  net::Loop& loop() { return loop_; }
  const Config& config() const { return config_; }

 private:
  net::Loop& loop_;
  Config config_;
  std::uint64_t requests_ = 0;
};

}  // namespace genai::sim

// The simulated model: readable nonsense at an exact pace, from a seed.
//
// The first token comes `ttft` after the request was taken, the others every `itl` on a fixed schedule, so that errors don't add up. The
// same seed and the same sequence of requests give the same bytes, in process and over HTTP. Stated rules: one word or full stop is one
// token; the prompt counts as chat::Chat::prompt_estimate; any model name is answered; `n` must be 1.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>

#include "base/clock.hpp"
#include "base/quantity.hpp"
#include "features/providers/upstream.hpp"
#include "platform/net/loop.hpp"

namespace genai::sim {

struct Config {
  Nanoseconds ttft = std::chrono::milliseconds(20);
  Nanoseconds itl = std::chrono::milliseconds(5);
  Tokens output_tokens{64};  // at least 1; a request's own limit may be lower: then `finish_reason` is "length"
  std::uint64_t seed = 1;
  std::uint64_t lane = 0;  // loops of one process take different ones, so that their answers differ
};

// The model in process: streams always carry usage, as the gateway always asks for it. Confined to the loop, which outlives it.
std::unique_ptr<providers::Upstream> make_upstream(net::Loop& loop, Config config);

}  // namespace genai::sim

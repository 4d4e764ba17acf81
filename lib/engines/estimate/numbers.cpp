#include "engines/estimate/numbers.hpp"

#include <algorithm>
#include <cmath>

namespace genai::estimate {
namespace {

constexpr std::int64_t whole = 1'000'000;  // ppm

bool bills_writes(const catalog::Match& match, WallTime at, CacheTtl ttl) {
  const auto* row = match.offer->at(at);
  const auto bucket = ttl == CacheTtl::hour ? catalog::Bucket::cache_write_1h : catalog::Bucket::cache_write_5m;
  return row != nullptr && row->rates_of(catalog::ServiceTier::standard, false).of(bucket).has_value();
}

chat::Usage turn(const Numbers& numbers, std::int64_t k) {
  chat::Usage usage;
  usage.prompt = Tokens((k + 1) * numbers.input.value() + k * numbers.output.value());
  usage.completion = numbers.output;
  return usage;
}

Result<void> add_prefixed(ModelCost& cost, chat::Usage usage, const Numbers& numbers, WallTime at) {
  const auto& prefix = *numbers.prefix;
  const Ratio hit(prefix.hits.value_or(hits_of_poisson(numbers.requests_per_day.value_or(1), prefix.ttl)));
  const bool writes = bills_writes(cost.match(), at, prefix.ttl);
  const auto held = std::min(prefix.tokens, usage.prompt);
  chat::Usage miss = usage;
  usage.cached = held;
  if (writes) (prefix.ttl == CacheTtl::hour ? miss.cache_write_1h : miss.cache_write_5m) = held;
  if (hit.part > 0)
    if (auto added = add_served(cost, Counted::exactly(usage), hit.part, numbers.serving); !added) return added;
  return hit.rest > 0 ? add_served(cost, Counted::exactly(miss), hit.rest, numbers.serving) : Result<void>();
}

}  // namespace

Share hits_of_poisson(std::int64_t requests, CacheTtl ttl) {
  if (requests <= 1) return {};
  const double n = static_cast<double>(requests), day_s = 86'400, ttl_s = ttl == CacheTtl::hour ? 3'600 : 300;
  const auto misses = std::min(requests, 1 + static_cast<std::int64_t>(std::llround(n * std::exp(-n * ttl_s / day_s))));
  return {static_cast<std::int64_t>(static_cast<__int128>(requests - misses) * whole / requests)};
}

std::string description(const Numbers& numbers) {
  std::string what = std::to_string(numbers.input.value()) + " tokens in, " + std::to_string(numbers.output.value()) + " out";
  if (numbers.turns > 1) what += " a turn, conversations of " + std::to_string(numbers.turns) + " turns that resend their history";
  if (numbers.prefix) {
    what += ", a prefix of " + std::to_string(numbers.prefix->tokens.value()) + " tokens cached for " + (numbers.prefix->ttl == CacheTtl::hour ? "an hour" : "5 minutes") + " and read by " +
            text(numbers.prefix->hits.value_or(hits_of_poisson(numbers.requests_per_day.value_or(1), numbers.prefix->ttl))) +
            (numbers.prefix->hits ? " of the requests" : " of the requests, as they come at random");
  }
  return what + description(numbers.serving);
}

Result<void> add_numbers(ModelCost& cost, const Numbers& numbers, WallTime at) {
  for (std::int64_t k = 0; k < numbers.turns; ++k) {
    const auto usage = turn(numbers, k);
    auto added = numbers.prefix ? add_prefixed(cost, usage, numbers, at) : add_served(cost, Counted::exactly(usage), 1, numbers.serving);
    if (!added) return added;
  }
  return {};
}

}  // namespace genai::estimate

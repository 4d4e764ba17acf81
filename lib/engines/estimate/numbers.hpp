// Traffic given as numbers, turned into requests.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "engines/estimate/api_cost.hpp"
#include "engines/estimate/serving.hpp"

namespace genai::estimate {

inline constexpr std::int64_t most_requests_per_day = 1'000'000'000'000;
inline constexpr std::int64_t most_tokens_each = 1'000'000'000;  // in or out, of one request
inline constexpr std::int64_t most_turns = 10'000;

enum class CacheTtl : std::uint8_t { five_minutes, hour };

// A prefix of every prompt that a provider's cache holds. A hit reads it; a miss writes it, or pays plain input where writes have no price.
struct CachedPrefix {
  Tokens tokens;
  CacheTtl ttl = CacheTtl::five_minutes;
  std::optional<Share> hits;  // nothing: as many as requests spread evenly at random over the day leave (hits_of_poisson)
};

struct Numbers {
  Tokens input, output;  // of one request; of one turn where there are several
  std::int64_t turns = 1;  // a conversation: turn k sends the k-1 before it, question and answer, again
  Serving serving;
  std::optional<CachedPrefix> prefix;  // instead of `serving.cached`
  std::optional<std::int64_t> requests_per_day;
};

// Misses of a cache that forgets after `ttl` since the last use, when `requests` a day arrive independently (a Poisson process): the first of
// the day, and each that comes later than `ttl` after the one before, which has probability exp(-requests x ttl / day).
Share hits_of_poisson(std::int64_t requests, CacheTtl ttl);

// "500 tokens in, 300 out, 30% of the input read from the cache": for a report.
std::string description(const Numbers& numbers);

// Adds a sample with these shares to the cost. Errors as ModelCost::add.
Result<void> add_numbers(ModelCost& cost, const Numbers& numbers, WallTime at);

}  // namespace genai::estimate

// How requests are served, whatever their tokens: from the provider's cache, in batches, at a tier.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "engines/estimate/api_cost.hpp"

namespace genai::estimate {

// A part of a whole in millionths, 0 to 1'000'000.
struct Share {
  std::int64_t ppm = 0;
};

// "30%", "0.3", "99.95%": at most six decimals of the whole.
Result<Share> parse_share(std::string_view text);
std::string text(Share share);  // "99.95%"

struct Serving {
  Share cached;  // of each prompt's tokens, read from the cache; whole tokens, rounded to the nearest
  Share batch;   // of the requests, sent to the batch endpoint; the rest is served as `tier` says
  catalog::ServiceTier tier = catalog::ServiceTier::standard;
};

// ", 30% of the input read from the cache", or nothing: what is unusual.
std::string description(const Serving& serving);

// The smallest whole numbers in the ratio of a share to the rest.
struct Ratio {
  std::int64_t part, rest;
  explicit Ratio(Share share);
};

// Adds a request in both ways of serving it, each as often as its share says; what `usage` says of the cache stays unless `serving` has a
// share. Errors as ModelCost::add.
Result<void> add_served(ModelCost& cost, const Counted& counted, std::int64_t times, const Serving& serving);

}  // namespace genai::estimate

// What traffic costs at providers that bill by the token. Pure: prices come from the catalog, exact sums go out; nothing is rounded before a
// figure is shown, and then up.
//
// A scenario is requests: each with its tokens, how often it happens, and how it is served. Tokens that were counted by an estimate carry
// their bounds, and so does every sum they are part of.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "base/error.hpp"
#include "domain/catalog/catalog.hpp"

namespace genai::estimate {

inline constexpr int days_a_month = 30;
inline constexpr int days_a_year = 365;

// Tokens of one request as counted, and the least and most that the counting allows; all three are the same where it is exact.
struct Counted {
  chat::Usage likely, least, most;
  static Counted exactly(const chat::Usage& usage) { return {usage, usage, usage}; }
};

// A sum and its bounds.
struct Range {
  catalog::Amount likely, least, most;
  bool is_exact() const { return least == most; }
};

// One way in which tokens were priced: everything with the same row, tier, side of the threshold and bucket.
struct Priced {
  const catalog::Row* row = nullptr;
  catalog::ServiceTier tier{};
  bool is_long = false;
  catalog::Bucket bucket{};
  catalog::Price price;  // with the region's factor
  Tokens tokens;         // of all requests together
  catalog::Amount cost;
};

// The cost of a sample of requests with one model. Memory does not grow with requests.
class ModelCost {
 public:
  // `terms.tier` is ignored: each request says its own.
  ModelCost(std::string asked, catalog::Match match, catalog::Terms terms)
      : asked_(std::move(asked)), match_(std::move(match)), region_(terms.region), at_(terms.at) {}

  // Adds `times` requests of this kind, times >= 1. The catalog's errors, and invalid_value when sums leave 64 bits of tokens or 128 of money.
  Result<void> add(const Counted& counted, std::int64_t times, catalog::ServiceTier tier);

  const std::string& asked() const { return asked_; }  // the model as named by the user
  const catalog::Match& match() const { return match_; }
  std::int64_t requests() const { return requests_; }
  const Range& total() const { return total_; }
  std::vector<Priced> priced() const;        // by row, tier, side and bucket
  bool was_clamped() const { return was_clamped_; }

  // The average request, rounded up to a pico-USD. requests() > 0.
  Range per_request() const;
  // What `count` requests like these cost: total x count / requests, rounded up to a pico-USD; nothing beyond 128 bits.
  std::optional<Range> of(std::int64_t count) const;

 private:
  using Key = std::tuple<const catalog::Row*, catalog::ServiceTier, bool, catalog::Bucket>;
  Result<catalog::Amount> priced_once(const chat::Usage& usage, std::int64_t times, catalog::ServiceTier tier, bool is_kept);
  Result<void> keep(const catalog::Bill& bill, std::int64_t times);

  std::string asked_;
  catalog::Match match_;
  std::string region_;
  WallTime at_;
  std::int64_t requests_ = 0;
  Range total_;
  std::map<Key, Priced> priced_;
  bool was_clamped_ = false;
};

}  // namespace genai::estimate

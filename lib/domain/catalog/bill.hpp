// What a request cost: every token in exactly one bucket, every bucket at one price of one row, one rounding.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string_view>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "domain/catalog/row.hpp"
#include "domain/chat/usage.hpp"

namespace genai::catalog {

struct Match;

// The tokens of a request by bucket. Their sum is prompt + completion, always.
struct Buckets {
  std::array<Tokens, buckets> tokens{};
  bool was_clamped = false;
  Tokens operator[](Bucket bucket) const { return tokens[static_cast<std::size_t>(bucket)]; }
};

// Splits what a provider reported. Parts that add up to more than their whole are cut to what is left of it, in the order cached,
// cache_write_1h, cache_write_5m, audio (and reasoning, audio of the answer), so that no bucket is negative and no token counts twice: audio that was
// read from a cache counts as cached. A negative count, or one beyond max_tokens, is invalid_value.
Result<Buckets> split(const chat::Usage& usage);

// What else decides a price.
struct Terms {
  WallTime at{};  // when the request began
  ServiceTier tier = ServiceTier::standard;
  std::string_view region{};  // empty: that of the name, or none
};

struct Line {
  Bucket bucket{};
  Tokens tokens;
  Price price;  // with the region's factor
};

// Points into the catalog.
struct Bill {
  const Row* row = nullptr;
  std::array<Line, buckets> all_lines{};
  std::size_t used = 0;
  Amount exact;      // the sum of tokens times price
  NanoUsd total;     // it, rounded up once
  ServiceTier tier = ServiceTier::standard;
  std::int64_t region_permille = 1000;
  bool is_long = false;  // beyond the row's threshold
  bool was_clamped = false;
  std::span<const Line> lines() const { return {all_lines.data(), used}; }  // buckets with tokens in them
};

// Prices a request. Allocates nothing unless it fails: unknown_price when the row in force, the tier, the region or one bucket that is
// used has none (the error says which), invalid_value as above. Any thread.
Result<Bill> price(const Match& match, const chat::Usage& usage, const Terms& terms);

}  // namespace genai::catalog

// Prices, and exact sums of tokens times prices. Integers only: nothing is rounded until a sum becomes NanoUsd.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/quantity.hpp"

namespace genai::catalog {

// What one token costs. 2.50 USD per million tokens is 2'500'000. Never negative.
struct Price {
  std::int64_t pico_usd_per_token = 0;
  friend constexpr auto operator<=>(Price, Price) = default;
};

// Prices are read up to this: a million USD per million tokens.
inline constexpr Price max_price{1'000'000'000'000};
// Tokens of one request are priced up to this. max_tokens times max_price, ten times over, is far from the end of 128 bits.
inline constexpr Tokens max_tokens{1'000'000'000'000};

// "0.0028": USD per million tokens, as tables write it. Exact.
std::string usd_per_mtok(Price price);

// An exact sum of tokens times prices: pico-USD in 128 bits. Never negative.
class Amount {
 public:
  constexpr Amount() = default;
  // Tokens in [0, max_tokens] at a price up to ten times max_price: cannot overflow, nor can sums of a thousand such products.
  static constexpr Amount of(Tokens tokens, Price price) { return Amount(static_cast<Wide>(tokens.value()) * price.pico_usd_per_token); }
  static constexpr Amount of(NanoUsd money) { return Amount(static_cast<Wide>(money.value()) * 1000); }

  // "1000", "0.005": plain decimal USD below a billion with at most nine decimals, or nothing.
  static std::optional<Amount> parse(std::string_view usd);

  constexpr Amount& operator+=(Amount other) { pico_ += other.pico_; return *this; }
  friend constexpr Amount operator+(Amount a, Amount b) { return a += b; }
  friend constexpr auto operator<=>(Amount, Amount) = default;

  // `count` times as much, count >= 0; nothing if that leaves 128 bits.
  std::optional<Amount> times(std::int64_t count) const;
  // The `count`th part, count >= 1, rounded up to a pico-USD.
  Amount divided_up(std::int64_t count) const;
  // Rounded up, the one rounding; nothing if it leaves 64 bits (9.2 billion USD).
  std::optional<NanoUsd> rounded_up() const;
  // "42.50", "0.00425": exact decimal USD without exponent, at least two decimals, no more than needed.
  std::string usd() const;
  // The same rounded up to a multiple of 10^-decimals USD, decimals in [2, 12].
  std::string usd(int decimals) const;

 private:
  using Wide = __int128;
  explicit constexpr Amount(Wide pico) : pico_(pico) {}
  Wide pico_ = 0;
};

// Where a token of a request belongs: exactly one of these.
enum class Bucket : std::uint8_t {
  input,           // text and images of the prompt that no cache served or stored
  cache_read,      // prompt tokens read from the provider's prompt cache, of any kind
  cache_write_5m,  // prompt tokens stored in it: for five minutes, or as long as a provider with one duration keeps them
  cache_write_1h,  // prompt tokens stored for an hour
  audio_input,     // audio of the prompt
  output,          // text of the answer
  reasoning,       // hidden tokens of the answer; always at the price of output
  audio_output,    // audio of the answer
};
inline constexpr std::size_t buckets = 8;
std::string_view name(Bucket bucket) noexcept;  // "cache_write_5m"

// A price for each bucket, or none where none is known. Unknown is never 0.
class Rates {
 public:
  constexpr std::optional<Price> of(Bucket bucket) const {
    const auto pico = pico_[static_cast<std::size_t>(bucket)];
    return pico == unknown ? std::nullopt : std::optional(Price{pico});
  }
  constexpr void set(Bucket bucket, std::optional<Price> price) {
    pico_[static_cast<std::size_t>(bucket)] = price ? price->pico_usd_per_token : unknown;
  }
  friend bool operator==(const Rates&, const Rates&) = default;

 private:
  static constexpr std::int64_t unknown = -1;
  std::array<std::int64_t, buckets> pico_{unknown, unknown, unknown, unknown, unknown, unknown, unknown, unknown};
};

}  // namespace genai::catalog

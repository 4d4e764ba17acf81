// Quantities have types, explicit construction, and only the arithmetic that makes sense.
#pragma once

#include <compare>
#include <cstdint>

namespace genai {

// A signed 64-bit number of things of one kind. Sums and differences stay in the kind; overflow is the caller's bug.
template <class Tag>
class Count {
 public:
  constexpr Count() = default;
  constexpr explicit Count(std::int64_t value) : value_(value) {}
  constexpr std::int64_t value() const { return value_; }

  constexpr Count& operator+=(Count other) { value_ += other.value_; return *this; }
  constexpr Count& operator-=(Count other) { value_ -= other.value_; return *this; }
  friend constexpr Count operator+(Count a, Count b) { return a += b; }
  friend constexpr Count operator-(Count a, Count b) { return a -= b; }
  friend constexpr auto operator<=>(Count, Count) = default;

 private:
  std::int64_t value_ = 0;
};

using Tokens = Count<struct TokensTag>;
using NanoUsd = Count<struct NanoUsdTag>;  // 1 USD is 1'000'000'000

}  // namespace genai

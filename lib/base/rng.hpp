// Chance comes in through constructors, so that a run can be replayed from its seed.
#pragma once

#include <cstdint>

namespace genai {

class Rng {
 public:
  virtual ~Rng() = default;
  virtual std::uint64_t next() = 0;  // uniform over all 64-bit values
  double unit();                     // uniform in [0, 1), 53 bits
  double exponential(double mean);   // mean > 0
};

// xoshiro256** by Blackman and Vigna (2018), seeded through splitmix64: same seed, same sequence, on every machine.
class SeededRng final : public Rng {
 public:
  explicit SeededRng(std::uint64_t seed);
  std::uint64_t next() override;

 private:
  std::uint64_t state_[4];
};

}  // namespace genai

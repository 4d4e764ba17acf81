#include "platform/stats/histogram.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace genai::stats {

// Block 0 holds 0..1023 ns; block b > 0 holds values whose highest bit is b + 9, by their ten bits below it.
Histogram::Place Histogram::place(std::uint64_t value) {
  const auto width = static_cast<unsigned>(std::bit_width(value));
  if (width <= precision_bits) return Place{0, value};
  const unsigned shift = width - 1 - precision_bits;
  return Place{shift + 1, (value >> shift) - block_size};
}

Nanoseconds Histogram::middle(Place at) {
  if (at.block == 0) return Nanoseconds(at.slot);
  const auto shift = at.block - 1;
  const std::uint64_t low = (block_size + at.slot) << shift;
  return Nanoseconds(low + ((std::uint64_t{1} << shift) >> 1));
}

void Histogram::record(Nanoseconds value) {
  const Place at = place(static_cast<std::uint64_t>(std::clamp(value, Nanoseconds{0}, highest).count()));
  auto& block = blocks_[at.block];
  if (!block) [[unlikely]] block = std::make_unique<Block>();
  ++(*block)[at.slot];
  ++count_;
  sum_ += value.count();
  if (value < min_) min_ = value;
  if (value > max_) max_ = value;
}

void Histogram::add(const Histogram& other) {
  for (std::size_t b = 0; b < blocks; ++b) {
    if (!other.blocks_[b]) continue;
    if (!blocks_[b]) blocks_[b] = std::make_unique<Block>();
    for (std::size_t s = 0; s < block_size; ++s) (*blocks_[b])[s] += (*other.blocks_[b])[s];
  }
  count_ += other.count_;
  sum_ += other.sum_;
  min_ = std::min(min_, other.min_);
  max_ = std::max(max_, other.max_);
}

Nanoseconds Histogram::mean() const {
  if (empty()) return Nanoseconds{0};
  return Nanoseconds(std::llround(static_cast<double>(sum_) / static_cast<double>(count_)));
}

Nanoseconds Histogram::percentile(double percent) const {
  if (empty()) return Nanoseconds{0};
  // 99.9 % of 1000 is the 999th sample, though the product in binary is a little more than 999.
  const double exact = percent / 100 * static_cast<double>(count_);
  const auto rank = std::clamp(static_cast<std::uint64_t>(std::ceil(exact - 1e-6)), std::uint64_t{1}, count_);
  std::uint64_t seen = 0;
  for (std::size_t b = 0; b < blocks; ++b) {
    if (!blocks_[b]) continue;
    for (std::size_t s = 0; s < block_size; ++s) {
      seen += (*blocks_[b])[s];
      if (seen >= rank) return std::clamp(middle(Place{b, s}), min_, max_);
    }
  }
  return max_;
}

}  // namespace genai::stats

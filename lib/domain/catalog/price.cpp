#include "domain/catalog/price.hpp"

#include <algorithm>

namespace genai::catalog {
namespace {

// value / 10^digits as a decimal with at least `least` decimals and no zeros behind those.
std::string decimal(unsigned __int128 value, std::size_t digits, std::size_t least) {
  std::string text;
  for (; value != 0 || text.size() <= digits; value /= 10) text += static_cast<char>('0' + static_cast<int>(value % 10));
  std::reverse(text.begin(), text.end());
  text.insert(text.size() - digits, 1, '.');
  const auto shortest = text.find('.') + 1 + least;
  while (text.size() > shortest && text.back() == '0') text.pop_back();
  if (text.back() == '.') text.pop_back();
  return text;
}

}  // namespace

std::string usd_per_mtok(Price price) { return decimal(static_cast<unsigned __int128>(price.pico_usd_per_token), 6, 0); }

std::optional<Amount> Amount::parse(std::string_view usd) {
  const auto point = std::min(usd.find('.'), usd.size());
  const auto decimals = usd.size() - std::min(point + 1, usd.size());
  if (point == 0 || point > 9 || decimals > 9 || (point < usd.size() && decimals == 0)) return std::nullopt;
  std::int64_t nano = 0;
  for (std::size_t i = 0; i < usd.size(); ++i) {
    if (i == point) continue;
    if (usd[i] < '0' || usd[i] > '9') return std::nullopt;
    nano = nano * 10 + (usd[i] - '0');
  }
  for (auto i = decimals; i < 9; ++i) nano *= 10;
  return of(NanoUsd(nano));
}

std::optional<Amount> Amount::times(std::int64_t count) const {
  Amount product;
  if (__builtin_mul_overflow(pico_, static_cast<Wide>(count), &product.pico_)) return std::nullopt;
  return product;
}

Amount Amount::divided_up(std::int64_t count) const { return Amount(pico_ / count + (pico_ % count != 0 ? 1 : 0)); }

std::optional<NanoUsd> Amount::rounded_up() const {
  const Wide nano = pico_ / 1000 + (pico_ % 1000 != 0 ? 1 : 0);
  if (nano > INT64_MAX) return std::nullopt;
  return NanoUsd(static_cast<std::int64_t>(nano));
}

std::string Amount::usd() const { return decimal(static_cast<unsigned __int128>(pico_), 12, 2); }

std::string Amount::usd(int decimals) const {
  Wide unit = 1;
  for (int i = decimals; i < 12; ++i) unit *= 10;
  return Amount((pico_ / unit + (pico_ % unit != 0 ? 1 : 0)) * unit).usd();
}

std::string_view name(Bucket bucket) noexcept {
  constexpr std::array<std::string_view, buckets> names{"input",  "cache_read", "cache_write_5m", "cache_write_1h", "audio_input",
                                                        "output", "reasoning",  "audio_output"};
  return names[static_cast<std::size_t>(bucket)];
}

}  // namespace genai::catalog

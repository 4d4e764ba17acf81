#include "domain/catalog/rates_config.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

#include "platform/config/config.hpp"

namespace genai::catalog {
namespace {

constexpr double pico_per_usd_per_mtok = 1e6;
constexpr std::array optional_buckets{Bucket::cache_read, Bucket::cache_write_5m, Bucket::cache_write_1h, Bucket::audio_input, Bucket::audio_output};

std::string key_of(Bucket bucket) { return std::string(name(bucket)) + "_usd_per_mtok"; }

bool costs_as_input(Bucket bucket) { return bucket != Bucket::audio_input && bucket != Bucket::audio_output; }
bool is_required(Bucket bucket) { return bucket == Bucket::input || bucket == Bucket::output; }

std::string meaning_of(Bucket bucket) {
  std::string words(name(bucket));
  std::replace(words.begin(), words.end(), '_', ' ');
  return "USD for a million tokens of " + words + ", at most six decimals" + (is_required(bucket) || !costs_as_input(bucket) ? "" : "; default: as input");
}

Price read(const config::Value& value) {
  const double pico = value.number_or(0, 0, max_price.pico_usd_per_token / pico_per_usd_per_mtok) * pico_per_usd_per_mtok;
  const auto whole = std::llround(pico);
  if (std::abs(pico - static_cast<double>(whole)) > 1e-3) value.problem("a price has at most six decimals");
  return Price{whole};
}

}  // namespace

std::optional<Rates> read_rates(config::Map& parent) {
  auto given = parent.optional("price", "what tokens cost there, instead of what the catalogue says").map();
  if (!given) return std::nullopt;
  Rates rates;
  const auto input = read(given->required(key_of(Bucket::input), meaning_of(Bucket::input)));
  const auto output = read(given->required(key_of(Bucket::output), meaning_of(Bucket::output)));
  rates.set(Bucket::input, input);
  rates.set(Bucket::output, output);
  rates.set(Bucket::reasoning, output);
  for (const auto bucket : optional_buckets) {
    const auto value = given->optional(key_of(bucket), meaning_of(bucket));
    if (value.present()) rates.set(bucket, read(value));
    else if (costs_as_input(bucket)) rates.set(bucket, input);
  }
  return rates;
}

}  // namespace genai::catalog

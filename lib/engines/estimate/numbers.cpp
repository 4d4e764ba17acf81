#include "engines/estimate/numbers.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numeric>

namespace genai::estimate {
namespace {

constexpr std::int64_t whole = 1'000'000;  // ppm

// The smallest whole numbers in the ratio of the share to the rest.
struct Ratio {
  std::int64_t part, rest;
  explicit Ratio(Share share) {
    const auto divisor = std::gcd(share.ppm, whole);
    part = share.ppm / divisor;
    rest = (whole - share.ppm) / divisor;
  }
};

Tokens part_of(Tokens tokens, Share share) { return Tokens((tokens.value() * share.ppm + whole / 2) / whole); }

bool bills_writes(const catalog::Match& match, WallTime at, CacheTtl ttl) {
  const auto* row = match.offer->at(at);
  const auto bucket = ttl == CacheTtl::hour ? catalog::Bucket::cache_write_1h : catalog::Bucket::cache_write_5m;
  return row != nullptr && row->rates_of(catalog::ServiceTier::standard, false).of(bucket).has_value();
}

chat::Usage turn(const Numbers& numbers, std::int64_t k) {
  chat::Usage usage;
  usage.prompt = Tokens((k + 1) * numbers.input.value() + k * numbers.output.value());
  usage.completion = numbers.output;
  return usage;
}

// Adds a request in both ways of serving it, each as often as its share says.
Result<void> add_served(ModelCost& cost, const chat::Usage& usage, std::int64_t times, const Numbers& numbers) {
  const Ratio batch(numbers.batch);
  if (batch.rest > 0)
    if (auto added = cost.add(Counted::exactly(usage), times * batch.rest, numbers.tier); !added) return added;
  return batch.part > 0 ? cost.add(Counted::exactly(usage), times * batch.part, catalog::ServiceTier::batch) : Result<void>();
}

Result<void> add_prefixed(ModelCost& cost, chat::Usage usage, const Numbers& numbers, WallTime at) {
  const auto& prefix = *numbers.prefix;
  const Ratio hit(prefix.hits.value_or(hits_of_poisson(numbers.requests_per_day.value_or(1), prefix.ttl)));
  const bool writes = bills_writes(cost.match(), at, prefix.ttl);
  const auto held = std::min(prefix.tokens, usage.prompt);
  chat::Usage miss = usage;
  usage.cached = held;
  if (writes) (prefix.ttl == CacheTtl::hour ? miss.cache_write_1h : miss.cache_write_5m) = held;
  if (hit.part > 0)
    if (auto added = add_served(cost, usage, hit.part, numbers); !added) return added;
  return hit.rest > 0 ? add_served(cost, miss, hit.rest, numbers) : Result<void>();
}

}  // namespace

Result<Share> parse_share(std::string_view text) {
  const auto refuse = [&] { return Error{Code::usage_error, "expected a share such as 30% or 0.3, found '" + std::string(text.substr(0, 64)) + "'", {}}; };
  const bool is_percent = text.ends_with('%');
  const auto number = text.substr(0, text.size() - (is_percent ? 1 : 0));
  const std::size_t places = is_percent ? 4 : 6;
  const auto point = std::min(number.find('.'), number.size());
  auto fraction = std::string(number.substr(std::min(point + 1, number.size())));
  if (number.empty() || point == 0 || point > 3 || fraction.size() > places || (point < number.size() && fraction.empty())) return refuse();
  fraction.resize(places, '0');
  const auto digits = std::string(number.substr(0, point)) + fraction;
  std::int64_t ppm = 0;
  const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), ppm);
  if (failure != std::errc() || end != digits.data() + digits.size() || ppm < 0 || ppm > whole) return refuse();
  return Share{ppm};
}

Share hits_of_poisson(std::int64_t requests, CacheTtl ttl) {
  if (requests <= 1) return {};
  const double n = static_cast<double>(requests), day_s = 86'400, ttl_s = ttl == CacheTtl::hour ? 3'600 : 300;
  const auto misses = std::min(requests, 1 + static_cast<std::int64_t>(std::llround(n * std::exp(-n * ttl_s / day_s))));
  return {static_cast<std::int64_t>(static_cast<__int128>(requests - misses) * whole / requests)};
}

std::string description(const Numbers& numbers) {
  const auto percent = [](Share share) {
    auto text = std::to_string(share.ppm / 10'000);
    if (share.ppm % 10'000 == 0) return text + "%";
    auto fraction = std::to_string(10'000 + share.ppm % 10'000).substr(1);
    fraction.erase(fraction.find_last_not_of('0') + 1);
    return text + "." + fraction + "%";
  };
  std::string text = std::to_string(numbers.input.value()) + " tokens in, " + std::to_string(numbers.output.value()) + " out";
  if (numbers.turns > 1) text += " a turn, conversations of " + std::to_string(numbers.turns) + " turns that resend their history";
  if (numbers.cached.ppm > 0) text += ", " + percent(numbers.cached) + " of the input read from the cache";
  if (numbers.prefix) {
    text += ", a prefix of " + std::to_string(numbers.prefix->tokens.value()) + " tokens cached for " + (numbers.prefix->ttl == CacheTtl::hour ? "an hour" : "5 minutes") + " and read by " +
            percent(numbers.prefix->hits.value_or(hits_of_poisson(numbers.requests_per_day.value_or(1), numbers.prefix->ttl))) +
            (numbers.prefix->hits ? " of the requests" : " of the requests, as they come at random");
  }
  if (numbers.tier != catalog::ServiceTier::standard) text += ", tier " + std::string(name(numbers.tier));
  if (numbers.batch.ppm > 0) text += ", " + percent(numbers.batch) + " of the requests in batches";
  return text;
}

Result<void> add_numbers(ModelCost& cost, const Numbers& numbers, WallTime at) {
  for (std::int64_t k = 0; k < numbers.turns; ++k) {
    auto usage = turn(numbers, k);
    if (!numbers.prefix) usage.cached = part_of(usage.prompt, numbers.cached);
    auto added = numbers.prefix ? add_prefixed(cost, usage, numbers, at) : add_served(cost, usage, 1, numbers);
    if (!added) return added;
  }
  return {};
}

}  // namespace genai::estimate

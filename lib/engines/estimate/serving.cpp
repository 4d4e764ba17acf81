#include "engines/estimate/serving.hpp"

#include <algorithm>
#include <charconv>
#include <numeric>

namespace genai::estimate {
namespace {

constexpr std::int64_t whole = 1'000'000;  // ppm

Tokens part_of(Tokens tokens, Share share) { return Tokens((tokens.value() * share.ppm + whole / 2) / whole); }

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

std::string text(Share share) {
  auto text = std::to_string(share.ppm / 10'000);
  if (share.ppm % 10'000 == 0) return text + "%";
  auto fraction = std::to_string(10'000 + share.ppm % 10'000).substr(1);
  fraction.erase(fraction.find_last_not_of('0') + 1);
  return text + "." + fraction + "%";
}

std::string description(const Serving& serving) {
  std::string what;
  if (serving.cached.ppm > 0) what += ", " + text(serving.cached) + " of the input read from the cache";
  if (serving.tier != catalog::ServiceTier::standard) what += ", tier " + std::string(name(serving.tier));
  if (serving.batch.ppm > 0) what += ", " + text(serving.batch) + " of the requests in batches";
  return what;
}

Ratio::Ratio(Share share) {
  const auto divisor = std::gcd(share.ppm, whole);
  part = share.ppm / divisor;
  rest = (whole - share.ppm) / divisor;
}

Result<void> add_served(ModelCost& cost, const Counted& counted, std::int64_t times, const Serving& serving) {
  Counted served = counted;
  if (serving.cached.ppm > 0)
    for (auto* usage : {&served.likely, &served.least, &served.most}) usage->cached = part_of(usage->prompt, serving.cached);
  const Ratio batch(serving.batch);
  if (batch.rest > 0)
    if (auto added = cost.add(served, times * batch.rest, serving.tier); !added) return added;
  return batch.part > 0 ? cost.add(served, times * batch.part, catalog::ServiceTier::batch) : Result<void>();
}

}  // namespace genai::estimate

#include "engines/estimate/api_cost.hpp"

namespace genai::estimate {
namespace {

Error too_much(const char* what) { return {Code::invalid_value, std::string("more ") + what + " than can be counted", {}}; }

}  // namespace

Result<void> ModelCost::keep(const catalog::Bill& bill, std::int64_t times) {
  was_clamped_ |= bill.was_clamped;
  for (const auto& line : bill.lines()) {
    auto& sum = priced_[Key{bill.row, bill.tier, bill.is_long, line.bucket}];
    std::int64_t tokens = 0, all = 0;
    if (__builtin_mul_overflow(line.tokens.value(), times, &tokens) || __builtin_add_overflow(sum.tokens.value(), tokens, &all)) return too_much("tokens");
    const auto cost = catalog::Amount::of(line.tokens, line.price).times(times);
    if (!cost) return too_much("money");
    sum = {bill.row, bill.tier, bill.is_long, line.bucket, line.price, Tokens(all), sum.cost + *cost};
  }
  return {};
}

Result<catalog::Amount> ModelCost::priced_once(const chat::Usage& usage, std::int64_t times, catalog::ServiceTier tier, bool is_kept) {
  const auto bill = catalog::price(match_, usage, {at_, tier, region_});
  if (!bill) return bill.error();
  const auto cost = bill->exact.times(times);
  if (!cost) return too_much("money");
  if (is_kept)
    if (const auto kept = keep(*bill, times); !kept) return kept.error();
  return *cost;
}

Result<void> ModelCost::add(const Counted& counted, std::int64_t times, catalog::ServiceTier tier) {
  const auto likely = priced_once(counted.likely, times, tier, true);
  if (!likely) return likely.error();
  const bool is_exact = counted.least == counted.likely && counted.most == counted.likely;
  const auto least = is_exact ? likely : priced_once(counted.least, times, tier, false);
  if (!least) return least.error();
  const auto most = is_exact ? likely : priced_once(counted.most, times, tier, false);
  if (!most) return most.error();
  total_.likely += *likely;
  total_.least += *least;
  total_.most += *most;
  if (__builtin_add_overflow(requests_, times, &requests_)) return too_much("requests");
  return {};
}

std::vector<Priced> ModelCost::priced() const {
  std::vector<Priced> result;
  for (const auto& [key, sum] : priced_) result.push_back(sum);
  return result;
}

std::optional<Range> ModelCost::of(std::int64_t count) const {
  const auto scaled = [&](const catalog::Amount& amount) -> std::optional<catalog::Amount> {
    const auto product = amount.times(count);
    return product ? std::optional(product->divided_up(requests_)) : std::nullopt;
  };
  const auto likely = scaled(total_.likely), least = scaled(total_.least), most = scaled(total_.most);
  if (!likely || !least || !most) return std::nullopt;
  return Range{*likely, *least, *most};
}

Range ModelCost::per_request() const {
  return {total_.likely.divided_up(requests_), total_.least.divided_up(requests_), total_.most.divided_up(requests_)};
}

}  // namespace genai::estimate

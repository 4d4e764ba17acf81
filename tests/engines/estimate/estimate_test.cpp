// Traffic as numbers, to dollars: sums that can be checked by hand.
#include "domain/catalog/fixture.hpp"
#include "engines/estimate/numbers.hpp"
#include "engines/estimate/report.hpp"

using namespace genai;
using namespace genai::estimate;
using catalog::test::on;

namespace {

constexpr auto today = "2026-08-15";

Numbers numbers(std::int64_t input, std::int64_t output, std::int64_t a_day = 1000) {
  Numbers result;
  result.input = Tokens(input);
  result.output = Tokens(output);
  result.requests_per_day = a_day;
  return result;
}

ModelCost cost_of(std::string_view model, const Numbers& numbers) {
  ModelCost cost(std::string(model), catalog::test::match(model), {on(today), {}, {}});
  const auto added = add_numbers(cost, numbers, on(today));
  if (!added) FAIL(added.error().what);
  return cost;
}

std::string a_day(std::string_view model, const Numbers& numbers) { return cost_of(model, numbers).of(*numbers.requests_per_day)->likely.usd(); }

Share percent(const char* text) { return parse_share(text).value(); }

Report report_of(std::vector<ModelCost> costs, std::optional<std::int64_t> a_day) {
  return {std::move(costs), a_day, "some traffic", {}, "v", on(today)};
}

}  // namespace

TEST_CASE("numbers to days, months and years", "[estimate]") {
  const auto cost = cost_of("gpt-4o", numbers(500, 300, 10'000));
  const auto sums = periods(report_of({cost}, 10'000), cost).value();
  CHECK(sums.per_request.likely.usd() == "0.00425");
  CHECK(sums.day->likely.usd() == "42.50");
  CHECK(sums.month->likely.usd() == "1275.00");
  CHECK(sums.year->likely.usd() == "15512.50");
  CHECK(sums.day->is_exact());
  CHECK(a_day("gpt-4o", numbers(500, 300, 1'000'000)) == "4250.00");
  CHECK(a_day("gpt-4o", numbers(0, 150, 1)) == "0.0015");
}

TEST_CASE("shares are exact", "[estimate]") {
  auto some = numbers(1000, 0);
  some.serving.batch = percent("30%");  // gpt-4o: 700 x 0.0025 + 300 x 0.00125
  CHECK(a_day("gpt-4o", some) == "2.125");
  some.serving.batch = percent("100%");
  CHECK(a_day("gpt-4o", some) == "1.25");
  auto cached = numbers(1000, 0);
  cached.serving.cached = percent("40%");  // 600 x 2.5 + 400 x 1.25, a thousand times
  CHECK(a_day("gpt-4o", cached) == "2.00");
  cached.serving.tier = catalog::ServiceTier::flex;  // gpt-5: 600 x 0.625 + 400 x 0.0625
  CHECK(a_day("gpt-5", cached) == "0.40");
  auto third = numbers(1, 0, 3);
  third.serving.batch = percent("33.3333%");
  CHECK(a_day("gpt-4o", third) == "0.000006250002");  // 3 x (0.666667 x 2.5 + 0.333333 x 1.25) millionths, rounded up to a pico-USD
  for (const char* text : {"", "%", "101%", "1.1", "-1%", "1e-1", "nan", "30 %", "0.1234567", ".5", "5.", "12.34567%"}) CHECK_FALSE(parse_share(text).has_value());
  CHECK(percent("0.5").ppm == 500'000);
  CHECK(percent("99.9%").ppm == 999'000);
  CHECK(percent("1").ppm == 1'000'000);
}

TEST_CASE("a cached prefix is written by who misses", "[estimate]") {
  // 10 000 tokens, 1000 requests a day at Claude's 3.00: all plain 30.00. One write at 3.75 and 999 reads at 0.30: 3.0345.
  auto prompt = numbers(10'000, 0);
  prompt.prefix = CachedPrefix{Tokens(10'000), CacheTtl::five_minutes, percent("99.9%")};
  CHECK(a_day("claude-3-5-sonnet-20241022", prompt) == "3.0345");
  // At random, one every 86.4 s and five minutes of life: exp(-300/86.4) x 1000 = 31 are late, and the first: 32 writes, 968 reads.
  prompt.prefix->hits.reset();
  CHECK(a_day("claude-3-5-sonnet-20241022", prompt) == "4.104");
  // For an hour, nobody is late; the write costs 6.00: 0.06 + 999 x 0.003.
  prompt.prefix->ttl = CacheTtl::hour;
  CHECK(a_day("claude-3-5-sonnet-20241022", prompt) == "3.057");
  // OpenAI bills no writes for GPT-4o: a miss pays plain input. 1 x 0.025 + 999 x 0.0125.
  prompt.prefix = CachedPrefix{Tokens(10'000), CacheTtl::five_minutes, percent("99.9%")};
  CHECK(a_day("gpt-4o", prompt) == "12.5125");
  CHECK(hits_of_poisson(1, CacheTtl::hour).ppm == 0);
  CHECK(hits_of_poisson(most_requests_per_day, CacheTtl::hour).ppm == 999'999);
}

TEST_CASE("a conversation sends its history again", "[estimate]") {
  // Three turns of 100 in, 50 out: prompts of 100, 250, 400: 750 in and 150 out for three requests.
  auto talk = numbers(100, 50, 3);
  talk.turns = 3;
  CHECK(cost_of("gpt-4o", talk).requests() == 3);
  CHECK(a_day("gpt-4o", talk) == "0.003375");
}

TEST_CASE("an estimate carries its bounds to the dollars", "[estimate]") {
  ModelCost cost("claude-haiku-4-5", catalog::test::match("claude-haiku-4-5"), {on(today), {}, {}});
  const auto usage = [](std::int64_t in) { return catalog::test::usage(in, 100); };
  REQUIRE(cost.add({usage(1000), usage(900), usage(1200)}, 2, catalog::ServiceTier::standard).has_value());
  CHECK(cost.total().likely.usd() == "0.003");
  CHECK(cost.per_request().least.usd() == "0.0014");
  CHECK(cost.of(1'000'000)->most.usd() == "1700.00");
  const auto report = report_of({cost}, 10);
  const auto sums = periods(report, cost).value();
  CHECK(report_text(report, {sums}).find("$0.015 ($0.014 to $0.017)") != std::string::npos);
  CHECK(report_json(report, {sums}).find("\"per_day_usd_most\": \"0.017\"") != std::string::npos);
}

TEST_CASE("what leaves the range is an error, never a wrong sum", "[estimate]") {
  ModelCost cost("o1-pro", catalog::test::match("o1-pro"), {on(today), {}, {}});
  CHECK(cost.add(Counted::exactly(catalog::test::usage(1'000'000'000'000, 0)), INT64_MAX, catalog::ServiceTier::standard).error().code == Code::invalid_value);
  CHECK(cost.add(Counted::exactly(catalog::test::usage(-1, 0)), 1, catalog::ServiceTier::standard).error().code == Code::invalid_value);
  CHECK(cost.add(Counted::exactly(catalog::test::usage(10, 0, 5)), 1, catalog::ServiceTier::standard).error().code == Code::unknown_price);
}

TEST_CASE("readers are told what is old, gone or depends on the hour", "[estimate]") {
  const auto told = [](std::string_view model, std::string_view day) {
    ModelCost cost(std::string(model), catalog::test::match(model), {on(day), {}, {}});
    REQUIRE(cost.add(Counted::exactly(catalog::test::usage(1, 1)), 1, catalog::ServiceTier::standard).has_value());
    const auto all = warnings(cost, on(day));
    return all.empty() ? "" : all.front();
  };
  CHECK(told("gpt-4o", "2026-10-30") == "");
  CHECK(told("gpt-4o", "2026-10-31") == "the price of openai/gpt-4o was last checked on 2026-08-01, more than 90 days before 2026-10-31");
  CHECK(told("gpt-4.5-preview", "2026-08-15") == "openai/gpt-4.5-preview is retired since 2025-07-14; its last known price is used");
  CHECK(told("deepseek-v4-pro", "2026-08-24") == "the price of deepseek/deepseek-v4-pro depends on the hour; this is the one at 12:00 UTC");
}

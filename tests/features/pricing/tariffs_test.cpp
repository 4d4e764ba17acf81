#include "features/pricing/tariffs.hpp"

#include "test.hpp"

using namespace genai;
using namespace genai::pricing;

namespace {

catalog::Catalog table(std::string_view rows) {
  const std::string csv = "vendor,model,input_usd_per_mtok,output_usd_per_mtok,cache_read_usd_per_mtok,checked,status,source\n" + std::string(rows);
  const std::array sources{catalog::Catalog::Source{csv, "t.csv", false}};
  auto read = catalog::Catalog::parse(sources);
  if (!read) FAIL(read.error().what);
  return std::move(*read);
}

catalog::Rates rates(std::int64_t input, std::int64_t output) {
  catalog::Rates result;
  result.set(catalog::Bucket::input, catalog::Price{input});
  result.set(catalog::Bucket::output, catalog::Price{output});
  return result;
}

record::Record used(std::int64_t prompt, std::int64_t completion, std::int64_t cached = 0) {
  record::Record record;
  record.started = WallTime(std::chrono::sys_days(std::chrono::year(2026) / 9 / 1).time_since_epoch());
  record.usage = {Tokens(prompt), Tokens(completion), Tokens(cached), Tokens(0), false};
  return record;
}

const char* const gpt = "openai,gpt-4o,2.5,10,1.25,2026-08-01,listed,test\n";

}  // namespace

TEST_CASE("a row of the ledger gets the price of its provider's vendor, with match and version") {
  Prices prices(table(gpt));
  Tariffs tariffs(prices, {{{"main", "openai", {}}}, {}});
  auto record = used(1000, 100, 400);
  tariffs.of("main", "gpt-4o")->charge(record, {});
  // 600 * 2.5 + 400 * 1.25 + 100 * 10 micro-USD
  CHECK(record.cost == NanoUsd(3'000'000));
  CHECK(record.price_match == "openai/gpt-4o (exact)");
  CHECK(record.price_version == prices.current()->version());
}

TEST_CASE("what the configuration says comes before the catalogue, a model's price before its provider's") {
  Prices prices(table(gpt));
  Tariffs tariffs(prices, {{{"main", "openai", rates(100, 200)}, {"own", "openai-compatible", {}}}, {{"own", "gpt-4o", rates(1, 2)}}});
  auto record = used(10, 1);
  tariffs.of("main", "gpt-4o")->charge(record, {});
  CHECK(record.cost == NanoUsd(2));  // 1200 pico-USD, rounded up
  CHECK(record.price_match == "config");
  CHECK(record.price_version.empty());
  record = used(1'000'000, 1'000'000);
  tariffs.of("own", "gpt-4o")->charge(record, {});
  CHECK(record.cost == NanoUsd(3'000));
}

TEST_CASE("without a price the cost is unknown, never zero") {
  Prices prices(table(gpt));
  Tariffs tariffs(prices, {{{"own", "openai-compatible", {}}, {"main", "openai", {}}}, {}});
  for (const auto& [provider, model] : {std::pair("own", "gpt-4o"), {"main", "gpt-nobody-knows"}, {"nobody", "gpt-4o"}}) {
    auto record = used(10, 10);
    record.cost = NanoUsd(0);
    tariffs.of(provider, model)->charge(record, {});
    CHECK_FALSE(record.cost.has_value());
    CHECK(record.price_match.empty());
  }
  // A bucket in use without a price.
  auto record = used(10, 10);
  record.usage.audio_prompt = Tokens(5);
  tariffs.of("main", "gpt-4o")->charge(record, {});
  CHECK_FALSE(record.cost.has_value());
}

TEST_CASE("what the provider says it charged wins, and its zero stays zero") {
  Prices prices(table(gpt));
  Tariffs tariffs(prices, {{{"main", "openai", {}}}, {}});
  for (const std::int64_t charged : {0, 12'345}) {
    auto record = used(1000, 100);
    record.usage.charged = NanoUsd(charged);
    tariffs.of("main", "gpt-4o")->charge(record, {});
    CHECK(record.cost == NanoUsd(charged));
    CHECK(record.price_match == "provider");
  }
}

TEST_CASE("replaced prices hold for the next request, while one under way keeps its own") {
  Prices prices(table(gpt));
  Tariffs tariffs(prices, {{{"main", "openai", {}}}, {}});
  const auto before = tariffs.of("main", "gpt-4o");
  CHECK(tariffs.of("main", "gpt-4o") == before);
  prices.replace(table("openai,gpt-4o,5,20,2.5,2026-09-01,listed,test\n"));
  auto record = used(1000, 0);
  before->charge(record, {});
  CHECK(record.cost == NanoUsd(2'500'000));
  tariffs.of("main", "gpt-4o")->charge(record, {});
  CHECK(record.cost == NanoUsd(5'000'000));
}

TEST_CASE("the embedded model is free, and says so") {
  Prices prices(*catalog::embedded());
  Tariffs tariffs(prices, {{{"sim", "sim", {}}}, {}});
  auto record = used(10, 10);
  tariffs.of("sim", "anything")->charge(record, {});
  CHECK(record.cost == NanoUsd(0));
}

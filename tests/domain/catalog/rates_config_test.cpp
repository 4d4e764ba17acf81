#include "domain/catalog/rates_config.hpp"

#include "platform/config/config.hpp"
#include "test.hpp"

using namespace genai;
using namespace genai::catalog;

namespace {

struct Outcome {
  std::optional<Rates> rates;
  std::string problems;
};

Outcome read(std::string_view text) {
  const auto no_variable = [](std::string_view) { return std::optional<std::string>(); };
  auto document = config::Document::parse(text, "f", {.variable = no_variable, .directory = "/"});
  Outcome outcome;
  {
    auto root = document.root();
    outcome.rates = read_rates(root);
  }
  if (const auto error = document.error()) outcome.problems = error->what;
  return outcome;
}

}  // namespace

TEST_CASE("a configured price is exact, and the cache costs as input unless it is said") {
  const auto outcome = read("price: {input_usd_per_mtok: 0.000001, output_usd_per_mtok: 12, cache_read_usd_per_mtok: 0.1}\n");
  CHECK(outcome.problems.empty());
  REQUIRE(outcome.rates.has_value());
  CHECK(outcome.rates->of(Bucket::input) == Price{1});
  CHECK(outcome.rates->of(Bucket::output) == Price{12'000'000});
  CHECK(outcome.rates->of(Bucket::reasoning) == Price{12'000'000});
  CHECK(outcome.rates->of(Bucket::cache_read) == Price{100'000});
  CHECK(outcome.rates->of(Bucket::cache_write_1h) == Price{1});
  CHECK(outcome.rates->of(Bucket::audio_input) == std::nullopt);
  CHECK_FALSE(read("{}\n").rates.has_value());
}

TEST_CASE("P3: a configured price that cannot be one is told with its place") {
  CHECK(read("price: 3\n").problems == "f:1:8: price: expected a map, found text");
  const auto problems = read("price: {input_usd_per_mtok: -1, cache_read_usd_per_mtok: 0.1234567, outputs: 1}\n").problems;
  for (const char* part : {"price.input_usd_per_mtok", "price.output_usd_per_mtok: missing", "price.cache_read_usd_per_mtok: a price has at most six decimals",
                           "price.outputs: unknown key"}) {
    INFO(problems);
    CHECK(problems.find(part) != problems.npos);
  }
}

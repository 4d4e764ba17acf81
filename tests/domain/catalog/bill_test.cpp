// What requests cost: each token once, the right tier, exact sums. The oracle is arithmetic on big integers, written for sight.
#include <boost/multiprecision/cpp_int.hpp>
#include <random>

#include "domain/catalog/fixture.hpp"

using namespace genai;
using namespace genai::catalog;
using namespace genai::catalog::test;
using Big = boost::multiprecision::cpp_int;

namespace {

Error refused(std::string_view model, const chat::Usage& usage, Terms terms = {on("2026-08-15"), {}, {}}) {
  const auto result = price(match(model), usage, terms);
  REQUIRE(result.has_error());
  return result.error();
}

chat::Usage with_audio(chat::Usage usage, std::int64_t in, std::int64_t out) {
  usage.audio_prompt = Tokens(in);
  usage.audio_completion = Tokens(out);
  return usage;
}

chat::Usage with_writes(chat::Usage usage, std::int64_t five_minutes, std::int64_t hour = 0) {
  usage.cache_write_5m = Tokens(five_minutes);
  usage.cache_write_1h = Tokens(hour);
  return usage;
}

}  // namespace

TEST_CASE("the sums that everybody checks first", "[bill]") {
  // GPT-4o, 500 in at 2.50, 300 out at 10.00 USD per million: 0.00125 + 0.003.
  const auto one = bill(match("gpt-4o"), usage(500, 300));
  CHECK(one.exact.usd() == "0.00425");
  CHECK(one.total == NanoUsd(4'250'000));
  CHECK(one.exact.times(10'000)->usd() == "42.50");
  CHECK(one.exact.times(10'000 * 30)->usd() == "1275.00");
  CHECK(one.exact.times(10'000 * 30 * 100LL)->usd() == "127500.00");
  CHECK(cost("gpt-4", usage(500, 300)) == "0.033");
  CHECK(cost("gpt-3.5-turbo", usage(500, 300)) == "0.0007");
  CHECK(cost("gpt-4o", usage(0, 150)) == "0.0015");
  // 30 million requests a month of 500/200: GPT-4o, and the models of other hosts that compare with small ones.
  const auto monthly = [](std::string_view model) { return bill(match(model), usage(500, 200)).exact.times(30'000'000)->usd(); };
  CHECK(monthly("gpt-4o") == "97500.00");
  CHECK(monthly("gpt-4o-mini") == "5850.00");
  CHECK(monthly("gpt-5-nano") == "3150.00");
  CHECK(monthly("together/meta-llama/Meta-Llama-3.1-8B-Instruct-Turbo") == "3780.00");
  CHECK(monthly("fireworks/llama-v3p1-8b-instruct") == "2100.00");
  CHECK(monthly("groq/llama-3.1-8b-instant") == "1230.00");
  // 70 % of the requests to the small model: 125.00 -> 42.75 for 50 million input tokens, 425.00 -> 145.35 for 100 000 of 500/300.
  const auto mixed = [](const chat::Usage& each, std::int64_t small, std::int64_t large) {
    return (*bill(match("gpt-4o-mini"), each).exact.times(small) + *bill(match("gpt-4o"), each).exact.times(large)).usd();
  };
  CHECK(mixed(usage(500, 0), 0, 100'000) == "125.00");
  CHECK(mixed(usage(500, 0), 70'000, 30'000) == "42.75");
  CHECK(mixed(usage(500, 300), 0, 100'000) == "425.00");
  CHECK(mixed(usage(500, 300), 70'000, 30'000) == "145.35");
  // The same 10 000 tokens sent 1000 times to Claude at 3.00: written once at 3.75, read 999 times at 0.30, against 30.00.
  const auto written = bill(match("claude-3-5-sonnet-20241022"), with_writes(usage(10'000, 0), 10'000)).exact;
  const auto read = bill(match("claude-3-5-sonnet-20241022"), usage(10'000, 0, 10'000)).exact;
  CHECK(written.usd() == "0.0375");
  CHECK((written + *read.times(999)).usd() == "3.0345");
  CHECK((*written.times(32) + *read.times(968)).usd() == "4.104");
  CHECK(bill(match("claude-3-5-sonnet-20241022"), usage(10'000, 0)).exact.times(1000)->usd() == "30.00");
}

TEST_CASE("cached tokens are billed once", "[bill]") {
  // A report of 262 960 prompt tokens, 257 955 of them cached, 1744 out. At 1.25/0.625/10 that is
  // 5005 x 1.25 + 257 955 x 0.625 + 1744 x 10 = 6 256.25 + 161 221.875 + 17 440 millionths.
  const auto flat = table("vendor,model,input_usd_per_mtok,output_usd_per_mtok,cache_read_usd_per_mtok,checked,source\ngoogle,g,1.25,10,0.625,2026-01-01,s\n");
  CHECK(bill(match("g", "google", flat), usage(262'960, 1744, 257'955)).exact.usd() == "0.184918125");
  // The model's own row is beyond its threshold of 200 000: 5005 x 2.5 + 257 955 x 0.25 + 1744 x 15.
  CHECK(cost("gemini-2.5-pro", usage(262'960, 1744, 257'955)) == "0.10316125");
  // 2006 prompt tokens, 1920 cached, 300 out on GPT-4o: 86 x 2.5 + 1920 x 1.25 + 300 x 10.
  CHECK(cost("gpt-4o", usage(2006, 300, 1920)) == "0.005615");
  // 17 111 prompt tokens, 17 102 cached, on Claude Haiku 4.5: 9 x 1 + 17 102 x 0.1.
  CHECK(cost("claude-haiku-4-5", usage(17'111, 0, 17'102)) == "0.0017192");
  // 98 805 prompt tokens of which 66 360 were read and 32 435 written, 5120 out, on Opus 4.5: 10 x 5 + 66 360 x 0.5 + 32 435 x 6.25 + 5120 x 25.
  CHECK(cost("claude-opus-4-5", with_writes(usage(98'805, 5120, 66'360, 1710), 32'435)) == "0.36394875");
}

TEST_CASE("reasoning is output, counted once", "[bill]") {
  CHECK(cost("o3", usage(100, 1000, 0, 900)) == cost("o3", usage(100, 1000)));
  const auto lines = bill(match("o3"), usage(100, 1000, 0, 900));
  REQUIRE(lines.lines().size() == 3);
  CHECK(lines.lines()[1].bucket == Bucket::output);
  CHECK(lines.lines()[1].tokens == Tokens(100));
  CHECK(lines.lines()[2].bucket == Bucket::reasoning);
  CHECK(lines.lines()[2].tokens == Tokens(900));
}

TEST_CASE("beyond the threshold the whole request costs more", "[bill]") {
  // OpenAI: standard below 272 000, so 272 000 itself pays 5.00/22.50/0.50 instead of 2.50/15.00/0.25.
  const auto openai = [](std::int64_t prompt) { return cost("gpt-5.4", usage(prompt, 1000, 1000)); };
  CHECK(openai(271'999) == "0.6927475");   // 270 999 x 2.5 + 1000 x 0.25 + 1000 x 15
  CHECK(openai(272'000) == "1.378");       // 271 000 x 5 + 1000 x 0.5 + 1000 x 22.5
  CHECK(openai(272'001) == "1.378005");
  CHECK(bill(match("gpt-5.4"), usage(272'000, 0)).is_long);
  // Google: above 200 000, so 200 000 itself is standard.
  const auto google = [](std::int64_t prompt) { return cost("gemini-2.5-pro", usage(prompt, 1000)); };
  CHECK(google(199'999) == "0.25999875");  // 199 999 x 1.25 + 1000 x 10
  CHECK(google(200'000) == "0.26");
  CHECK(google(200'001) == "0.5150025");   // 200 001 x 2.5 + 1000 x 15
  // Cached tokens count towards the threshold: 199 001 + 1000 cached.
  CHECK(cost("gemini-2.5-pro", usage(200'001, 0, 1000)) == "0.4977525");
  // Anthropic: above 200 000, while the long context beta ran; one price since.
  const Terms then{on("2026-04-29"), {}, {}}, now{on("2026-04-30"), {}, {}};
  CHECK(cost("claude-sonnet-4-5", usage(200'000, 0), then) == "0.60");
  CHECK(cost("claude-sonnet-4-5", usage(200'001, 0), then) == "1.200006");
  CHECK(cost("claude-sonnet-4-5", usage(200'001, 0), now) == "0.600003");
}

TEST_CASE("batch, flex and priority", "[bill]") {
  const auto as = [](ServiceTier tier) { return Terms{on("2026-08-15"), tier, {}}; };
  CHECK(cost("gpt-4o", usage(500, 300), as(ServiceTier::batch)) == "0.002125");
  CHECK(cost("gpt-5", usage(1000, 0, 400), as(ServiceTier::flex)) == "0.0004");       // 600 x 0.625 + 400 x 0.0625
  CHECK(cost("gpt-5", usage(1000, 100, 400), as(ServiceTier::priority)) == "0.0036");  // 600 x 2.5 + 400 x 0.25 + 100 x 20
  // Anthropic's batch discount halves cached tokens too; at Google the discount of the cache replaces it.
  CHECK(cost("claude-sonnet-4-6", with_writes(usage(1000, 100, 400), 200, 100), as(ServiceTier::batch)) == "0.001935");
  CHECK(cost("gemini-2.5-flash", usage(1000, 100, 400), as(ServiceTier::batch)) == "0.000227");  // 600 x 0.15 + 400 x 0.03 + 100 x 1.25
  // Beyond the threshold, half of the higher price.
  CHECK(cost("gpt-5.4", usage(272'000, 0), as(ServiceTier::batch)) == "0.68");
  CHECK(refused("gpt-4o", usage(1, 1), as(ServiceTier::flex)).code == Code::unknown_price);
  CHECK(refused("gpt-4o", usage(2, 0, 1), as(ServiceTier::batch)).what == "openai/gpt-4o (row of 2026-08-01) has no price for cache_read, tier batch");
}

TEST_CASE("regions have factors or no price", "[bill]") {
  CHECK(cost("azure/gpt-4o", usage(1'000'000, 0), {on("2026-08-15"), {}, "eu"}) == "2.75");
  CHECK(cost("azure/eu/gpt-4o-2024-08-06", usage(0, 1'000'000)) == "11.00");
  CHECK(cost("azure/gpt-4o", usage(1'000'000, 0), {on("2026-08-15"), {}, "global"}) == "2.50");
  CHECK(cost("claude-opus-5", usage(1'000'000, 0, 1'000'000), {on("2026-08-15"), {}, "us"}) == "0.55");
  CHECK(refused("azure/gpt-4o", usage(1, 1), {on("2026-08-15"), {}, "mars"}).what ==
        "azure/gpt-4o (row of 2026-08-01) has no price for the region 'mars'; it has them for eu, us");
  CHECK(refused("gpt-4o", usage(1, 1), {on("2026-08-15"), {}, "eu"}).code == Code::unknown_price);
}

TEST_CASE("audio has its own price, or the request has none", "[bill]") {
  // 1000 tokens of which 800 are audio: 200 x 2.5 + 800 x 40; answer 300 of which 250 audio: 50 x 10 + 250 x 80.
  CHECK(cost("gpt-4o-audio-preview", with_audio(usage(1000, 300), 800, 250)) == "0.053");
  CHECK(refused("gpt-4o", with_audio(usage(1000, 300), 800, 0)).what == "openai/gpt-4o (row of 2026-08-01) has no price for audio_input");
  CHECK(refused("o3", usage(10, 0, 5), {on("2025-06-01"), {}, {}}).code == Code::unknown_price);
  CHECK(refused("together/Qwen/Qwen3-235B-A22B-Instruct-2507", usage(10, 5)).what.find("has no price for output") != std::string::npos);
  CHECK(cost("together/Qwen/Qwen3-235B-A22B-Instruct-2507", usage(10, 0)) == "0.000002");
}

TEST_CASE("usage that does not add up never makes a negative bucket", "[bill]") {
  const auto cut = bill(match("gpt-4o"), usage(10, 5, 25, 9));
  CHECK(cut.was_clamped);
  REQUIRE(cut.lines().size() == 2);
  CHECK(cut.lines()[0].tokens == Tokens(10));
  CHECK(cut.lines()[0].bucket == Bucket::cache_read);
  CHECK(cut.lines()[1].tokens == Tokens(5));
  const auto order = split(with_audio(with_writes(usage(100, 0, 50), 20, 40), 30, 0));
  CHECK((*order)[Bucket::cache_read] == Tokens(50));
  CHECK((*order)[Bucket::cache_write_1h] == Tokens(40));
  CHECK((*order)[Bucket::cache_write_5m] == Tokens(10));
  CHECK((*order)[Bucket::audio_input] == Tokens(0));
  CHECK((*order)[Bucket::input] == Tokens(0));
  CHECK(refused("gpt-4o", usage(-1, 0)).code == Code::invalid_value);
  CHECK(refused("gpt-4o", usage(1, 0, -1)).code == Code::invalid_value);
  CHECK(refused("gpt-4o", usage(max_tokens.value() + 1, 0)).code == Code::invalid_value);
  CHECK(bill(match("o1-pro"), usage(max_tokens.value(), max_tokens.value())).exact.usd() == "750000000.00");
}

TEST_CASE("sums are exact and rounded once, up", "[bill]") {
  CHECK(Amount::of(Tokens(1), Price{1}).rounded_up() == NanoUsd(1));
  CHECK(Amount::of(Tokens(1), Price{1000}).rounded_up() == NanoUsd(1));
  CHECK(Amount::of(Tokens(1), Price{1001}).rounded_up() == NanoUsd(2));
  CHECK(Amount().rounded_up() == NanoUsd(0));
  CHECK(Amount().usd() == "0.00");
  CHECK(Amount::of(Tokens(1), Price{1}).usd() == "0.000000000001");
  CHECK(Amount::of(NanoUsd(INT64_MAX)).rounded_up() == NanoUsd(INT64_MAX));
  CHECK_FALSE((Amount::of(NanoUsd(INT64_MAX)) + Amount::of(Tokens(1), Price{1})).rounded_up());
  CHECK_FALSE(Amount::of(max_tokens, max_price).times(INT64_MAX));
  CHECK(Amount::parse("1000")->usd() == "1000.00");
  CHECK(Amount::parse("0.000000001")->rounded_up() == NanoUsd(1));
  CHECK(Amount::parse("999999999.999999999")->usd() == "999999999.999999999");
  for (const char* none : {"", ".", "1.", ".5", "-1", "1e3", "nan", "1000000000", "0.0000000001", "1 ", "$1", "1,5"}) CHECK_FALSE(Amount::parse(none));
  CHECK(Amount::parse("0.00425")->usd(2) == "0.01");
  CHECK(Amount::parse("10")->divided_up(3).usd() == "3.333333333334");
  CHECK(usd_per_mtok(Price{2'500'000}) == "2.5");
  CHECK(usd_per_mtok(Price{3'625}) == "0.003625");
  CHECK(usd_per_mtok(Price{0}) == "0");
  CHECK(usd_per_mtok(max_price) == "1000000");
}

TEST_CASE("random usages against big integers", "[bill]") {
  std::mt19937_64 random(3);
  const auto below = [&](std::int64_t most) { return static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(most)); };
  const auto& offers = shipped().offers();
  int priced = 0;
  for (int round = 0; round < 20'000; ++round) {
    const auto& offer = offers[random() % offers.size()];
    const auto size = std::int64_t{1} << (random() % 34);
    chat::Usage used = usage(below(size), below(size), below(size), below(size));
    used = with_audio(with_writes(used, random() % 2 ? below(size) : 0, random() % 4 ? 0 : below(size)), random() % 4 ? 0 : below(size), 0);
    const auto tier = static_cast<ServiceTier>(random() % service_tiers);
    const auto result = price({&offer, MatchKind::exact, {}}, used, {on("2026-01-01", static_cast<int>(random() % 1440)) + std::chrono::days(random() % 400), tier, {}});
    if (!result) {
      CHECK(result.error().code == Code::unknown_price);
      continue;
    }
    ++priced;
    // Each token of the prompt in order: cached first, then written, then audio, then the rest; then the same for the answer.
    const Row& row = *result->row;
    const Rates& rates = row.rates_of(tier, row.long_from && used.prompt >= *row.long_from);
    Big pico = 0, tokens = 0;
    const auto take = [&](Big& left, Tokens wanted, Bucket bucket) {
      const Big given = std::min<Big>(left, wanted.value());
      left -= given;
      tokens += given;
      if (given != 0) pico += given * rates.of(bucket)->pico_usd_per_token;
    };
    Big prompt = used.prompt.value(), completion = used.completion.value();
    take(prompt, used.cached, Bucket::cache_read);
    take(prompt, used.cache_write_1h, Bucket::cache_write_1h);
    take(prompt, used.cache_write_5m, Bucket::cache_write_5m);
    take(prompt, used.audio_prompt, Bucket::audio_input);
    take(prompt, used.prompt, Bucket::input);
    take(completion, used.reasoning, Bucket::reasoning);
    take(completion, used.completion, Bucket::output);
    CHECK(tokens == used.prompt.value() + used.completion.value());
    CHECK(Big(result->total.value()) == (pico + 999) / 1000);
    std::int64_t lines = 0;
    for (const auto& line : result->lines()) lines += line.tokens.value();
    CHECK(lines == used.prompt.value() + used.completion.value());
  }
  CHECK(priced > 4'000);
}

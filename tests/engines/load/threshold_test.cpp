#include "engines/load/threshold.hpp"

#include "engines/load/human.hpp"
#include "test.hpp"

namespace genai::load {
namespace {

using namespace std::chrono_literals;
using Catch::Matchers::Contains;

Threshold parsed(std::string_view text) {
  auto threshold = parse_threshold(text);
  INFO(text);
  REQUIRE(threshold.has_value());
  return *threshold;
}

std::string refused(std::string_view text) {
  const auto threshold = parse_threshold(text);
  INFO(text);
  REQUIRE(threshold.has_error());
  CHECK(threshold.error().code == Code::usage_error);
  return threshold.error().what;
}

Tally ten_answers() {
  Tally tally;
  for (int i = 1; i <= 10; ++i) tally.e2e.record(i * 100ms);
  tally.sent = 12;
  tally.ok = 10;
  tally.failures[static_cast<std::size_t>(Failure::http_5xx)] = 2;
  return tally;
}

bool passes(std::string_view text, const Tally& tally, double rate = 100) {
  const auto threshold = parsed(text);
  const auto observed = threshold.observe(Observed{tally, rate});
  return observed && threshold.holds(*observed);
}

TEST_CASE("thresholds compare what was observed with their limit") {
  const Tally tally = ten_answers();
  CHECK(passes("p50(e2e)<501ms", tally));
  CHECK_FALSE(passes("p50(e2e)<500ms", tally));
  CHECK(passes("max(e2e)<=1s", tally));
  CHECK_FALSE(passes("max(e2e)<1s", tally));
  CHECK(passes("min(e2e)>99ms", tally));
  CHECK(passes("avg(e2e)>=0.55s", tally));
  CHECK(passes(" p99.9 ( e2e ) <= 1000ms ", tally));
  CHECK(passes("errors<20%", tally));
  CHECK_FALSE(passes("errors<16%", tally));
  CHECK(passes("rate>=100", tally, 100));
  CHECK_FALSE(passes("rate>100", tally, 100));
}

TEST_CASE("a threshold without data observes nothing") {
  const Tally empty;
  for (auto text : {"p95(ttft)<1h", "errors<100%", "rate>=0", "max(lag)<1h"}) {
    INFO(text);
    CHECK_FALSE(parsed(text).observe(Observed{empty, 0}).has_value());
  }
}

TEST_CASE("P5 unknown names are refused with the nearest one") {
  CHECK_THAT(refused("p95(tttf)<1s"), Contains("did you mean 'ttft'") || Contains("did you mean 'ttfb'"));
  CHECK_THAT(refused("p95(e3e)<1s"), Contains("did you mean 'e2e'") && Contains("known: ttfb, ttft"));
  CHECK_THAT(refused("agv(e2e)<1s"), Contains("did you mean 'avg'"));
  CHECK_THAT(refused("error<1%"), Contains("did you mean 'errors'"));
}

TEST_CASE("P5 malformed thresholds are refused") {
  for (auto text : {"", "p95(e2e)", "p95(e2e)=2s", "p95(e2e)<2", "p95(e2e)<-2s", "p0(e2e)<2s", "p101(e2e)<2s", "p(e2e)<2s", "px(e2e)<2s",
                    "p95(e2e)<2parsecs", "errors<1", "p95(e2e)<2 parsecs", "errors<101%", "errors<-1%", "errors<%", "rate>=", "rate>=10%", "rate>=nan", "e2e<2s",
                    "p95(e2e<2s", "p95e2e)<2s", "()<1s", "<1s", "p95(e2e)<2s<3s", "p95(e2e)<inf"}) {
    CHECK_FALSE(refused(text).empty());
  }
}

TEST_CASE("durations are shown with three digits") {
  CHECK(human(0ns) == "0 ns");
  CHECK(human(999ns) == "999 ns");
  CHECK(human(1234ns) == "1.23 us");
  CHECK(human(45'100ns) == "45.1 us");
  CHECK(human(340ms) == "340 ms");
  CHECK(human(999'999us) == "1.00 s");
  CHECK(human(90s) == "90.0 s");
}

}  // namespace
}  // namespace genai::load

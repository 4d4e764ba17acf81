#include "platform/text/duration.hpp"

#include <random>

#include "test.hpp"

using namespace genai;
using namespace std::chrono_literals;

TEST_CASE("durations as people write them") {
  const std::pair<const char*, std::chrono::nanoseconds> good[] = {
      {"10s", 10s}, {"250ms", 250ms}, {"1m30s", 90s}, {"7d", 168h}, {"0", 0s}, {"0s", 0s}, {"1.5h", 90min}, {"0.001us", 1ns},
      {"2h30m5s7ms8us9ns", 2h + 30min + 5s + 7ms + 8us + 9ns}, {"9223372036854775807ns", std::chrono::nanoseconds::max()},
  };
  for (const auto& [text, value] : good) {
    INFO(text);
    CHECK(text::parse_duration(text).value() == value);
  }
}

TEST_CASE("what is no duration is refused, with a reason that names it") {
  for (const char* text : {"", "10", "s", "10 s", "-1s", "+1s", "1e3s", "10sec", "1s1s", "1s1m", "1.s", ".5s", "0.1ns", "9223372036854775808ns",
                           "106752d", "99999999999999999999s", "1m 30s", "0x1s", "10S"}) {
    INFO(text);
    const auto result = text::parse_duration(text);
    REQUIRE_FALSE(result.has_value());
    CHECK(result.error().code == Code::invalid_value);
    CHECK(result.error().what.find("is no duration: ") != std::string::npos);
  }
}

TEST_CASE("a formatted duration reads back as itself") {
  CHECK(text::format_duration(0s) == "0s");
  CHECK(text::format_duration(90s) == "1m30s");
  CHECK(text::format_duration(250ms) == "250ms");
  CHECK(text::format_duration(-1500ms) == "-1s500ms");
  std::mt19937_64 random(3);
  for (int i = 0; i < 1000; ++i) {
    const std::chrono::nanoseconds value(static_cast<std::int64_t>(random() >> (1 + random() % 60)));
    CHECK(text::parse_duration(text::format_duration(value)).value() == value);
  }
}

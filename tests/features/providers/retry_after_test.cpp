#include "features/providers/retry_after.hpp"

#include "platform/http/date.hpp"
#include "test.hpp"

using namespace genai;
using namespace std::chrono_literals;

namespace {

const WallTime now = WallTime(std::chrono::sys_days(std::chrono::year(2026) / 11 / 21)) + 12h;

int wait_of(const std::string& lines) {
  const http::Limits limits;
  http::HeadScanner scanner(limits);
  http::ResponseHead head;
  const std::string text = "HTTP/1.1 429 X\r\n" + lines + "\r\n";
  REQUIRE(scanner.response(text, head).value());
  return providers::retry_after_s(head.fields, now);
}

}  // namespace

TEST_CASE("U7 how long to wait is understood in all its forms") {
  CHECK(wait_of("Retry-After: 12\r\n") == 12);
  CHECK(wait_of("Retry-After: 0.2\r\n") == 1);
  CHECK(wait_of("Retry-After: Sat, 21 Nov 2026 12:01:30 GMT\r\n") == 90);
  CHECK(wait_of("Retry-After: Saturday, 21-Nov-26 12:01:30 GMT\r\n") == 90);
  CHECK(wait_of("Retry-After: Sat Nov 21 12:01:30 2026\r\n") == 90);
  CHECK(wait_of("retry-after-ms: 1500\r\nRetry-After: 9\r\n") == 2);
  CHECK(wait_of("x-ratelimit-remaining-requests: 0\r\nx-ratelimit-reset-requests: 6m0s\r\n") == 360);
  CHECK(wait_of("x-ratelimit-remaining-tokens: 0\r\nx-ratelimit-reset-tokens: 2m59.56s\r\nx-ratelimit-reset-requests: 1h\r\nx-ratelimit-remaining-requests: 3\r\n") == 180);
  CHECK(wait_of("x-ratelimit-remaining-tokens: 0\r\nx-ratelimit-reset-tokens: 20ms\r\n") == 1);
}

TEST_CASE("U7 the past, negative times and garbage are no time to wait") {
  CHECK(wait_of("") == 0);
  CHECK(wait_of("Retry-After: -5\r\n") == 0);
  CHECK(wait_of("Retry-After: 0\r\n") == 0);
  CHECK(wait_of("Retry-After: soon\r\n") == 0);
  CHECK(wait_of("Retry-After: nan\r\n") == 0);
  CHECK(wait_of("Retry-After: inf\r\n") == 0);
  CHECK(wait_of("Retry-After: 99999999999\r\n") == 0);
  CHECK(wait_of("Retry-After: Sat, 21 Nov 2026 11:00:00 GMT\r\n") == 0);
  CHECK(wait_of("Retry-After: Sat, 31 Feb 2027 11:00:00 GMT\r\n") == 0);
  CHECK(wait_of("retry-after-ms: -1\r\nRetry-After: 4\r\n") == 4);
  CHECK(wait_of("x-ratelimit-reset-requests: 6m0s\r\n") == 0);  // nothing says that it is used up
  CHECK(wait_of("x-ratelimit-remaining-requests: 0\r\nx-ratelimit-reset-requests: whenever\r\n") == 0);
}

TEST_CASE("dates of HTTP") {
  const auto moment = WallTime(std::chrono::sys_days(std::chrono::year(1994) / 11 / 6)) + 8h + 49min + 37s;
  CHECK(http::parse_date("Sun, 06 Nov 1994 08:49:37 GMT", now) == moment);
  CHECK(http::parse_date("Sunday, 06-Nov-94 08:49:37 GMT", now) == moment);
  CHECK(http::parse_date("Sun Nov  6 08:49:37 1994", now) == moment);
  const std::string whole = "Sun, 06 Nov 1994 08:49:37 GMT";
  for (std::size_t length = 0; length < whole.size(); ++length) CHECK_FALSE(http::parse_date(whole.substr(0, length), now));
  for (const char* text : {"Sun, 06 Nov 1994 24:49:37 GMT", "Sun, 06 Now 1994 08:49:37 GMT", "Sun, 32 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 PST", "Sun, -6 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 GMT "})
    CHECK_FALSE(http::parse_date(text, now));
}

#include "engines/load/plan.hpp"

#include <cmath>

#include "test.hpp"

namespace genai::load {
namespace {

using namespace std::chrono_literals;
using Catch::Matchers::Contains;
using Catch::Matchers::EndsWith;
using Catch::Matchers::StartsWith;

RequestParts parts(std::string url) {
  RequestParts parts;
  parts.url = std::move(url);
  parts.model = "demo";
  parts.prompt = "say \"hi\"\n";
  return parts;
}

std::string rendered(Mode mode, const RequestParts& of) {
  const auto target = make_target(mode, of);
  REQUIRE(target.has_value());
  return std::string(target->request.reveal());
}

std::string refused(Mode mode, const RequestParts& of) {
  const auto target = make_target(mode, of);
  REQUIRE(target.has_error());
  CHECK(target.error().code == Code::usage_error);
  return target.error().what;
}

TEST_CASE("a plain URL is fetched exactly") {
  const std::string request = rendered(Mode::plain, parts("http://127.0.0.1:8080/a/b?c=d"));
  CHECK_THAT(request, StartsWith("GET /a/b?c=d HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n") && EndsWith("\r\n\r\n"));
  CHECK_THAT(request, !Contains("Content-Length"));
}

TEST_CASE("a body makes it a POST") {
  auto of = parts("http://127.0.0.1:8080/a");
  of.body = "{}";
  CHECK_THAT(rendered(Mode::plain, of), StartsWith("POST /a HTTP/1.1\r\n") && Contains("Content-Length: 2\r\n") && EndsWith("\r\n\r\n{}"));
}

TEST_CASE("a stream is a chat completion that asks for usage") {
  auto of = parts("http://localhost:8080/v1/");
  of.max_tokens = 64;
  of.key = Secret("sk-test");
  of.header_lines = {"X-Team: a"};
  const std::string request = rendered(Mode::stream, of);
  CHECK_THAT(request, StartsWith("POST /v1/chat/completions HTTP/1.1\r\nHost: localhost:8080\r\n") && Contains("\r\nX-Team: a\r\n") &&
                          Contains("\r\nAuthorization: Bearer sk-test\r\n"));
  CHECK_THAT(request, EndsWith(R"({"model":"demo","messages":[{"role":"user","content":"say \"hi\"\n"}],"max_tokens":64,"stream":true,)"
                               R"("stream_options":{"include_usage":true}})"));
  CHECK_THAT(rendered(Mode::chat, of), EndsWith(R"("max_tokens":64})"));
}

TEST_CASE("what cannot be sent is refused without repeating secrets") {
  CHECK_THAT(refused(Mode::plain, parts("https://api.example.com/")), Contains("https is not supported yet"));
  CHECK_FALSE(refused(Mode::plain, parts("ftp://x/")).empty());
  CHECK_FALSE(refused(Mode::plain, parts("not a url")).empty());
  CHECK_THAT(refused(Mode::stream, parts("http://x/v1?a=b")), Contains("without a query"));
  for (auto line : {"no colon sk-secret", "Content-Length: 5", "transfer-encoding: chunked", "X: a\rb sk-secret", ": sk-secret", "Host: other"}) {
    auto of = parts("http://x/");
    of.header_lines = {line};
    INFO(line);
    CHECK_THAT(refused(Mode::plain, of), !Contains("sk-secret"));
  }
  auto of = parts("http://x/v1");
  of.key = Secret("sk-secret\r\nX: y");
  CHECK_THAT(refused(Mode::chat, of), !Contains("sk-secret"));
}

TEST_CASE("P5 rates, durations and bounds that are zero, negative or absurd are refused") {
  const auto wrong = [](auto change) {
    Plan plan;
    plan.loop = OpenLoop{10};
    REQUIRE(check(plan).has_value());
    change(plan);
    const auto checked = check(plan);
    return checked.has_error() && checked.error().code == Code::usage_error && checked.error().param.starts_with("--");
  };
  for (double rate : {0.0, -1.0, 2e6, std::nan(""), HUGE_VAL}) CHECK(wrong([rate](Plan& plan) { plan.loop = OpenLoop{rate}; }));
  for (auto duration : {Nanoseconds(0), Nanoseconds(-1s), Nanoseconds(25h)}) {
    CHECK(wrong([duration](Plan& plan) { plan.duration = duration; }));
    CHECK(wrong([duration](Plan& plan) { plan.timeout = duration; }));
  }
  CHECK(wrong([](Plan& plan) { plan.warmup = -1s; }));
  CHECK(wrong([](Plan& plan) { plan.drain = 25h; }));
  CHECK(wrong([](Plan& plan) { plan.loop = ClosedLoop{0}; }));
  CHECK(wrong([](Plan& plan) { plan.loop = ClosedLoop{100'001}; }));
  CHECK(wrong([](Plan& plan) { plan.max_in_flight = 0; }));
  CHECK(wrong([](Plan& plan) { plan.threads = 0; }));
  CHECK(wrong([](Plan& plan) { plan.loop = ClosedLoop{2}; plan.threads = 3; }));
}

}  // namespace
}  // namespace genai::load

#include <thread>
#include <vector>

#include "features/telemetry/http_metrics.hpp"
#include "features/telemetry/metrics.hpp"
#include "test.hpp"

using namespace genai;
using namespace std::chrono_literals;
using record::Outcome;
using telemetry::Pulse;

namespace {

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

record::Record ended(Outcome how, std::string provider = "up", Code code = Code::upstream_error) {
  record::Record record;
  record.outcome = how;
  record.provider = std::move(provider);
  if (how != Outcome::ok) record.error_code = row(code).name;
  return record;
}

const MonoTime start{1h};

}  // namespace

TEST_CASE("HTTP exchanges are counted by bounded labels") {
  telemetry::HttpMetrics metrics({"/a", "/b"});
  CHECK(metrics.endpoint("/b") == 1);
  CHECK(metrics.endpoint("/nowhere") == 2);
  metrics.count("GET", metrics.endpoint("/a"), 1ms);
  metrics.count("GET", metrics.endpoint("/a"), 3s);
  metrics.count("BREW", 99, 70s);
  CHECK(metrics.totals().requests == 3);
  CHECK(metrics.totals().duration == 73s + 1ms);
  const auto text = metrics.render();
  CHECK(has(text, "api_requests_total{method=\"GET\",endpoint=\"/a\"} 2\n"));
  CHECK(has(text, "api_requests_total{method=\"other\",endpoint=\"other\"} 1\n"));
  CHECK(has(text, "api_request_duration_seconds_bucket{method=\"GET\",endpoint=\"/a\",le=\"0.001\"} 1\n"));
  CHECK(has(text, "api_request_duration_seconds_bucket{method=\"GET\",endpoint=\"/a\",le=\"5\"} 2\n"));
  CHECK(has(text, "api_request_duration_seconds_bucket{method=\"other\",endpoint=\"other\",le=\"60\"} 0\n"));
  CHECK(has(text, "api_request_duration_seconds_bucket{method=\"other\",endpoint=\"other\",le=\"+Inf\"} 1\n"));
  CHECK(has(text, "api_request_duration_seconds_sum{method=\"GET\",endpoint=\"/a\"} 3.001\n"));
  CHECK_FALSE(has(text, "/b"));
}

TEST_CASE("no exchange is lost between threads") {
  telemetry::HttpMetrics metrics({"/a"});
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) threads.emplace_back([&] { for (int n = 0; n < 10'000; ++n) metrics.count("GET", 0, 1us); });
  }
  CHECK(metrics.totals().requests == 40'000);
}

TEST_CASE("A6: a tenth of errors among at least ten requests of five minutes is unhealthy") {
  Pulse pulse;
  for (int i = 0; i < 8; ++i) pulse.add(ended(Outcome::ok), start);
  pulse.add(ended(Outcome::upstream_error), start);
  CHECK(pulse.recent(start).requests == 9);
  CHECK(pulse.recent(start).healthy());  // too few to judge by
  pulse.add(ended(Outcome::ok), start);
  CHECK(pulse.recent(start).error_rate() == 0.1);
  CHECK_FALSE(pulse.recent(start).healthy());
  pulse.add(ended(Outcome::ok), start);
  CHECK(pulse.recent(start).healthy());
  CHECK(pulse.recent(start + 4min + 49s).requests == 11);
  CHECK(pulse.recent(start + 5min + 1s).requests == 0);
  for (int i = 0; i < 10; ++i) pulse.add(ended(Outcome::failed), start + 10min);
  CHECK(pulse.recent(start + 10min).error_rate() == 1);  // the slice of long ago is not counted again
}

TEST_CASE("what the caller did wrong is no error of this server") {
  for (const auto how : {Outcome::upstream_error, Outcome::truncated, Outcome::failed, Outcome::interrupted}) CHECK(telemetry::is_error(ended(how)));
  for (const auto how : {Outcome::ok, Outcome::cached, Outcome::cancelled, Outcome::refused}) CHECK_FALSE(telemetry::is_error(ended(how)));
  CHECK_FALSE(telemetry::is_error(ended(Outcome::upstream_error, "up", Code::upstream_rejected)));
  Pulse pulse;
  for (int i = 0; i < 100; ++i) pulse.add(ended(Outcome::refused), start);
  CHECK(pulse.recent(start).requests == 0);
}

TEST_CASE("an upstream fails after three attempts in a row that did not reach it, for a minute") {
  Pulse pulse;
  const auto unreachable = ended(Outcome::upstream_error, "up", Code::upstream_unreachable);
  CHECK(pulse.upstream("up", start) == Pulse::Upstream::unknown);
  pulse.add(unreachable, start);
  pulse.add(unreachable, start);
  CHECK(pulse.upstream("up", start) == Pulse::Upstream::reachable);
  pulse.add(ended(Outcome::cancelled, "up", Code::client_closed), start);  // says nothing
  pulse.add(unreachable, start);
  CHECK(pulse.upstream("up", start) == Pulse::Upstream::failing);
  CHECK(pulse.upstream("other", start) == Pulse::Upstream::unknown);
  CHECK(pulse.upstream("up", start + 59s) == Pulse::Upstream::failing);
  CHECK(pulse.upstream("up", start + 60s) == Pulse::Upstream::reachable);
  pulse.add(ended(Outcome::upstream_error), start);  // an answer, though a bad one
  CHECK(pulse.upstream("up", start) == Pulse::Upstream::reachable);
}

TEST_CASE("providers beyond the bound are not followed") {
  Pulse pulse;
  for (std::size_t i = 0; i <= Pulse::most_providers; ++i) pulse.add(ended(Outcome::ok, "p" + std::to_string(i)), start);
  CHECK(pulse.upstream("p0", start) == Pulse::Upstream::reachable);
  CHECK(pulse.upstream("p" + std::to_string(Pulse::most_providers), start) == Pulse::Upstream::unknown);
}

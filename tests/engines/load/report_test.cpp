// The two renderings of fixed runs, byte for byte. GENAI_UPDATE_GOLDEN=1 rewrites them.
#include "engines/load/report.hpp"

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "test.hpp"

namespace genai::load {
namespace {

using namespace std::chrono_literals;

void check_golden(const std::string& name, const std::string& rendered) {
  const std::string path = std::string(GENAI_SOURCE_DIR) + "/tests/golden/loadtest/" + name;
  if (std::getenv("GENAI_UPDATE_GOLDEN") != nullptr) std::ofstream(path, std::ios::binary) << rendered;
  std::ifstream file(path, std::ios::binary);
  std::ostringstream golden;
  golden << file.rdbuf();
  CHECK(rendered == golden.str());
}

Threshold gate(std::string_view text) { return parse_threshold(text).value(); }

Plan stream_plan() {
  Plan plan;
  plan.target = Target{"http://127.0.0.1:8080/v1", Mode::stream, "demo", net::Endpoint{"127.0.0.1", 8080}, Secret("secret")};
  plan.loop = OpenLoop{50, Arrivals::poisson, 7};
  plan.duration = 10s;
  plan.warmup = 2s;
  plan.thresholds = {gate("p95(ttft)<100ms"), gate("errors<1%"), gate("rate>=40"), gate("p50(e2e) <= 500ms")};
  return plan;
}

Run stream_run() {
  Run run;
  run.started = "2026-01-31T12:00:00Z";
  run.measured = 10s;
  run.cpu_seconds = 0.25;
  Tally& tally = run.tally;
  tally.warmup = 98;
  tally.sent = 500;
  tally.ok = 497;
  tally.answered = 495;
  tally.connections = 31;
  tally.prompt_tokens = 497 * 12;
  tally.output_tokens = 497 * 64;
  tally.tokens_from_events = 2;
  tally.failures[static_cast<std::size_t>(Failure::http_5xx)] = 2;
  tally.failures[static_cast<std::size_t>(Failure::incomplete_stream)] = 1;
  tally.statuses = {{200, 498}, {503, 2}};
  for (int i = 0; i < 497; ++i) {
    tally.ttfb.record(19ms + i * 20us);
    tally.ttft.record(20ms + i * 20us);
    tally.ttfo.record(20ms + i * 20us);
    tally.tpot.record(5ms + i * 1us);
    tally.e2e.record(335ms + i * 100us);
    for (int j = 0; j < 63; ++j) tally.itl.record(5ms + j * 1us);
  }
  for (int i = 0; i < 500; ++i) tally.lag.record(20us + i * 100ns);
  return run;
}

Plan plain_plan() {
  Plan plan;
  plan.target = Target{"http://127.0.0.1:8080/health", Mode::plain, "", net::Endpoint{"127.0.0.1", 8080}, Secret("secret")};
  plan.loop = ClosedLoop{16};
  plan.duration = 1min;
  plan.threads = 2;
  return plan;
}

TEST_CASE("a complete run of streams") {
  const Report report = make_report(stream_plan(), stream_run());
  CHECK(exit_code(report) == 0);
  check_golden("stream.txt", render_text(report));
  check_golden("stream.json", render_json(report));
}

TEST_CASE("P5 an interrupted run is marked incomplete in both forms") {
  Run run;
  run.started = "2026-01-31T12:00:00Z";
  run.signal = 2;
  run.measured = 1500ms;
  run.cpu_seconds = 0.01;
  run.tally.sent = 10;
  run.tally.ok = 4;
  run.tally.answered = 4;
  run.tally.unfinished = 6;
  for (int i = 1; i <= 4; ++i) {
    run.tally.ttfb.record(i * 1ms);
    run.tally.e2e.record(i * 2ms);
  }
  run.tally.statuses = {{200, 4}};
  const Report report = make_report(plain_plan(), run);
  CHECK(exit_code(report) == 130);
  check_golden("interrupted.txt", render_text(report));
  check_golden("interrupted.json", render_json(report));
}

TEST_CASE("P5 a target that refuses leaves a report without figures") {
  Plan plan = plain_plan();
  plan.thresholds = {gate("p99(e2e)<1s")};
  Run run;
  run.started = "2026-01-31T12:00:00Z";
  run.measured = 1min;
  run.tally.sent = 5;
  run.tally.failures[static_cast<std::size_t>(Failure::connect)] = 5;
  const Report report = make_report(plan, run);
  CHECK(exit_code(report) == 1);
  check_golden("refused.txt", render_text(report));
  check_golden("refused.json", render_json(report));
}

TEST_CASE("P5 a late generator makes an open loop invalid, and only that") {
  Run run = stream_run();
  for (int i = 0; i < 4; ++i) run.tally.lag.record(1500us);
  run.tally.late = 4;
  CHECK(make_report(stream_plan(), run).valid());  // 4 of 500 are less than 1 %
  for (int i = 0; i < 4; ++i) run.tally.lag.record(1500us);
  run.tally.late = 8;
  const Report late = make_report(stream_plan(), run);
  CHECK_FALSE(late.valid());
  CHECK(exit_code(late) == 4);
  check_golden("late.txt", render_text(late));
  run.signal = 2;
  CHECK(exit_code(make_report(stream_plan(), run)) == 130);  // 130 beats 4
}

TEST_CASE("a gate that fails or has no data fails the run; 4 beats 1") {
  Plan plan = stream_plan();
  plan.thresholds = {gate("p95(ttft)<1ms")};
  CHECK(exit_code(make_report(plan, stream_run())) == 1);
  Run late = stream_run();
  late.tally.dropped = 1;
  CHECK(exit_code(make_report(plan, late)) == 4);
  Run without = stream_run();
  without.tally.ttft = stats::Histogram();
  plan.thresholds = {gate("p95(ttft)<1h")};
  CHECK(exit_code(make_report(plan, without)) == 1);
}

TEST_CASE("shards add up to the same report as one") {
  Run whole = stream_run(), parts;
  parts.started = whole.started;
  parts.measured = whole.measured;
  parts.cpu_seconds = whole.cpu_seconds;
  parts.tally.add(stream_run().tally);
  CHECK(render_json(make_report(stream_plan(), parts)) == render_json(make_report(stream_plan(), whole)));
  parts.tally.add(stream_run().tally);
  CHECK(parts.tally.sent == 1000);
  CHECK(parts.tally.statuses.at(503) == 4);
}

TEST_CASE("the keys that scripts rely on are there, null without samples") {
  const auto json = nlohmann::json::parse(render_json(make_report(plain_plan(), Run{})));
  CHECK(json["schema"] == "genai.loadtest/v1");
  for (auto key : {"sent", "ok", "failed"}) CHECK(json["requests"][key] == 0);
  CHECK(json["rate"]["requested"].is_null());
  CHECK(json["rate"]["achieved"] == 0);
  CHECK(json["valid"] == true);
  for (auto key : {"ttfb", "ttft", "ttfo", "tpot", "itl", "e2e"}) {
    REQUIRE(json["metrics"].contains(key));
    CHECK(json["metrics"][key].is_null());
  }
  const auto full = nlohmann::json::parse(render_json(make_report(stream_plan(), stream_run())));
  for (auto key : {"ttfb", "ttft", "ttfo", "tpot", "itl", "e2e"}) {
    for (auto figure : {"p50_ms", "p90_ms", "p99_ms", "max_ms"}) CHECK(full["metrics"][key][figure].is_number());
  }
}

}  // namespace
}  // namespace genai::load

// Whole runs in virtual time against a server in memory: what is due, what is counted, and when.
#include "engines/load/worker.hpp"

#include <fmt/format.h>

#include "engines/load/fake_server.hpp"
#include "engines/load/report.hpp"
#include "test.hpp"

namespace genai::load {
namespace {

using namespace std::chrono_literals;

const std::string ok_answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

std::string answer(int status) { return fmt::format("HTTP/1.1 {} X\r\nContent-Length: 0\r\n\r\n", status); }

std::string chunk(std::string_view data) { return fmt::format("{:x}\r\n{}\r\n", data.size(), data); }
std::string event(std::string_view json) { return chunk(fmt::format("data: {}\n\n", json)); }
std::string delta(std::string_view fields, std::string_view finish = "null") {
  return event(fmt::format(R"({{"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{{"index":0,"delta":{},"finish_reason":{}}}]}})",
                           fields, finish));
}
const std::string stream_head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
const std::string role = delta(R"({"role":"assistant","content":""})");
const std::string content = delta(R"({"content":"word"})");
const std::string reasoning = delta(R"({"reasoning_content":"hm"})");
const std::string finish = delta("{}", R"("stop")");
const std::string usage = event(
    R"({"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[],"usage":{"prompt_tokens":7,"completion_tokens":11,"total_tokens":18}})");
const std::string done = event("[DONE]");
const std::string end = "0\r\n\r\n";

Plan plan_of(std::variant<OpenLoop, ClosedLoop> loop, Nanoseconds duration, Mode mode = Mode::plain) {
  Plan plan;
  plan.target = Target{"http://fake/", mode, mode == Mode::plain ? "" : "m", net::Endpoint{"fake", 80}, Secret("GET / HTTP/1.1\r\nHost: fake\r\n\r\n")};
  plan.loop = loop;
  plan.duration = duration;
  return plan;
}

// One worker, its server and the time they live in.
struct Rig {
  Rig(Plan with, Behaviour behaviour) : plan(std::move(with)), server(loop, std::move(behaviour)), worker(server, plan, Shard{}) {}
  ~Rig() { loop.settle(); }

  void start() {
    begin = clock.now();
    worker.start(begin, [this] { ended = true; });
  }
  const Tally& run() {
    start();
    loop.advance(plan.warmup + plan.duration + plan.drain + 10s);
    REQUIRE(ended);
    return worker.tally();
  }
  Report report(int signal = 0) const {
    Run run;
    run.tally.add(worker.tally());
    run.measured = plan.duration;
    run.signal = signal;
    return make_report(plan, run);
  }
  std::uint64_t failures(Failure kind) const { return worker.tally().failures[static_cast<std::size_t>(kind)]; }

  net::VirtualClock clock;
  net::VirtualLoop loop{clock};
  Plan plan;
  FakeServer server;
  Worker worker;
  MonoTime begin;
  bool ended = false;
};

Behaviour always(Script script) {
  return [script](std::size_t, MonoTime) { return script; };
}

bool near(Nanoseconds found, Nanoseconds expected) {
  return std::abs((found - expected).count()) <= expected.count() / 1000;
}

// A run of one request whose answer is `script`.
Failure outcome(Script script, Mode mode) {
  Rig rig(plan_of(OpenLoop{1}, 1s, mode), always(std::move(script)));
  rig.plan.timeout = 5s;
  const Tally& tally = rig.run();
  REQUIRE(tally.sent == 1);
  REQUIRE(tally.ok + tally.failed() == 1);
  for (std::size_t i = 1; i < failure_kinds; ++i) {
    if (tally.failures[i] == 1) return static_cast<Failure>(i);
  }
  return Failure::none;
}

Failure stream_outcome(const std::string& body) { return outcome({{1ms, stream_head + body, false}}, Mode::stream); }

TEST_CASE("an open loop sends on schedule and reuses connections") {
  Rig rig(plan_of(OpenLoop{100}, 10s), always({{3ms, ok_answer, false}}));
  const Tally& tally = rig.run();
  CHECK(tally.sent == 1000);
  CHECK(tally.ok == 1000);
  CHECK(tally.connections == 1);
  CHECK(near(tally.e2e.percentile(50), 3ms));
  CHECK(tally.lag.max() == 0ns);
  CHECK(rig.report().answers_per_second == Approx(100));
  CHECK(exit_code(rig.report()) == 0);
}

TEST_CASE("a stall of the server is seen by every request that was due in it") {
  // Answers take 1 ms, but between seconds 10 and 25 nobody answers.
  Rig rig(plan_of(OpenLoop{10}, 30s), [start = std::optional<MonoTime>()](std::size_t, MonoTime now) mutable {
    if (!start) start = now;
    const auto since = now - *start;
    return Script{{since >= 10s && since < 25s ? 25s - since : Nanoseconds(1ms), ok_answer, false}};
  });
  const Tally& tally = rig.run();
  CHECK(tally.sent == 300);
  CHECK(tally.ok == 300);
  CHECK(near(tally.e2e.max(), 15s));
  CHECK(tally.e2e.percentile(99) > 14s);
  CHECK(tally.e2e.percentile(75) > 7s);  // half the run is the stall, and half of its requests waited longer than this
  CHECK(near(tally.e2e.mean(), 3776ms));
}

TEST_CASE("a closed loop keeps its concurrency and hides the stall, which is why there is an open one") {
  Rig rig(plan_of(ClosedLoop{4}, 10s), always({{100ms, ok_answer, false}}));
  const Tally& tally = rig.run();
  CHECK(tally.ok == 400);
  CHECK(tally.connections == 4);
  CHECK(tally.lag.empty());
  CHECK(rig.report().answers_per_second == Approx(40));
}

TEST_CASE("the warm-up is sent but not measured, by the time a request was due") {
  Plan plan = plan_of(OpenLoop{10}, 5s);
  plan.warmup = 2s;
  Rig rig(plan, [](std::size_t index, MonoTime) { return Script{{index < 20 ? 3s : 1ms, index == 0 ? answer(500) : ok_answer, false}}; });
  const Tally& tally = rig.run();
  CHECK(rig.server.requests() == 70);
  CHECK(tally.warmup == 20);
  CHECK(tally.sent == 50);
  CHECK(tally.ok == 50);
  CHECK(near(tally.e2e.max(), 1ms));
  CHECK(tally.statuses == std::map<int, std::uint64_t>{{200, 50}});
}

TEST_CASE("requests beyond the bound are dropped, counted, and make the run invalid") {
  Plan plan = plan_of(OpenLoop{10}, 2s);
  plan.max_in_flight = 5;
  plan.drain = 1s;
  Rig rig(plan, always({}));
  const Tally& tally = rig.run();
  CHECK(tally.sent == 5);
  CHECK(tally.dropped == 15);
  CHECK(rig.failures(Failure::timeout) == 5);
  const Report report = rig.report();
  CHECK_FALSE(report.valid());
  CHECK(exit_code(report) == 4);
}

TEST_CASE("a stream is measured from its tokens, not from its role chunk") {
  Rig rig(plan_of(OpenLoop{1}, 1s, Mode::stream), always({{10ms, stream_head + role, false},
                                                          {20ms, reasoning, false},
                                                          {40ms, content, false},
                                                          {60ms, content, false},
                                                          {5ms, finish + usage + done + end, false}}));
  const Tally& tally = rig.run();
  REQUIRE(tally.ok == 1);
  CHECK(near(tally.ttfb.max(), 10ms));
  CHECK(near(tally.ttft.max(), 30ms));
  CHECK(near(tally.ttfo.max(), 70ms));
  CHECK(tally.itl.count() == 2);
  CHECK(near(tally.itl.min(), 40ms));
  CHECK(near(tally.itl.max(), 60ms));
  CHECK(tally.tpot.max() == 10ms);  // 100 ms between first and last, 11 tokens by usage
  CHECK(near(tally.e2e.max(), 135ms));
  CHECK(tally.output_tokens == 11);
  CHECK(tally.prompt_tokens == 7);
  CHECK(tally.tokens_from_events == 0);
}

TEST_CASE("without usage the events count as tokens, and the report says so") {
  Rig rig(plan_of(OpenLoop{1}, 1s, Mode::stream),
          always({{10ms, stream_head + content, false}, {30ms, content, false}, {1ms, finish + done + end, false}}));
  const Tally& tally = rig.run();
  CHECK(tally.output_tokens == 2);
  CHECK(tally.tokens_from_events == 1);
  CHECK(tally.tpot.max() == 30ms);
}

TEST_CASE("a stream split anywhere is the same stream") {
  const std::string bytes = stream_head + role + content + content + finish + usage + done + end;
  for (std::size_t cut = 1; cut < bytes.size(); cut += 7) {
    INFO(cut);
    REQUIRE(outcome({{1ms, bytes.substr(0, cut), false}, {1ms, bytes.substr(cut), false}}, Mode::stream) == Failure::none);
  }
}

TEST_CASE("a stream without token, finish or [DONE] has failed") {
  CHECK(stream_outcome(role + content + finish + done + end) == Failure::none);
  CHECK(stream_outcome(role + finish + done + end) == Failure::incomplete_stream);
  CHECK(stream_outcome(role + content + done + end) == Failure::incomplete_stream);
  CHECK(stream_outcome(role + content + finish + end) == Failure::incomplete_stream);
  CHECK(outcome({{1ms, stream_head + role + content, true}}, Mode::stream) == Failure::incomplete_stream);
  CHECK(stream_outcome(content + event(R"({"error":{"message":"overloaded","type":"server_error"}})") + end) == Failure::stream_error);
  CHECK(stream_outcome(content + event("{broken") + end) == Failure::protocol);
  CHECK(stream_outcome("zz\r\n") == Failure::protocol);
}

TEST_CASE("answers are classified") {
  CHECK(outcome({{1ms, answer(204), false}}, Mode::plain) == Failure::none);
  CHECK(outcome({{1ms, answer(302), false}}, Mode::plain) == Failure::http_3xx);
  CHECK(outcome({{1ms, answer(404), false}}, Mode::plain) == Failure::http_4xx);
  CHECK(outcome({{1ms, answer(503), false}}, Mode::stream) == Failure::http_5xx);
  CHECK(outcome({{1ms, "SSH-2.0-OpenSSH\r\n\r\n", false}}, Mode::plain) == Failure::protocol);
  CHECK(outcome({{1ms, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort", true}}, Mode::plain) == Failure::closed);
  CHECK(outcome({{1ms, "", true}}, Mode::plain) == Failure::closed);
  CHECK(outcome({{1ms, "HTTP/1.1 200 OK\r\n\r\nuntil the end", true}}, Mode::plain) == Failure::none);
  CHECK(outcome({{1ms, "HTTP/1.1 103 Early Hints\r\n\r\n" + ok_answer, false}}, Mode::plain) == Failure::none);
  CHECK(outcome({}, Mode::plain) == Failure::timeout);
}

TEST_CASE("a chat answer must be a chat completion") {
  const auto with_body = [](std::string_view body) {
    return Script{{1ms, fmt::format("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{}", body.size(), body), false}};
  };
  const std::string_view good = R"({"id":"c","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":)"
                                R"({"role":"assistant","content":"hi"},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":5,"total_tokens":8}})";
  CHECK(outcome(with_body(good), Mode::chat) == Failure::none);
  CHECK(outcome(with_body("<html>"), Mode::chat) == Failure::protocol);
  Rig rig(plan_of(OpenLoop{1}, 1s, Mode::chat), always(with_body(good)));
  CHECK(rig.run().output_tokens == 5);
  CHECK(rig.worker.tally().ttft.empty());
}

TEST_CASE("P5 a target that refuses is counted, and the command fails") {
  Rig open(plan_of(OpenLoop{10}, 2s), always({}));
  open.server.refuse = true;
  CHECK(open.run().sent == 20);
  CHECK(open.failures(Failure::connect) == 20);
  CHECK(exit_code(open.report()) == 1);

  Rig closed(plan_of(ClosedLoop{3}, 1s), always({}));
  closed.server.refuse = true;
  closed.run();
  CHECK(closed.failures(Failure::connect) <= 300);  // it pauses instead of spinning
  CHECK(closed.failures(Failure::connect) >= 100);
  CHECK(exit_code(closed.report()) == 1);
}

TEST_CASE("a kept connection that was closed under us costs no failure") {
  // Closes without a word once the answer is out; the next request meets the end of the stream.
  Rig rig(plan_of(OpenLoop{10}, 2s), always({{1ms, ok_answer, false}, {0ms, "", true}}));
  CHECK(rig.run().ok == 20);
  Rig racing(plan_of(OpenLoop{10}, 2s), [](std::size_t index, MonoTime) {
    return index % 2 == 1 ? Script{{0ms, "", true}} : Script{{1ms, ok_answer, false}};
  });
  CHECK(racing.run().ok == 20);
  CHECK(racing.worker.tally().failed() == 0);
}

TEST_CASE("a server that announces the end of its connections is reconnected to") {
  Rig rig(plan_of(ClosedLoop{2}, 1s), always({{10ms, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", true}}));
  const Tally& tally = rig.run();
  CHECK(tally.ok == 200);
  CHECK(tally.connections == 200);
}

TEST_CASE("bytes behind an answer end the connection, not the run") {
  Rig rig(plan_of(OpenLoop{10}, 1s), always({{1ms, ok_answer + "surplus", false}}));
  CHECK(rig.run().ok == 10);
  CHECK(rig.worker.tally().connections == 10);
}

TEST_CASE("P5 an interrupted run reports what it has") {
  Rig rig(plan_of(OpenLoop{10}, 60s), [](std::size_t index, MonoTime) { return Script{{index < 15 ? 1ms : 1h, ok_answer, false}}; });
  rig.start();
  rig.loop.advance(2s + 50ms);
  rig.worker.interrupt();
  rig.loop.settle();
  CHECK(rig.ended);
  const Tally& tally = rig.worker.tally();
  CHECK(tally.sent == 21);
  CHECK(tally.ok == 15);
  CHECK(tally.unfinished == 6);
  CHECK(tally.failed() == 0);
  const Report report = rig.report(2);
  CHECK_FALSE(report.complete());
  CHECK(exit_code(report) == 130);
  CHECK(exit_code(rig.report(15)) == 143);
  rig.worker.interrupt();  // again: nothing to do
  rig.loop.settle();
}

TEST_CASE("requests under way at the end have the drain to finish") {
  Plan plan = plan_of(OpenLoop{1}, 3s);
  plan.drain = 2s;
  Rig rig(plan, [](std::size_t index, MonoTime) { return Script{{index < 2 ? 3500ms : 1h, ok_answer, false}}; });
  const Tally& tally = rig.run();
  CHECK(tally.ok == 2);
  CHECK(rig.failures(Failure::timeout) == 1);
}

TEST_CASE("a large head and a large body arrive whole") {
  std::string head = "HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n";
  for (int i = 0; i < 60; ++i) head += fmt::format("X-Padding-{}: {}\r\n", i, std::string(200, 'x'));
  Rig rig(plan_of(OpenLoop{1}, 1s), always({{1ms, head + "\r\n" + std::string(300'000, 'b'), false}}));
  CHECK(rig.run().ok == 1);
}

}  // namespace
}  // namespace genai::load

// Runs over real sockets of the loopback, briefly: that threads, signals and the loop's end work. What is measured is tested in virtual time.
#include <csignal>
#include <thread>

#include "engines/load/fake_server.hpp"
#include "engines/load/load.hpp"
#include "platform/net/io_loop.hpp"
#include "test.hpp"

namespace genai::load {
namespace {

using namespace std::chrono_literals;

// A FakeServer on a free port, on its own thread.
class RealServer {
 public:
  explicit RealServer(Script script) : server_(loop_, [script = std::move(script)](std::size_t, MonoTime) { return script; }) {
    auto listening = loop_.listen(net::Endpoint{"127.0.0.1", 0}, false);
    listener_ = std::move(listening.value());
    endpoint_ = listener_->endpoint();
    listener_->accept([this](std::unique_ptr<net::Stream> stream) { server_.serve(std::move(stream)); }, [] { return false; });
    thread_ = std::thread([this] { loop_.run(); });
  }
  ~RealServer() {
    loop_.post([this] {
      listener_->close();
      server_.close_all();
      loop_.stop();
    });
    thread_.join();
  }
  net::Endpoint endpoint() const { return endpoint_; }

 private:
  SystemClock clock_;
  net::IoLoop loop_{clock_};
  FakeServer server_;
  std::unique_ptr<net::Listener> listener_;
  net::Endpoint endpoint_;
  std::thread thread_;
};

const Script ok_script = {{0ms, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", false}};

Plan plan_for(const RealServer& server, std::variant<OpenLoop, ClosedLoop> loop) {
  RequestParts parts;
  parts.url = "http://" + server.endpoint().text() + "/";
  Plan plan;
  plan.target = make_target(Mode::plain, parts).value();
  plan.loop = loop;
  plan.duration = 100ms;
  return plan;
}

TEST_CASE("threads share a closed loop") {
  const RealServer server(ok_script);
  Plan plan = plan_for(server, ClosedLoop{5});
  plan.threads = 2;
  const Run run = load::run(plan, SystemClock(), Watch{});
  CHECK(run.tally.ok > 0);
  CHECK(run.tally.failed() == 0);
  CHECK(run.tally.sent == run.tally.ok);
  CHECK(run.tally.connections == 5);
  CHECK(run.cpu_seconds > 0);
  CHECK(run.started.size() == std::string("2026-01-31T12:00:00Z").size());
}

TEST_CASE("threads share an open loop's one process, and progress is shown") {
  const RealServer server(ok_script);
  Plan plan = plan_for(server, OpenLoop{200, Arrivals::poisson, 3});
  plan.threads = 3;
  std::size_t shown = 0;
  const Run run = load::run(plan, SystemClock(), Watch{20ms, [&shown](const Progress& progress) {
                                                         ++shown;
                                                         CHECK(progress.sent >= progress.ok + progress.failed);
                                                       }});
  std::uint64_t due = 0;
  for (Schedule schedule(OpenLoop{200, Arrivals::poisson, 3}, Shard{}); schedule.next() < plan.duration; schedule.advance()) ++due;
  CHECK(run.tally.sent == due);
  CHECK(run.tally.ok == due);
  CHECK(shown > 0);
}

TEST_CASE("P5 Ctrl-C ends a run early with what was measured") {
  const RealServer server(ok_script);
  Plan plan = plan_for(server, OpenLoop{100, Arrivals::constant, 1});
  plan.duration = 1h;
  const Run run = load::run(plan, SystemClock(), Watch{50ms, [](const Progress&) { std::raise(SIGINT); }});
  CHECK(run.signal == SIGINT);
  CHECK(run.measured < 1min);
  CHECK(run.tally.sent > 0);
  const Report report = make_report(plan, run);
  CHECK_FALSE(report.complete());
  CHECK(exit_code(report) == 130);
}

TEST_CASE("P5 a port that refuses gives a report and exit code 1") {
  std::optional<RealServer> server(std::in_place, ok_script);
  Plan plan = plan_for(*server, ClosedLoop{2});
  server.reset();  // nobody listens there any more
  const Run run = load::run(plan, SystemClock(), Watch{});
  CHECK(run.tally.ok == 0);
  CHECK(run.tally.failures[static_cast<std::size_t>(Failure::connect)] > 0);
  CHECK(exit_code(make_report(plan, run)) == 1);
}

}  // namespace
}  // namespace genai::load

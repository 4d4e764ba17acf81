// A host on real sockets with two loops: accepting, the limit in total, and the orderly end.
#include <atomic>
#include <csignal>
#include <future>
#include <set>
#include <thread>

#include "fakes/scratch.hpp"
#include "platform/http/client.hpp"
#include "platform/http/host.hpp"
#include "test.hpp"

namespace genai::http {
namespace {

using namespace std::chrono_literals;

// Answers at once; /hang only once it is cut.
class TestSite final : public Site {
 public:
  explicit TestSite(std::atomic<int>& closed) : closed_(closed) {}
  net::Task<void> handle(Exchange& exchange) override {
    if (exchange.head().path == "/hang") {
      net::Signal release;
      hanging_.insert(&release);
      exchange.on_hangup([&release] { release.fire(); });
      co_await release;
      exchange.on_hangup(nullptr);
      hanging_.erase(&release);
    }
    auto response = text("hello");
    co_await exchange.respond(std::move(response));
  }
  Response reject(const Error& error) override { return text(error.what); }
  Nanoseconds drain() override { return 1ms; }
  void cut_plain() override {
    for (auto* release : std::set(hanging_)) release->fire();
  }
  void cut_streams() override {}
  net::Task<void> close() override {
    ++closed_;
    co_return;
  }

 private:
  static Response text(std::string body) {
    Response response;
    response.body = std::move(body);
    return response;
  }
  std::atomic<int>& closed_;
  std::set<net::Signal*> hanging_;
};

struct HostFixture {
  explicit HostFixture(HostConfig config) : host(clock, config) {
    auto opened = host.open();
    REQUIRE(opened.has_value());
    at = *opened;
    auto accepting = ready.get_future();
    thread = std::thread([this] {
      host.run([this](net::IoLoop&) { return std::make_unique<TestSite>(closed); }, [this] { ready.set_value(); });
    });
    accepting.wait();
  }
  ~HostFixture() { end(); }
  void end() {
    if (!thread.joinable()) return;
    host.drain();
    thread.join();
  }

  static HostConfig config() {
    HostConfig config;
    config.listen = {"127.0.0.1", 0};
    config.threads = 2;
    config.drain_plain = 20ms;
    config.drain_streams = 20ms;
    config.drain_last = 20ms;
    return config;
  }
  SystemClock clock;
  Host host;
  net::Endpoint at;
  std::atomic<int> closed{0};
  std::promise<void> ready;
  std::thread thread;
};

// Asks on a loop of its own; `count` connections at the same time.
struct Asking {
  static net::Task<void> one(net::IoLoop& loop, net::Endpoint to, std::string path, std::string& answer) {
    Client client(loop);
    net::Cancellation cancellation;
    std::string head = "GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n";
    auto got = co_await client.send(to, std::move(head), "", loop.now() + 30s, loop.now() + 30s, cancellation);
    if (!got) {
      answer = got.error().what;
    } else {
      auto body = co_await (*got)->read(loop.now() + 30s);
      answer = std::to_string((*got)->head().status) + " " + std::string(body.has_value() ? *body : "broken");
      got->reset();
    }
    co_await client.close();
  }
  static net::Task<void> stop_after(net::IoLoop& loop, net::TaskGroup& tasks) {
    co_await tasks.join();
    loop.stop();
  }
};
std::vector<std::string> ask(const net::Endpoint& to, const std::string& path, std::size_t count) {
  SystemClock clock;
  net::IoLoop loop(clock);
  std::vector<std::string> answers(count);
  net::TaskGroup tasks, stopping;
  for (auto& answer : answers) tasks.spawn(Asking::one(loop, to, path, answer));
  stopping.spawn(Asking::stop_after(loop, tasks));
  loop.run();
  return answers;
}

}  // namespace

TEST_CASE("a host answers on all its loops and ends when drained") {
  HostFixture fixture(HostFixture::config());
  CHECK(fixture.host.loops() == 2);
  for (const auto& answer : ask(fixture.at, "/", 50)) CHECK(answer == "200 hello");
  fixture.end();
  CHECK(fixture.closed == 2);
  CHECK(ask(fixture.at, "/", 1)[0].find("cannot connect") != std::string::npos);
}

TEST_CASE("P1 the first signal drains: what hangs is cut after its time") {
  HostFixture fixture(HostFixture::config());
  std::thread drains([&] { fixture.host.drain(); });
  drains.join();
  fixture.thread.join();
  CHECK(fixture.closed == 2);
}

TEST_CASE("P1 a request under way is answered before the end") {
  HostFixture fixture(HostFixture::config());
  std::vector<std::string> answers;
  std::thread asking([&] { answers = ask(fixture.at, "/hang", 3); });
  std::raise(SIGTERM);  // may come before the requests do: then they find nobody
  asking.join();
  fixture.thread.join();
  for (const auto& answer : answers) {
    INFO(answer);
    const bool told = answer == "200 hello" || answer.find("cannot connect") != std::string::npos || answer.find("closed the connection") != std::string::npos;
    CHECK(told);
  }
}

TEST_CASE("H21 beyond the total, connections wait their turn") {
  auto config = HostFixture::config();
  config.max_connections = 2;
  HostFixture fixture(config);
  for (const auto& answer : ask(fixture.at, "/", 20)) CHECK(answer == "200 hello");
}

TEST_CASE("P4 a second host on the same port is told who holds it") {
  HostFixture fixture(HostFixture::config());
  auto config = HostFixture::config();
  config.listen = fixture.at;
  Host second(fixture.clock, config);
  const auto opened = second.open();
  REQUIRE(opened.has_error());
  CHECK(opened.error().what.find(fixture.at.text()) != std::string::npos);
  CHECK(opened.error().what.find("pid") != std::string::npos);
}

TEST_CASE("a host on a Unix socket") {
  const fakes::Scratch scratch;
  auto config = HostFixture::config();
  config.listen = {(scratch / "host.sock").string(), 0};
  HostFixture fixture(config);
  for (const auto& answer : ask(fixture.at, "/", 10)) CHECK(answer == "200 hello");
}

}  // namespace genai::http

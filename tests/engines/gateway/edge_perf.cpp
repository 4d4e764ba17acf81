// What the edge costs a request: CPU of an exchange through it, with page, trusted proxy and log or without, less that of the exchange alone.
#include <cstdio>
#include <ctime>
#include <utility>

#include "engines/gateway/edge.hpp"
#include "fakes/scratch.hpp"
#include "features/telemetry/request_log.hpp"
#include "platform/net/loop.hpp"

namespace {

using namespace genai;

constexpr int warm_up = 10'000, rounds = 300'000;

double cpu_us() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_nsec) / 1e3;
}

// An exchange that keeps nothing.
class Void final : public http::Exchange {
 public:
  explicit Void(net::Loop& loop) : loop_(loop) {
    head_.method = "POST";
    head_.target = head_.path = "/v1/chat/completions";
    head_.body = http::BodyKind::length;
    head_.content_length = 1000;
    for (const auto& [name, value] : {std::pair{"Host", "gateway.example"}, std::pair{"Content-Type", "application/json"}, std::pair{"Authorization", "Bearer key"},
                                      std::pair{"User-Agent", "OpenAI/Python 1.99.9"}, std::pair{"X-Stainless-Lang", "python"}, std::pair{"Accept", "application/json"},
                                      std::pair{"Content-Length", "1000"}, std::pair{"Origin", "https://app.example"}, std::pair{"X-Forwarded-For", "203.0.113.9"}})
      head_.fields.add({name, value});
  }
  const http::RequestHead& head() const override { return head_; }
  net::Loop& loop() override { return loop_; }
  std::string peer() const override { return "10.0.0.1:5000"; }
  net::Task<Result<std::string>> body() override { co_return std::string(); }
  net::Task<bool> respond(http::Response response) override {
    bytes += response.fields.size();
    co_return true;
  }
  void begin(http::Response) override {}
  net::Task<bool> send(std::string_view) override { co_return true; }
  net::Task<bool> finish(std::string_view) override { co_return true; }
  void abort() override {}
  bool begun() const override { return false; }
  void on_hangup(std::function<void()>) override {}
  bool hung_up() const override { return false; }
  std::size_t bytes = 0;

 private:
  net::Loop& loop_;
  http::RequestHead head_;
};

class Answering final : public http::Site {
 public:
  net::Task<void> handle(http::Exchange& exchange) override {
    http::Response response;
    http::append_field(response.fields, "X-Request-Id", "req_0123456789abc");
    response.body = "{}";
    co_await exchange.respond(std::move(response));
  }
  http::Response reject(const Error&) override { return {}; }
  Nanoseconds drain() override { return {}; }
  void cut_plain() override {}
  void cut_streams() override {}
  net::Task<void> close() override { co_return; }
};

net::Task<void> run(http::Site& site, http::Exchange& exchange, int count) {
  for (int i = 0; i < count; ++i) co_await site.handle(exchange);
}

double measured(http::Site& site, net::Loop& loop) {
  Void exchange(loop);
  net::TaskGroup tasks;
  tasks.spawn(run(site, exchange, warm_up));
  const double before = cpu_us();
  tasks.spawn(run(site, exchange, rounds));
  return (cpu_us() - before) / rounds;
}

}  // namespace

int main() {
  const SystemClock clock;
  struct RealTime final : net::Loop {
    using Loop::Loop;
    void post(std::function<void()>) override {}
  } loop(clock);
  const fakes::Scratch dir;
  Answering alone;
  const double base = measured(alone, loop);
  const auto through = [&](const gateway::EdgeConfig& config, telemetry::RequestLog* log) {
    const auto edge = gateway::make_edge(config, {[] { return std::string("req_x"); }, log}, loop, std::make_unique<Answering>());
    return measured(*edge, loop) - base;
  };
  gateway::EdgeConfig usual, full;
  full.tls = gateway::TlsFiles{};
  full.cors.origins = {"https://other.example", "https://app.example"};
  (void)full.trusted.add("10.0.0.0/8");
  const auto log = std::move(*telemetry::RequestLog::open({.file = dir / "requests.log"}));
  const double plain = through(usual, nullptr);
  const double page = through(full, nullptr);
  const double logged = through(full, log.get());
  std::printf("{\"usual_us\":%.3f,\"tls_cors_proxies_us\":%.3f,\"and_log_us\":%.3f}\n", plain, page, logged);
}

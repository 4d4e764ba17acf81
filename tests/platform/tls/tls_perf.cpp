// What TLS costs: CPU of one request of 1.2 KB and one answer of 0.7 KB between two streams in memory, over TLS and without.
#include <sys/stat.h>

#include <cstdio>
#include <ctime>
#include <filesystem>

#include "fakes/certificates.hpp"
#include "fakes/scratch.hpp"
#include "platform/net/loop.hpp"
#include "platform/net/memory.hpp"
#include "platform/tls/tls.hpp"

namespace {

using namespace genai;
using namespace std::chrono_literals;

constexpr int warm_up = 2'000, rounds = 100'000;
constexpr std::size_t request_head = 200, request_body = 1000, answer_head = 300, answer_body = 400;

double cpu_us() {
  timespec time{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_nsec) / 1e3;
}

net::Task<void> serve(net::Stream& stream) {
  const std::string head(answer_head, 'h'), body(answer_body, 'b');
  const std::string_view parts[] = {head, body};
  char room[4096];
  for (std::size_t left = request_head + request_body;;) {
    const auto got = co_await net::Read(stream, room);
    if (got.bytes == 0) co_return;
    left -= got.bytes;
    if (left > 0) continue;
    left = request_head + request_body;
    co_await net::Write(stream, parts);
  }
}

net::Task<void> ask(net::Stream& stream, int count) {
  const std::string head(request_head, 'h'), body(request_body, 'b');
  const std::string_view parts[] = {head, body};
  char room[4096];
  for (int i = 0; i < count; ++i) {
    co_await net::Write(stream, parts);
    for (std::size_t left = answer_head + answer_body; left > 0;) {
      const auto got = co_await net::Read(stream, room);
      left -= got.bytes;
    }
  }
}

double measured(net::VirtualLoop& loop, net::Stream& client, net::Stream& server) {
  net::TaskGroup tasks;
  tasks.spawn(serve(server));
  tasks.spawn(ask(client, warm_up));
  loop.settle();
  const double before = cpu_us();
  tasks.spawn(ask(client, rounds));
  loop.settle();
  const double took = (cpu_us() - before) / rounds;
  client.close();
  loop.settle();
  server.close();
  loop.settle();
  return took;
}

net::Task<void> connect(tls::Remote& remote, std::unique_ptr<net::Stream> stream, MonoTime deadline, std::unique_ptr<net::Stream>& made) {
  net::Cancellation never;
  auto connected = co_await remote.connect(std::move(stream), deadline, never);
  if (connected) made = std::move(*connected);
}

struct Ignored final : net::Completion {
  void complete(net::IoResult) override {}
};

}  // namespace

int main() {
  net::VirtualClock clock;
  net::VirtualLoop loop(clock);
  const fakes::Scratch dir;
  const fakes::Identity identity("server", nullptr, "DNS:server.example");
  fakes::write_content(dir / "server.pem", identity.certificate_pem());
  fakes::write_content(dir / "server.key", identity.key_pem());
  ::chmod((dir / "server.key").c_str(), 0600);
  const auto server = std::move(*tls::Server::open({.certificate = dir / "server.pem", .key = dir / "server.key"}, clock, nullptr));
  auto [plain_near, plain_far] = net::make_stream_pair(loop);
  const double plain = measured(loop, *plain_near, *plain_far);

  auto workspace = tls::make_workspace();
  tls::Remote remote(*tls::Trust::of_file(dir / "server.pem"), "server.example", workspace);
  auto [near, far] = net::make_stream_pair(loop);
  auto secured = server->accept(std::move(far), workspace);
  std::unique_ptr<net::Stream> client;
  net::TaskGroup tasks;
  tasks.spawn(connect(remote, std::move(near), loop.now() + 5s, client));
  Ignored ignored;
  net::IoResult now;
  const std::string_view nothing[] = {""};
  secured->start_write(nothing, now, ignored);
  loop.settle();
  if (!client) return 1;
  const double over_tls = measured(loop, *client, *secured);
  std::printf("{\"plain_us\":%.2f,\"tls_us\":%.2f,\"records\":4,\"us_a_record\":%.2f}\n", plain, over_tls, (over_tls - plain) / 4);
}

// A host and a client over TLS, and behind a proxy that announces its clients.
#include <sys/stat.h>

#include <atomic>
#include <future>
#include <thread>

#include "fakes/certificates.hpp"
#include "fakes/network.hpp"
#include "fakes/scratch.hpp"
#include "platform/http/client.hpp"
#include "platform/http/host.hpp"
#include "platform/http/server_fixture.hpp"
#include "platform/net/proxy_headers.hpp"
#include "test.hpp"

namespace genai::http {
namespace {

using namespace std::chrono_literals;

// A server's identity in files, and who believes it.
struct Identity {
  fakes::Scratch dir;
  fakes::Identity authority{"Test CA"};
  std::unique_ptr<tls::Server> server;
  std::shared_ptr<const tls::Trust> trust;

  explicit Identity(const Clock& clock) {
    const fakes::Identity own("server", &authority, "DNS:up.example,IP:127.0.0.1");
    fakes::write_content(dir / "ca.pem", authority.certificate_pem());
    fakes::write_content(dir / "server.pem", own.certificate_pem());
    fakes::write_content(dir / "server.key", own.key_pem());
    ::chmod((dir / "server.key").c_str(), 0600);
    server = std::move(*tls::Server::open({.certificate = dir / "server.pem", .key = dir / "server.key"}, clock, nullptr));
    trust = *tls::Trust::of_file(dir / "ca.pem");
  }
};

// A client, and a server behind two names in memory: one over TLS, one plain.
struct SecureFixture {
  net::VirtualClock clock;
  net::VirtualLoop loop{clock};
  Identity identity{clock};
  fakes::Network network{loop};
  PathHandler handler;
  Server server{loop, handler, {}, {}};
  std::shared_ptr<tls::Workspace> workspace = tls::make_workspace();
  Client client{network};
  net::TaskGroup tasks;
  std::vector<bool> resumed;
  std::vector<net::Stream*> accepted;

  SecureFixture() {
    for (const auto host : {"up.example", "other.example"}) {
      network.listen({host, 443}, [this](std::unique_ptr<net::Stream> stream) { server.serve(identity.server->accept(std::move(stream), workspace)); });
    }
    network.listen({"up.example", 80}, [this](std::unique_ptr<net::Stream> stream) { server.serve(std::move(stream)); });
  }
  ~SecureFixture() {
    tasks.spawn(closing());
    server.drain();
    server.cut();
    loop.advance(5min);
  }
  net::Task<void> closing() { co_await client.close(); }
  net::Task<void> ask(Target to, std::string body, std::string& answer) {
    net::Cancellation cancellation;
    std::string head = "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n";
    auto got = co_await client.send(std::move(to), std::move(head), std::move(body), loop.now() + 5s, loop.now() + 60s, cancellation);
    if (!got) {
      answer = std::string(row(got.error().code).name) + ": " + got.error().what;
      co_return;
    }
    for (;;) {
      auto piece = co_await (*got)->read(loop.now() + 60s);
      if (!piece) answer = piece.error().what;
      if (!piece || piece->empty()) co_return;
      answer += *piece;
    }
  }
  std::string asked(Target to, std::string body = "hello") {
    std::string answer;
    tasks.spawn(ask(std::move(to), std::move(body), answer));
    loop.settle();
    return answer;
  }
};

// Says who asks.
class PeerSite final : public Site {
 public:
  net::Task<void> handle(Exchange& exchange) override {
    Response response;
    response.body = exchange.peer();
    co_await exchange.respond(std::move(response));
  }
  Response reject(const Error& error) override {
    Response response;
    response.status = error.status();
    response.body = error.what;
    return response;
  }
  Nanoseconds drain() override { return 1ms; }
  void cut_plain() override {}
  void cut_streams() override {}
  net::Task<void> close() override { co_return; }
};

struct PeerHost {
  explicit PeerHost(HostConfig config) : host(clock, settled(std::move(config))) {
    auto opened = host.open();
    REQUIRE(opened.has_value());
    at = *opened;
    auto accepting = ready.get_future();
    thread = std::thread([this] { host.run([](net::IoLoop&) { return std::make_unique<PeerSite>(); }, [this] { ready.set_value(); }); });
    accepting.wait();
  }
  ~PeerHost() {
    host.drain();
    thread.join();
  }
  static HostConfig settled(HostConfig config) {
    config.listen = {"127.0.0.1", 0};
    config.threads = 1;
    config.drain_plain = config.drain_streams = config.drain_last = 20ms;
    return config;
  }
  // Counted after the connection was closed, which the client may notice before.
  std::uint64_t unannounced(std::uint64_t expected) const {
    const auto until = clock.now() + 10s;
    while (host.state().unannounced < expected && clock.now() < until) std::this_thread::yield();
    return host.state().unannounced;
  }
  // All that comes back to these bytes on one connection.
  std::string answer(std::string bytes) const {
    net::IoLoop loop(clock);
    std::string all;
    net::TaskGroup tasks;
    tasks.spawn(talk(loop, at, std::move(bytes), all));
    loop.run();
    return all;
  }
  static net::Task<void> talk(net::IoLoop& loop, net::Endpoint to, std::string bytes, std::string& all) {
    net::Cancellation cancellation;
    auto stream = co_await loop.connect(std::move(to), loop.now() + 10s, cancellation);
    if (stream) {
      auto& its = **stream;
      co_await net::Write(its, bytes);
      char room[1000];
      for (bool more = true; more;) {
        const auto got = co_await net::Read(its, room);
        all.append(room, got.bytes);
        more = got.bytes > 0;
      }
      stream->reset();
    }
    loop.stop();
  }

  SystemClock clock;
  Host host;
  net::Endpoint at;
  std::promise<void> ready;
  std::thread thread;
};

const std::string ask_and_close = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

std::string body_of(const std::string& answer) {
  const auto end = answer.find("\r\n\r\n");
  return end == std::string::npos ? answer : answer.substr(end + 4);
}

net::AddressSet only(std::string_view range) {
  net::AddressSet set;
  REQUIRE(set.add(range).has_value());
  return set;
}

}  // namespace

TEST_CASE("requests and answers over TLS, on connections that are kept") {
  SecureFixture fixture;
  const Target secure({"up.example", 443}, fixture.identity.trust);
  CHECK(fixture.asked(secure) == "[POST /echo hello]");
  CHECK(fixture.asked(secure) == "[POST /echo hello]");
  CHECK(fixture.network.connections() == 1);
  CHECK(fixture.client.idle() == 1);
  const std::string large(1'000'000, 'x');
  CHECK((fixture.asked(secure, large) == "[POST /echo " + large + "]"));
  CHECK(fixture.network.connections() == 1);
  CHECK(fixture.asked(net::Endpoint{"up.example", 80}) == "[POST /echo hello]");
  CHECK(fixture.client.idle() == 2);
  const auto stranger = *tls::Trust::system();
  CHECK_THAT(fixture.asked(Target({"up.example", 443}, stranger)), Catch::Matchers::StartsWith("upstream_unreachable: no TLS connection to up.example: its certificate is not trusted: "));
  CHECK(fixture.client.idle() == 2);
}

TEST_CASE("an upstream with a certificate for another name is unreachable, and so is one that speaks no TLS") {
  SecureFixture fixture;
  CHECK(fixture.asked(Target({"other.example", 443}, fixture.identity.trust)) ==
        "upstream_unreachable: no TLS connection to other.example: its certificate is for another name");
  CHECK_THAT(fixture.asked(Target({"up.example", 80}, fixture.identity.trust)),
             Catch::Matchers::StartsWith("upstream_unreachable: no TLS connection to up.example: "));
  CHECK(fixture.client.idle() == 0);
}

TEST_CASE("a host over TLS; who speaks plain HTTP there is closed") {
  SystemClock clock;
  Identity identity(clock);
  HostConfig config;
  config.tls = identity.server.get();
  PeerHost host(config);
  net::IoLoop loop(clock);
  std::string answer;
  struct Asking {
    static net::Task<void> over_tls(net::IoLoop& loop, Target to, std::string& answer) {
      Client client(loop);
      net::Cancellation cancellation;
      std::string head = "GET / HTTP/1.1\r\nHost: a\r\n\r\n", body;
      auto got = co_await client.send(std::move(to), std::move(head), std::move(body), loop.now() + 10s, loop.now() + 10s, cancellation);
      if (!got) {
        answer = got.error().what;
      } else {
        auto piece = co_await (*got)->read(loop.now() + 10s);
        answer = piece ? std::string(*piece) : piece.error().what;
        got->reset();
      }
      co_await client.close();
      loop.stop();
    }
  };
  net::TaskGroup tasks;
  tasks.spawn(Asking::over_tls(loop, Target(host.at, identity.trust), answer));
  loop.run();
  CHECK_THAT(answer, Catch::Matchers::StartsWith("127.0.0.1:"));
  CHECK(host.answer(ask_and_close).find("HTTP/1.1") == std::string::npos);
}

TEST_CASE("a client that speaks TLS on a plain port is told so") {
  PeerHost host({});
  CHECK_THAT(host.answer("\x16\x03\x01\x02\x00\x01"), Catch::Matchers::StartsWith("HTTP/1.1 400 ") && Catch::Matchers::Contains("use http://"));
}

TEST_CASE("behind a proxy the announced client is the peer") {
  HostConfig config;
  config.proxy_protocol = only("127.0.0.0/8");
  config.proxy_header = 200ms;
  PeerHost host(config);
  CHECK(body_of(host.answer(net::proxy_tcp4() + ask_and_close)) == "203.0.113.9:4660");
  CHECK(body_of(host.answer(net::proxy_tcp6() + ask_and_close)) == "[2001:db8::9]:4660");
  CHECK_THAT(body_of(host.answer(net::proxy_local() + ask_and_close)), Catch::Matchers::StartsWith("127.0.0.1:"));
  CHECK(host.answer(ask_and_close).empty());
  CHECK(host.answer(net::proxy_tcp4().substr(0, 20)).empty());  // at its deadline
  CHECK(host.unannounced(2) == 2);
}

TEST_CASE("a PROXY header counts from trusted proxies alone") {
  HostConfig config;
  config.proxy_protocol = only("192.0.2.0/24");
  PeerHost host(config);
  CHECK(host.answer(net::proxy_tcp4() + ask_and_close).empty());
  CHECK(host.unannounced(1) == 1);
}

TEST_CASE("H21 the announced address has its share of connections, not the proxy") {
  HostConfig config;
  config.proxy_protocol = only("127.0.0.0/8");
  config.max_per_address = 0;
  PeerHost host(config);
  CHECK_THAT(host.answer(net::proxy_tcp4() + ask_and_close), Catch::Matchers::StartsWith("HTTP/1.1 503 "));
  CHECK_THAT(host.answer(net::proxy_local() + ask_and_close), Catch::Matchers::StartsWith("HTTP/1.1 200 "));
}

}  // namespace genai::http

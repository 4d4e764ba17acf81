// Proxies: what names one, where none is used, and tunnels through them, with a proxy that a test plays by hand.
#include "fakes/network.hpp"
#include "fakes/wire.hpp"
#include "platform/http/client.hpp"
#include "test.hpp"

namespace genai::http {
namespace {

using namespace std::chrono_literals;

const net::Endpoint origin{"up.example", 8443};
const net::Endpoint proxy_place{"proxy.example", 3128};
const std::string request_head = "POST /v1 HTTP/1.1\r\nHost: up.example\r\nContent-Length: 0\r\n\r\n";

// A client behind a proxy. The tunnel's far end speaks plain HTTP here: TLS through it is what TLS over any stream is.
struct ProxyFixture {
  explicit ProxyFixture(std::string_view url = "http://proxy.example:3128") : proxy(*parse_proxy(url)) {
    network.listen(proxy_place, [this](std::unique_ptr<net::Stream> stream) { peers.push_back(std::make_unique<fakes::Wire>(std::move(stream))); });
  }
  ~ProxyFixture() {
    answer.reset();
    tasks.spawn(closing());
    for (auto& peer : peers) peer->close();
    loop.advance(10min);
  }
  net::Task<void> closing() { co_await client.close(); }
  net::Task<void> ask() {
    const Target target(origin, nullptr, proxy);
    auto got = co_await client.send(target, request_head, "", loop.now() + 5s, loop.now() + 60s, cancellation);
    if (got) answer = std::move(*got);
    else failed = got.error();
    done = true;
  }
  void start() {
    done = false;
    tasks.spawn(ask());
    loop.settle();
  }
  void reply(std::string_view bytes) {
    peers.back()->send(bytes);
    loop.settle();
  }

  net::VirtualClock clock;
  net::VirtualLoop loop{clock};
  fakes::Network network{loop};
  Client client{network};
  std::shared_ptr<const Proxy> proxy;
  net::Cancellation cancellation;
  net::TaskGroup tasks;
  std::vector<std::unique_ptr<fakes::Wire>> peers;
  std::unique_ptr<Answer> answer;
  Error failed;
  bool done = false;
};

bool covers(std::string_view list, const std::string& host, std::uint16_t port = 443) { return NoProxy(list).covers({host, port}); }

}  // namespace

TEST_CASE("what names a proxy") {
  CHECK((*parse_proxy("http://proxy.example:3128"))->endpoint == proxy_place);
  CHECK((*parse_proxy("HTTP://proxy.example:3128/"))->endpoint == proxy_place);
  CHECK((*parse_proxy("proxy.example:3128"))->endpoint == proxy_place);
  CHECK((*parse_proxy("http://[::1]:8080"))->endpoint == net::Endpoint{"::1", 8080});
  CHECK((*parse_proxy("http://proxy.example:3128"))->authorization.empty());
  CHECK((*parse_proxy("http://Aladdin:open%20sesame@proxy.example:3128"))->authorization.reveal() == "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
  CHECK((*parse_proxy("http://u:p@ss@proxy.example:3128"))->authorization.reveal() == "Basic dTpwQHNz");
  CHECK((*parse_proxy("u@proxy.example:3128"))->authorization.reveal() == "Basic dTo=");
}

TEST_CASE("what names no proxy is refused in a sentence without its secret") {
  for (const std::string_view text : {"", "http://", "http://proxy.example", "proxy.example", "http://:3128", "http://proxy.example:0", "http://proxy.example:x", "http://a b:1", "http://proxy.example:1/path",
                                      "http://u:secret%zz@proxy.example:1", "http://u:secret%0a@proxy.example:1", "http://u:secret%4@proxy.example:1", "unix:/run/x", "http://unix:/run/x",
                                      "http://proxy.example:1?x", "http://u%3Av:secret@proxy.example:1"}) {
    INFO(text);
    const auto proxy = parse_proxy(text);
    REQUIRE(proxy.has_error());
    CHECK(proxy.error().code == Code::config_error);
    CHECK(proxy.error().what.find("secret") == std::string::npos);
  }
  for (const std::string_view text : {"https://u:secret@proxy.example:3128", "socks5://proxy.example:1080"})
    CHECK(parse_proxy(text).error().what == "only proxies with http:// can be used; what is https passes them in a tunnel");
}

TEST_CASE("passwords that stand for themselves are seen") {
  for (const std::string_view text : {"http://u:p@h:1", "u:p@h:1", "http://u:p@${env:HOST}:1", "http://${env:USER}:p@h:1", "http://u:a${env:X}@h:1", "http://u:${env:X}b@h:1"}) {
    INFO(text);
    CHECK(has_written_password(text));
  }
  for (const std::string_view text : {"http://h:1", "http://u@h:1", "http://u:@h:1", "http://u:${env:P}@h:1", "${env:PROXY}", "http://${env:U}:${env:P}@h:1", "none", "", "http://u:${env:P", "${"}) {
    INFO(text);
    CHECK_FALSE(has_written_password(text));
  }
}

TEST_CASE("where no proxy is used") {
  CHECK_FALSE(covers("", "a.example"));
  CHECK(covers("*", "a.example"));
  CHECK(covers("a.example", "a.example"));
  CHECK(covers("x, A.Example.", "a.EXAMPLE."));
  CHECK(covers("a.example", "b.a.example"));
  CHECK(covers(".a.example", "b.a.example"));
  CHECK(covers("*.a.example", "b.a.example"));
  CHECK_FALSE(covers("a.example", "xa.example"));
  CHECK_FALSE(covers("b.a.example", "a.example"));
  CHECK(covers("a.example:443", "a.example", 443));
  CHECK_FALSE(covers("a.example:443", "a.example", 80));
  CHECK_FALSE(covers("a.example:x", "a.example"));
  CHECK(covers("10.0.0.0/8", "10.1.2.3"));
  CHECK(covers("10.1.2.3", "10.1.2.3"));
  CHECK(covers("10.1.2.3:443", "10.1.2.3"));
  CHECK_FALSE(covers("10.1.2.3:80", "10.1.2.3"));
  CHECK_FALSE(covers("10.0.0.0/8", "11.1.2.3"));
  CHECK(covers("::1", "::1"));
  CHECK(covers("[::1]", "::1"));
  CHECK(covers("[::1]:443", "::1"));
  CHECK_FALSE(covers("[::1]:80", "::1"));
  CHECK(covers("fd00::/8", "fd12::3"));
  CHECK(covers("a b,c\td", "d"));
  CHECK_FALSE(covers(", ,:80,.,*.", "a.example"));
  CHECK_FALSE(covers("1", "a.1.example"));
}

TEST_CASE("a tunnel: asked for with what proves us, used for one request after the other") {
  ProxyFixture fixture("http://Aladdin:open%20sesame@proxy.example:3128");
  fixture.start();
  CHECK(fixture.peers.back()->take() == "CONNECT up.example:8443 HTTP/1.1\r\nHost: up.example:8443\r\nProxy-Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n\r\n");
  fixture.reply("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 Connection established\r\n");
  CHECK(fixture.peers.back()->received().empty());
  fixture.reply("Content-Length: 10\r\n\r\n");  // which means nothing here
  CHECK(fixture.peers.back()->take() == request_head);
  fixture.reply("HTTP/1.1 204 No Content\r\n\r\n");
  REQUIRE(fixture.answer);
  fixture.start();
  CHECK(fixture.peers.back()->take() == request_head);
  CHECK(fixture.network.connections() == 1);
  fixture.reply("HTTP/1.1 204 No Content\r\n\r\n");
  CHECK(fixture.done);
}

TEST_CASE("U1: a proxy that refuses, breaks off, talks nonsense, talks too much or not at all") {
  ProxyFixture fixture;
  fixture.start();
  std::string why;
  SECTION("407") {
    fixture.reply("HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\nContent-Length: 5\r\n\r\nhello");
    why = "the proxy answered 407";
  }
  SECTION("502") {
    fixture.reply("HTTP/1.0 502 Bad Gateway\r\n\r\n");
    why = "the proxy answered 502";
  }
  SECTION("a redirect") {
    fixture.reply("HTTP/1.1 302 Found\r\nLocation: http://elsewhere/\r\n\r\n");
    why = "the proxy answered 302";
  }
  SECTION("an end") {
    fixture.peers.back()->finish_writing();
    why = "the proxy closed the connection";
  }
  SECTION("nonsense") {
    fixture.reply("SSH-2.0-OpenSSH\r\n\r\n");
    why = "the proxy's answer is not valid HTTP";
  }
  SECTION("a head without end") {
    fixture.reply("HTTP/1.1 200 OK\r\n" + std::string(40'000, 'x'));
    why = "the proxy's answer is not valid HTTP";
  }
  SECTION("interim answers without end") {
    std::string interim;
    for (int i = 0; i < 9; ++i) interim += "HTTP/1.1 103 Early Hints\r\n\r\n";
    fixture.reply(interim);
    why = "the proxy's answer is not valid HTTP";
  }
  SECTION("bytes of the other side before it was spoken to") {
    fixture.reply("HTTP/1.1 200 OK\r\n\r\nhello");
    why = "the proxy sent more than its answer";
  }
  SECTION("silence") {
    fixture.reply("HTTP/1.1 200 OK\r\n");
    fixture.loop.advance(5s);
    why = "the proxy did not answer in time";
  }
  fixture.loop.settle();
  CHECK(fixture.done);
  CHECK(fixture.failed.code == Code::upstream_unreachable);
  CHECK(fixture.failed.what == "no tunnel to up.example:8443: " + why);
  CHECK(fixture.peers.back()->ended());
  CHECK(fixture.client.idle() == 0);
}

TEST_CASE("U1: a proxy that is not there") {
  ProxyFixture fixture;
  fixture.network.close(proxy_place);
  fixture.start();
  CHECK(fixture.failed.code == Code::upstream_unreachable);
  CHECK(fixture.failed.what == "the proxy cannot be reached: cannot connect to proxy.example:3128");
}

TEST_CASE("C1: who leaves while the tunnel is asked for leaves at once") {
  ProxyFixture fixture;
  fixture.start();
  fixture.cancellation.cancel();
  fixture.loop.settle();
  CHECK(fixture.failed.code == Code::client_closed);
  CHECK(fixture.peers.back()->ended());
}

TEST_CASE("any split of a proxy's answer opens the tunnel") {
  const std::string bytes = "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nVia: x\r\n\r\n";
  for (std::size_t at = 1; at < bytes.size(); ++at) {
    ProxyFixture fixture;
    fixture.start();
    (void)fixture.peers.back()->take();
    fixture.reply(bytes.substr(0, at));
    fixture.reply(bytes.substr(at));
    CHECK(fixture.peers.back()->take() == request_head);
    fixture.reply("HTTP/1.1 204 No Content\r\n\r\n");
  }
}

}  // namespace genai::http

#include "platform/net/proxy_header.hpp"

#include "fakes/wire.hpp"
#include "platform/net/loop.hpp"
#include "platform/net/proxy_headers.hpp"
#include "test.hpp"

namespace genai::net {
namespace {

using namespace std::chrono_literals;

// A reader of a header at the far end of a wire.
struct Reading {
  VirtualClock clock;
  VirtualLoop loop{clock};
  std::unique_ptr<Stream> stream;
  std::unique_ptr<fakes::Wire> wire;
  TaskGroup tasks;
  std::optional<Result<ProxyHeader>> result;

  Reading() {
    auto [near, far] = make_stream_pair(loop);
    wire = std::make_unique<fakes::Wire>(std::move(near));
    stream = std::move(far);
    tasks.spawn(read(*this, loop.now() + 5s));
  }
  ~Reading() {
    wire->close();
    stream->close();
    loop.settle();
  }
  static Task<void> read(Reading& of, MonoTime deadline) { of.result = co_await read_proxy_header(*of.stream, deadline); }
};

}  // namespace

TEST_CASE("PROXY v2: the announced client of TCP over IPv4 and IPv6") {
  CHECK(parse_proxy_header(proxy_tcp4())->source == Endpoint{"203.0.113.9", 4660});
  CHECK(parse_proxy_header(proxy_tcp4("\x04 extensions are not looked at"))->source == Endpoint{"203.0.113.9", 4660});
  CHECK(parse_proxy_header(proxy_tcp6())->source == Endpoint{"2001:db8::9", 4660});
}

TEST_CASE("PROXY v2: LOCAL, UNSPEC and unix leave the connection's own peer") {
  CHECK_FALSE(parse_proxy_header(proxy_local())->source);
  CHECK_FALSE(parse_proxy_header(proxy_start(0x20, 0x11, 12) + std::string(12, 'x'))->source);  // LOCAL: the addresses do not count
  CHECK_FALSE(parse_proxy_header(proxy_start(0x21, 0x00, 3) + "abc")->source);
  CHECK_FALSE(parse_proxy_header(proxy_start(0x21, 0x31, 216) + std::string(216, 'p'))->source);
}

TEST_CASE("PROXY v2: what is no header is refused") {
  const auto refused = [](const std::string& header) {
    const auto parsed = parse_proxy_header(header);
    return parsed.has_error() && parsed.error().code == Code::bad_request;
  };
  CHECK(refused(""));
  CHECK(refused("PROXY TCP4 203.0.113.9 10.0.0.1 4660 443\r\n"));           // version 1
  CHECK(refused("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
  CHECK(refused(proxy_tcp4().substr(0, 27)));                                  // cut short
  CHECK(refused(proxy_tcp4() + "x"));                                          // and longer than it says
  CHECK(refused(proxy_start(0x11, 0x11, 12) + std::string(12, 'x')));          // another version
  CHECK(refused(proxy_start(0x22, 0x11, 12) + std::string(12, 'x')));          // another command
  CHECK(refused(proxy_start(0x21, 0x12, 12) + std::string(12, 'x')));          // datagrams
  CHECK(refused(proxy_start(0x21, 0x41, 12) + std::string(12, 'x')));          // another family
  CHECK(refused(proxy_start(0x21, 0x11, 11) + std::string(11, 'x')));          // no room for its addresses
  CHECK(refused(proxy_start(0x21, 0x21, 35) + std::string(35, 'x')));
  CHECK(refused(proxy_start(0x21, 0x31, 215) + std::string(215, 'x')));
  CHECK(refused(proxy_start(0x21, 0x00, max_proxy_header) + std::string(max_proxy_header, 'x')));
}

TEST_CASE("PROXY v2: the header is taken from the stream and nothing behind it") {
  Reading reading;
  for (const char c : proxy_tcp6() + "GET / HTTP/1.1") {
    reading.wire->send({&c, 1});
    reading.loop.settle();
  }
  REQUIRE(reading.result);
  CHECK((*reading.result)->source == Endpoint{"2001:db8::9", 4660});
  fakes::Wire rest(std::move(reading.stream));
  reading.loop.settle();
  CHECK(rest.received() == "GET / HTTP/1.1");
  rest.close();
  reading.stream = make_stream_pair(reading.loop).first;
}

TEST_CASE("PROXY v2: other bytes are refused at once, silence at the deadline") {
  Reading other;
  other.wire->send("GET / HTTP/1.1\r\n");
  other.loop.settle();
  REQUIRE(other.result);
  CHECK(other.result->error().code == Code::bad_request);

  Reading silent;
  silent.wire->send(proxy_tcp4().substr(0, 20));
  silent.loop.advance(4s);
  CHECK_FALSE(silent.result);
  silent.loop.advance(2s);
  REQUIRE(silent.result);
  CHECK(silent.result->error().code == Code::request_timeout);

  Reading gone;
  gone.wire->send(proxy_tcp4().substr(0, 20));
  gone.wire->close();
  gone.loop.settle();
  REQUIRE(gone.result);
  CHECK(gone.result->error().code == Code::bad_request);
}

}  // namespace genai::net

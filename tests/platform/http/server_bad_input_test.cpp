// Rows H of the project's table of bad input, each sent in one write, byte by byte and split at every position: the same answer, then the
// connection closes and nothing that follows is served.
#include <functional>

#include "server_fixture.hpp"
#include "test.hpp"

namespace genai::http {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view smuggled = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n";

struct Outcome {
  std::string answer;
  bool closed = false;
  std::vector<std::string> seen;
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

// Sends the pieces, each after the one before has been worked on.
Outcome exchange(const std::vector<std::string_view>& pieces, const Limits& limits) {
  ServerFixture fixture(limits);
  auto& wire = fixture.connect();
  for (const auto piece : pieces) {
    wire.send(piece);
    fixture.loop.settle();
  }
  return {wire.received(), wire.ended(), fixture.handler.seen};
}

std::vector<std::string_view> bytes_of(std::string_view text) {
  std::vector<std::string_view> bytes;
  for (std::size_t i = 0; i < text.size(); ++i) bytes.push_back(text.substr(i, 1));
  return bytes;
}

// The one outcome of a request, however it is split.
Outcome outcome_of(const std::string& request, const Limits& limits = {}) {
  const Outcome whole = exchange({request}, limits);
  const Outcome bytewise = exchange(bytes_of(request), limits);
  CHECK(bytewise.answer == whole.answer);
  CHECK(bytewise.seen == whole.seen);
  CHECK(bytewise.closed == whole.closed);
  const std::string_view text = request;
  const std::size_t step = request.size() < 400 ? 1 : request.size() / 7;
  for (std::size_t at = 1; at < request.size(); at += step) {
    const Outcome split = exchange({text.substr(0, at), text.substr(at)}, limits);
    if (!(split == whole)) FAIL_CHECK("split at " << at << ": " << split.answer << " instead of " << whole.answer);
  }
  return whole;
}

void check_refused(const std::string& request, int status, std::string_view says, const Limits& limits = {}) {
  INFO(request.substr(0, 200));
  const auto outcome = outcome_of(request + std::string(smuggled), limits);
  CHECK(status_of(outcome.answer) == status);
  CHECK(outcome.closed);
  CHECK(count_of(outcome.answer, "\r\nDate: ") == 1);
  CHECK(count_of(outcome.answer, "\r\nConnection: close\r\n") == 1);
  CHECK(count_of(outcome.answer, says) > 0);
  for (const auto& seen : outcome.seen) CHECK(seen.find("smuggled") == std::string::npos);
}

std::string get(const std::string& fields) { return "GET / HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n"; }
std::string post(const std::string& fields, const std::string& body) { return "POST / HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n" + body; }
std::string chunked(const std::string& body) { return post("Transfer-Encoding: chunked\r\n", body); }

}  // namespace

TEST_CASE("H1 line ends other than CRLF") {
  check_refused("GET / HTTP/1.1\nHost: a\r\n\r\n", 400, "bare line feed");
  check_refused("GET / HTTP/1.1\r\nHost: a\n\r\n", 400, "bare line feed");
  check_refused("GET / HTTP/1.1\r\nHost: a\r\n\n", 400, "bare line feed");
  check_refused("GET /\r HTTP/1.1\r\nHost: a\r\n\r\n", 400, "carriage return");
  check_refused("GET / HTTP/1.1\r\nHost: a\rb\r\n\r\n", 400, "carriage return");
  check_refused("GET / HTTP/1.1\r\r\nHost: a\r\n\r\n", 400, "carriage return");
}

TEST_CASE("H2 folded lines, blanks and missing colons") {
  check_refused(get("X: a\r\n b\r\n"), 400, "folded");
  check_refused(get("X: a\r\n\tb\r\n"), 400, "folded");
  check_refused("GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400, "folded");
  check_refused(get("X : a\r\n"), 400, "header name");
  check_refused(get("Content-Length : 5\r\n"), 400, "header name");
  check_refused(get("no colon\r\n"), 400, "no colon");
  check_refused(get(": a\r\n"), 400, "empty name");
}

TEST_CASE("H3 bytes that names and values must not have") {
  check_refused(get(std::string("X: a\0b\r\n", 8)), 400, "control character");
  check_refused(get("X: a\x01\r\n"), 400, "control character");
  check_refused(get("X: a\x7f\r\n"), 400, "control character");
  check_refused(get("X\xc3\xa4: a\r\n"), 400, "header name");
  check_refused(get("X(y): a\r\n"), 400, "header name");
  check_refused(get(std::string("X\0: a\r\n", 8)), 400, "header name");
  check_refused("G\x80T / HTTP/1.1\r\nHost: a\r\n\r\n", 400, "method");
  CHECK(status_of(outcome_of(get("X: \xc3\xa4\tb\r\n")).answer) == 200);
}

TEST_CASE("H4 Host") {
  check_refused("GET / HTTP/1.1\r\n\r\n", 400, "Host is missing");
  check_refused("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400, "more than one Host");
  for (const std::string host : {"a/b", "a?b", "a#b", "u@a", "a\\b", "a b"}) {
    check_refused("GET / HTTP/1.1\r\nHost: " + host + "\r\n\r\n", 400, "Host is malformed");
  }
  CHECK(status_of(outcome_of("GET / HTTP/1.0\r\n\r\n").answer) == 200);
  // Routing sees the target alone.
  CHECK(outcome_of("GET /x HTTP/1.1\r\nHost: other:80\r\n\r\n").seen == std::vector<std::string>{"GET /x"});
}

TEST_CASE("H5 Content-Length") {
  check_refused(post("Content-Length: 5\r\nContent-Length: 5\r\n", "hello"), 400, "more than one Content-Length");
  check_refused(post("Content-Length: 5\r\nContent-Length: 6\r\n", "hello"), 400, "more than one Content-Length");
  for (const std::string length : {"5, 5", "", "+5", "-1", "0x10", "5_0", "5 0", "5.0", "\xd9\xa5"}) {
    check_refused(post("Content-Length: " + length + "\r\n", "hello"), 400, "not a decimal number");
  }
  check_refused(post("Content-Length: 9223372036854775809\r\n", ""), 400, "2^63");
  check_refused(post("Content-Length: 99999999999999999999999999\r\n", ""), 400, "2^63");
  const auto ten = outcome_of(post("Content-Length: 010\r\n", "0123456789"));
  CHECK(count_of(ten.answer, "[POST / 0123456789]") == 1);
}

TEST_CASE("H6 Transfer-Encoding in doubt") {
  check_refused(post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "0\r\n\r\n"), 400, "together");
  check_refused(post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), 400, "together");
  check_refused(post("Transfer-Encoding: x\r\nContent-Length: 5\r\n", "hello"), 400, "together");
  check_refused("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400, "HTTP/1.0");
  check_refused(post("Transfer-Encoding: chunked, chunked\r\n", "0\r\n\r\n"), 400, "twice or not last");
  check_refused(post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), 400, "more than one Transfer-Encoding");
  check_refused(post("Transfer-Encoding: chunked, gzip\r\n", "0\r\n\r\n"), 400, "twice or not last");
}

TEST_CASE("H7 transfer codings that are not understood") {
  for (const std::string coding : {",chunked", "xchunked", "\"chunked\"", "gzip, chunked", "identity", "chunked;q=1", "", "\x0b""chunked"}) {
    const bool clean = coding.find('\x0b') == std::string::npos;
    check_refused(post("Transfer-Encoding: " + coding + "\r\n", "0\r\n\r\n"), clean ? 501 : 400, clean ? "transfer_coding" : "control");
  }
  CHECK(count_of(outcome_of(chunked("5\r\nhello\r\n0\r\n\r\n")).answer, "[POST / hello]") == 1);
  CHECK(count_of(outcome_of(post("transfer-encoding: \tCHUNKED \r\n", "0\r\n\r\n")).answer, "[POST / ]") == 1);
}

TEST_CASE("H8 chunks") {
  for (const std::string size : {"", "-5", "+5", "0x5", " 5", "5 ", "5 ;a", "g", "00000000000000005", "5\n", "5\r", "5;a\rb", "5;a\nb", "fffffffffffffffff",
                                 "8000000000000000"}) {
    check_refused(chunked(size + "\r\nhello\r\n0\r\n\r\n"), 400, "bad_chunk");
  }
  check_refused(chunked("5\r\nhelloX\r\n0\r\n\r\n"), 400, "bad_chunk");
  check_refused(chunked("5\r\nhello\n0\r\n\r\n"), 400, "bad_chunk");
  check_refused(chunked("5\r\nhello0\r\n\r\n"), 400, "bad_chunk");
  check_refused(chunked("5\nhello\r\n0\r\n\r\n"), 400, "bad_chunk");
  check_refused(chunked("0\r\n\n"), 400, "bad_chunk");
  check_refused(chunked("0\r\n\rX"), 400, "bad_chunk");
  check_refused(chunked("0\r\nno colon\r\n\r\n"), 400, "bad_chunk");
  check_refused(chunked("0\r\n folded: a\r\n\r\n"), 400, "bad_chunk");
  check_refused(chunked("0\r\nX: a\n\r\n"), 400, "bad_chunk");
  CHECK(count_of(outcome_of(chunked("5;a=b\r\nhello\r\nA\r\n0123456789\r\n000\r\n\r\n")).answer, "hello0123456789]") == 1);
}

TEST_CASE("H9 chunk extensions and trailers are bounded and dropped") {
  Limits small;
  small.chunk_extensions = 32;
  small.trailers = 64;
  check_refused(chunked("1;" + std::string(33, 'x') + "\r\na\r\n0\r\n\r\n"), 400, "32 bytes", small);
  check_refused(chunked("1;" + std::string(20, 'x') + "\r\na\r\n1;" + std::string(20, 'x') + "\r\nb\r\n0\r\n\r\n"), 400, "32 bytes", small);
  check_refused(chunked("0\r\nA: " + std::string(62, 'x') + "\r\n\r\n"), 400, "64 bytes", small);
  check_refused(chunked("1;" + std::string(1025, 'x') + "\r\na\r\n0\r\n\r\n"), 400, "1024 bytes");
  check_refused(chunked("0\r\nA: " + std::string(8190, 'x') + "\r\n\r\n"), 400, "8192 bytes");
  const auto fine = outcome_of(chunked("1\r\na\r\n0\r\nHost: b\r\nContent-Length: 7\r\nAuthorization: c\r\n\r\n") + std::string(smuggled));
  CHECK(count_of(fine.answer, "[POST / a]") == 1);
  CHECK(fine.seen == std::vector<std::string>{"POST /", "GET /smuggled"});
}

TEST_CASE("H10 many tiny chunks, one byte per packet, and bytes after a closing answer") {
  ServerFixture fixture;
  SECTION("a million chunks of one byte") {
    std::string body;
    for (int i = 0; i < 1'000'000; ++i) body += "1\r\nx\r\n";
    const auto answer = fixture.answer(chunked(body + "0\r\n\r\n"));
    CHECK(status_of(answer) == 200);
    CHECK(count_of(answer, std::string(100, 'x')) > 0);
    CHECK(answer.size() > 1'000'000);
  }
  SECTION("one byte per packet") {
    const auto outcome = exchange(bytes_of(chunked("2710\r\n" + std::string(10'000, 'y') + "\r\n0\r\n\r\n")), {});
    CHECK(count_of(outcome.answer, std::string(10'000, 'y')) == 1);
  }
  SECTION("bytes after the end of a request that closes are ignored") {
    const auto outcome = outcome_of(get("Connection: close\r\n") + std::string(smuggled));
    CHECK(status_of(outcome.answer) == 200);
    CHECK(outcome.seen == std::vector<std::string>{"GET /"});
    CHECK(outcome.closed);
  }
}

TEST_CASE("H11 request line too long") {
  check_refused("GET /" + std::string(9'000, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n", 414, "8192 bytes");
  check_refused("GET /" + std::string(40'000, 'a'), 414, "8192 bytes");
  const auto longest = "GET /" + std::string(8192 - 14, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n";
  CHECK(status_of(outcome_of(longest).answer) == 200);
  check_refused("GET /a" + longest.substr(5), 414, "8192 bytes");
  // The earlier offence is told, whatever follows in the same packet.
  check_refused("GET /" + std::string(9'000, 'a') + "\n", 414, "8192 bytes");
  check_refused("GET /\n" + std::string(9'000, 'a'), 400, "bare line feed");
}

TEST_CASE("H12 head too large") {
  std::string many;
  for (int i = 0; i < 101; ++i) many += "X: a\r\n";
  check_refused("GET / HTTP/1.1\r\nHost: a\r\n" + many.substr(6) + "\r\n", 431, "100 header lines");
  CHECK(status_of(outcome_of("GET / HTTP/1.1\r\nHost: a\r\n" + many.substr(12) + "\r\n").answer) == 200);
  check_refused(get("X: " + std::string(16 * 1024, 'a') + "\r\n"), 431, "16384 bytes");
  check_refused(get("X: " + std::string(15'000, 'a') + "\r\nY: " + std::string(15'000, 'a') + "\r\nZ: " + std::string(3'000, 'a') + "\r\n"), 431, "32768 bytes");
  check_refused(get("X: " + std::string(15'000, 'a') + "\r\nY: " + std::string(15'000, 'a') + "\r\nZ: " + std::string(20'000, 'a') + "\r\n"), 431, "32768 bytes");
}

TEST_CASE("H13 versions and other protocols") {
  check_refused("GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505, "http_version");
  check_refused("GET / HTTP/1.32\r\nHost: a\r\n\r\n", 505, "http_version");
  check_refused("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, "http_version");
  check_refused("GET /\r\n", 400, "HTTP/0.9");
  CHECK(status_of(outcome_of("GET /\r\n").answer) == 400);  // who speaks it waits for the answer now
  CHECK(status_of(outcome_of("SSH-2.0-OpenSSH_9.2\r\n").answer) == 400);
  check_refused("GET / http/1.1\r\nHost: a\r\n\r\n", 400, "HTTP/1.1");
  check_refused("GET / HTTP/1.1 \r\nHost: a\r\n\r\n", 400, "HTTP/1.1");
  check_refused("GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400, "target");
  check_refused(std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11), 400, "TLS");
}

TEST_CASE("H14 CONNECT and TRACE reach the routes, which refuse them") {
  CHECK(outcome_of("CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n").seen == std::vector<std::string>{"CONNECT a:443"});
  CHECK(outcome_of("TRACE / HTTP/1.1\r\nHost: a\r\n\r\n").seen == std::vector<std::string>{"TRACE /"});
}

TEST_CASE("H15 request targets") {
  CHECK(outcome_of("GET http://b/p?q HTTP/1.1\r\nHost: a\r\n\r\n").seen == std::vector<std::string>{"GET /p?q"});
  CHECK(outcome_of("GET HTTP://b HTTP/1.1\r\nHost: a\r\n\r\n").seen == std::vector<std::string>{"GET /"});
  // Paths are matched exactly as sent: none of these is another path.
  for (const std::string target : {"//v1", "/%2e%2e/x", "/%00", "/a\\b", "/../x", "*"}) {
    CHECK(outcome_of("GET " + target + " HTTP/1.1\r\nHost: a\r\n\r\n").seen == std::vector<std::string>{"GET " + target});
  }
  check_refused("GET x HTTP/1.1\r\nHost: a\r\n\r\n", 400, "target");
  check_refused("GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n", 400, "target");
  check_refused("GET http:///p HTTP/1.1\r\nHost: a\r\n\r\n", 400, "authority");
  check_refused("GET http://u@a/ HTTP/1.1\r\nHost: a\r\n\r\n", 400, "authority");
  check_refused("GET /\xc3\xa4 HTTP/1.1\r\nHost: a\r\n\r\n", 400, "target");
  check_refused("GET /a\tb HTTP/1.1\r\nHost: a\r\n\r\n", 400, "target");
}

TEST_CASE("H16 body too large") {
  Limits small;
  small.body = 100;
  check_refused(post("Content-Length: 101\r\n", std::string(101, 'a')), 413, "100 bytes", small);
  check_refused(chunked("64\r\n" + std::string(100, 'a') + "\r\n1\r\na\r\n0\r\n\r\n"), 413, "100 bytes", small);
  check_refused(chunked("65\r\n" + std::string(101, 'a') + "\r\n0\r\n\r\n"), 413, "100 bytes", small);
  CHECK(status_of(outcome_of(post("Content-Length: 100\r\n", std::string(100, 'a')), small).answer) == 200);
  SECTION("announced: answered before a byte of it came, and read on so that the answer is not lost") {
    ServerFixture fixture(small);
    auto& wire = fixture.connect();
    wire.send(post("Content-Length: 1000000\r\n", ""));
    fixture.loop.settle();
    CHECK(status_of(wire.received()) == 413);
    CHECK(fixture.server.counts().connections == 1);  // lingers: a close with unread bytes would reset
    for (int i = 0; i < 8; ++i) {
      wire.send(std::string(100'000, 'a'));
      fixture.loop.advance(1s);
    }
    CHECK(wire.error() == std::error_code());
    CHECK(fixture.server.counts().connections == 1);
    fixture.loop.advance(2s);
    CHECK(fixture.server.counts().connections == 0);
  }
  SECTION("who never stops sending is cut") {
    ServerFixture fixture(small);
    auto& wire = fixture.connect();
    wire.send(post("Content-Length: 1000000\r\n", ""));
    for (int i = 0; i < 11; ++i) {
      wire.send("a");
      fixture.loop.advance(1s);
    }
    CHECK(fixture.server.counts().connections == 0);
  }
}

TEST_CASE("H17 Expect: 100-continue") {
  Limits small;
  small.body = 100;
  ServerFixture fixture(small);
  auto& wire = fixture.connect();
  SECTION("100 once the handler wants the body") {
    wire.send(post("Expect: 100-continue\r\nContent-Length: 5\r\n", ""));
    fixture.loop.settle();
    CHECK(wire.take() == "HTTP/1.1 100 Continue\r\n\r\n");
    wire.send("hello");
    fixture.loop.settle();
    CHECK(count_of(wire.received(), "[POST / hello]") == 1);
    CHECK(count_of(wire.received(), "Connection: close") == 0);
  }
  SECTION("chunked") {
    wire.send(post("Expect: 100-Continue\r\nTransfer-Encoding: chunked\r\n", ""));
    fixture.loop.settle();
    CHECK(wire.take() == "HTTP/1.1 100 Continue\r\n\r\n");
    wire.send("1\r\na\r\n0\r\n\r\n");
    fixture.loop.settle();
    CHECK(count_of(wire.received(), "[POST / a]") == 1);
  }
  SECTION("too large: 413 and no 100") {
    wire.send(post("Expect: 100-continue\r\nContent-Length: 101\r\n", ""));
    fixture.loop.settle();
    CHECK(status_of(wire.received()) == 413);
    CHECK(count_of(wire.received(), "100 Continue") == 0);
  }
  SECTION("refused by the handler: no 100, and close, for nobody knows whether the body comes") {
    wire.send("POST /unread HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
    fixture.loop.settle();
    CHECK(status_of(wire.received()) == 200);
    CHECK(count_of(wire.received(), "100 Continue") == 0);
    CHECK(count_of(wire.received(), "Connection: close") == 1);
    CHECK(wire.ended());
  }
  SECTION("the body came without waiting: no 100") {
    wire.send(post("Expect: 100-continue\r\nContent-Length: 5\r\n", "hello"));
    fixture.loop.settle();
    CHECK(count_of(wire.received(), "100 Continue") == 0);
    CHECK(count_of(wire.received(), "[POST / hello]") == 1);
  }
  SECTION("another expectation") {
    check_refused(post("Expect: 200-ok\r\nContent-Length: 5\r\n", "hello"), 417, "expectation");
    check_refused(post("Expect: 100-continue\r\nExpect: x\r\nContent-Length: 5\r\n", "hello"), 417, "expectation");
  }
}

TEST_CASE("H18 media types are judged by the routes; the head keeps the fields as sent") {
  const auto outcome = outcome_of(post("Content-Type: text/plain; charset=latin1\r\nContent-Encoding: gzip\r\nContent-Length: 1\r\n", "a"));
  CHECK(status_of(outcome.answer) == 200);
}

TEST_CASE("H19 pipelined requests") {
  const std::string three = get("") + post("Content-Length: 5\r\n", "hello") + "GET /stream HTTP/1.1\r\nHost: a\r\n\r\n" + chunked("1\r\nz\r\n0\r\n\r\n");
  const auto all = outcome_of(three);
  CHECK(all.seen == std::vector<std::string>{"GET /", "POST /", "GET /stream", "POST /"});
  CHECK(all.answer.find("[GET / ]") < all.answer.find("[POST / hello]"));
  CHECK(all.answer.find("[POST / hello]") < all.answer.find("one"));
  CHECK(all.answer.find("one") < all.answer.find("[POST / z]"));
  CHECK_FALSE(all.closed);

  const auto error = outcome_of(get("") + "BAD\x01\r\n\r\n" + std::string(smuggled));
  CHECK(error.seen == std::vector<std::string>{"GET /"});
  CHECK(error.answer.find("[GET / ]") < error.answer.find("HTTP/1.1 400 "));
  CHECK(count_of(error.answer, "HTTP/1.1 ") == 2);
  CHECK(error.closed);

  // A request is not begun before the answer to the one before it.
  ServerFixture fixture;
  auto& wire = fixture.connect();
  wire.send("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n" + get(""));
  fixture.loop.settle();
  CHECK(fixture.handler.seen.size() == 1);
  fixture.handler.release.fire();
  fixture.loop.settle();
  CHECK(fixture.handler.seen.size() == 2);
}

TEST_CASE("H20 slow requests") {
  ServerFixture fixture;
  auto& wire = fixture.connect();
  SECTION("a head that does not end") {
    wire.send("GET / HTTP/1.1\r\n");
    fixture.loop.settle();
    for (int i = 0; i < 9; ++i) {
      fixture.loop.advance(1s);
      wire.send("X: a\r\n");
    }
    fixture.loop.advance(900ms);
    CHECK(wire.received().empty());
    fixture.loop.advance(200ms);
    CHECK(status_of(wire.received()) == 408);
    CHECK(wire.ended());
  }
  SECTION("a body at less than 256 bytes a second after ten seconds of grace") {
    wire.send(post("Content-Length: 100000\r\n", ""));
    fixture.loop.advance(9900ms);
    CHECK(wire.received().empty());
    wire.send(std::string(2560, 'a'));  // ten seconds more
    fixture.loop.advance(10s);
    CHECK(wire.received().empty());
    fixture.loop.advance(200ms);
    CHECK(status_of(wire.received()) == 408);
    CHECK(wire.ended());
  }
  SECTION("a body that is just fast enough") {
    wire.send(post("Content-Length: 25600\r\n", ""));
    for (int i = 0; i < 100; ++i) {
      fixture.loop.advance(1s);
      wire.send(std::string(256, 'a'));
    }
    fixture.loop.settle();
    CHECK(status_of(wire.received()) == 200);
  }
  SECTION("a chunked body whose bytes are all framing") {
    wire.send(chunked(""));
    for (int i = 0; i < 15 && wire.received().empty(); ++i) {
      fixture.loop.advance(1s);
      wire.send("1\r\na\r\n");
    }
    CHECK(status_of(wire.received()) == 408);
  }
  SECTION("an idle connection closes silently") {
    wire.send(get(""));
    fixture.loop.settle();
    wire.take();
    fixture.loop.advance(74900ms);
    CHECK_FALSE(wire.ended());
    fixture.loop.advance(200ms);
    CHECK(wire.ended());
    CHECK(wire.received().empty());
    CHECK(fixture.server.counts().connections == 0);
  }
  SECTION("so does one that never asked, and one whose last body nobody read") {
    fixture.loop.advance(76s);
    CHECK(wire.ended());
    auto& second = fixture.connect();
    second.send("POST /unread HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello");
    fixture.loop.advance(76s);
    CHECK(second.ended());
    CHECK(count_of(second.received(), "HTTP/1.1 ") == 1);
  }
}

}  // namespace genai::http

// What a server does on good days, and when clients leave or do not read.
#include "server_fixture.hpp"
#include "test.hpp"

namespace genai::http {
namespace {

using namespace std::chrono_literals;

const std::string get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

std::string request(const std::string& line, const std::string& fields = "") { return line + " HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n"; }

// The body of a chunked answer, taken apart the slow and obvious way.
std::string unchunked(const std::string& answer) {
  std::string body;
  auto at = answer.find("\r\n\r\n") + 4;
  for (;;) {
    const auto line_end = answer.find("\r\n", at);
    const auto size = std::stoul(answer.substr(at, line_end - at), nullptr, 16);
    if (size == 0) break;
    body += answer.substr(line_end + 2, size);
    CHECK(answer.substr(line_end + 2 + size, 2) == "\r\n");
    at = line_end + 4 + size;
  }
  CHECK(answer.substr(at) == "0\r\n\r\n");
  return body;
}

}  // namespace

TEST_CASE("an answer has a date, a type, a length, and the connection goes on") {
  ServerFixture fixture;
  CHECK(fixture.answer(get) ==
        "HTTP/1.1 200 OK\r\nDate: Fri, 15 Jan 2027 08:00:00 GMT\r\nContent-Type: text/plain\r\nContent-Length: 8\r\n\r\n[GET / ]");
  auto& wire = *fixture.wires.back();
  wire.take();
  fixture.clock.jump_wall(1s);
  wire.send(get);
  fixture.loop.settle();
  CHECK(count_of(wire.received(), "Date: Fri, 15 Jan 2027 08:00:01 GMT\r\n") == 1);
  CHECK(fixture.server.counts().connections == 1);
  CHECK(fixture.server.counts().active == 0);
}

TEST_CASE("keep-alive by version and Connection") {
  ServerFixture fixture;
  const auto closes = [&](const std::string& bytes) {
    const auto answer = fixture.answer(bytes);
    CHECK(status_of(answer) == 200);
    const bool says = count_of(answer, "Connection: close\r\n") == 1;
    CHECK(fixture.wires.back()->ended() == says);
    return says;
  };
  CHECK_FALSE(closes(get));
  CHECK(closes(request("GET /", "Connection: close\r\n")));
  CHECK(closes(request("GET /", "Connection: foo, Close\r\n")));
  CHECK(closes("GET / HTTP/1.0\r\n\r\n"));
  CHECK_FALSE(closes("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"));
  CHECK(count_of(fixture.wires.back()->received(), "Connection: keep-alive\r\n") == 1);
}

TEST_CASE("HEAD is answered without a body, streamed or not") {
  ServerFixture fixture;
  const auto whole = fixture.answer(request("HEAD /"));
  CHECK(count_of(whole, "Content-Length: 9\r\n") == 1);
  CHECK(whole.ends_with("\r\n\r\n"));
  const auto streamed = fixture.answer(request("HEAD /stream"));
  CHECK(count_of(streamed, "Transfer-Encoding: chunked\r\n") == 1);
  CHECK(streamed.ends_with("\r\n\r\n"));
  CHECK(count_of(streamed, "one") == 0);
  fixture.wires.back()->take();
  fixture.wires.back()->send(get);
  fixture.loop.settle();
  CHECK(status_of(fixture.wires.back()->received()) == 200);
}

TEST_CASE("an answer in pieces is chunked, and bare until the end for HTTP/1.0") {
  ServerFixture fixture;
  const auto answer = fixture.answer(request("GET /stream"));
  CHECK(count_of(answer, "Content-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n10\r\ntwo") == 1);
  CHECK(unchunked(answer) == "onetwo, of sixteen!end");
  CHECK_FALSE(fixture.wires.back()->ended());
  const auto old = fixture.answer("GET /stream HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  CHECK(old.ends_with("Connection: close\r\n\r\nonetwo, of sixteen!end"));
  CHECK(fixture.wires.back()->ended());
}

TEST_CASE("abort leaves the answer without its end") {
  ServerFixture fixture;
  const auto answer = fixture.answer(request("GET /abort"));
  CHECK(answer.ends_with("4\r\npart\r\n"));
  CHECK(fixture.wires.back()->ended());
  CHECK(fixture.server.counts().connections == 0);
}

TEST_CASE("bodies of every size and split arrive whole") {
  ServerFixture fixture;
  auto& wire = fixture.connect();
  for (const std::size_t size : {0UL, 1UL, 3900UL, 3999UL, 4000UL, 4026UL, 4027UL, 4096UL, 8192UL, 65536UL, 1'000'000UL}) {
    const std::string body(size, 'b');
    const auto head = request("POST /", "Content-Length: " + std::to_string(size) + "\r\n");
    wire.send(head + body);
    fixture.loop.settle();
    CHECK(count_of(wire.take(), "[POST / " + body + "]") == 1);
    wire.send(head);
    fixture.loop.settle();
    wire.send(body.substr(0, size / 2));
    fixture.loop.settle();
    wire.send(body.substr(size / 2));
    fixture.loop.settle();
    CHECK(count_of(wire.take(), "[POST / " + body + "]") == 1);
  }
}

TEST_CASE("a body that nobody reads is dropped when it is small, else the connection ends") {
  ServerFixture fixture;
  const auto small = fixture.answer(request("POST /unread", "Content-Length: 5\r\n") + "hello" + get);
  CHECK(count_of(small, "HTTP/1.1 200") == 2);
  const auto large = fixture.answer(request("POST /unread", "Content-Length: 300000\r\n") + std::string(300'000, 'a') + get);
  CHECK(count_of(large, "HTTP/1.1 200") == 1);
  CHECK(count_of(large, "Connection: close") == 1);
  // Closing on unread bytes would take the answer back: they are read first.
  const auto last = fixture.answer(request("POST /unread", "Connection: close\r\nContent-Length: 5\r\n"));
  CHECK(status_of(last) == 200);
  CHECK(fixture.server.counts().connections > 0);
}

TEST_CASE("C1 C2 a client that leaves is noticed while its request is worked on") {
  ServerFixture fixture;
  auto& wire = fixture.connect();
  // Where the request ends in the buffer must not matter, nor bytes that came after it.
  const std::size_t pad = GENERATE(0, 3000, 4040, 4042, 4044, 5000, 9000);
  const std::string after = GENERATE("", "x", "GET / HTTP/1.1\r\n");
  const bool in_body = GENERATE(false, true);
  std::string bytes = request("POST /wait", "Content-Length: " + std::to_string(in_body ? pad : 0) + "\r\nX: " + std::string(in_body ? 0 : pad, 'x') + "\r\n");
  wire.send(bytes + std::string(in_body ? pad : 0, 'b') + after);
  fixture.loop.settle();
  CHECK(fixture.handler.left == 0);
  SECTION("FIN") { wire.close(); }
  SECTION("half-close") { wire.finish_writing(); }
  SECTION("RST") { wire.reset(); }
  fixture.loop.settle();
  CHECK(fixture.handler.left == 1);
  CHECK(fixture.server.counts().active == 0);
}

TEST_CASE("C2 a client that leaves in the middle of its body, or of a stream") {
  ServerFixture fixture;
  auto& wire = fixture.connect();
  SECTION("body") {
    wire.send(request("POST /", "Content-Length: 100\r\n") + "part");
    fixture.loop.settle();
    wire.close();
    fixture.loop.settle();
    CHECK(fixture.handler.seen.size() == 1);
  }
  SECTION("stream, while the server waits to send") {
    auto& slow = fixture.connect(false);
    slow.send(request("GET /endless"));
    fixture.loop.settle();
    slow.reset();
    fixture.loop.settle();
    CHECK(fixture.handler.left == 1);
    wire.close();
  }
  SECTION("head") {
    wire.send("GET / HT");
    fixture.loop.settle();
    wire.close();
  }
  fixture.loop.settle();
  CHECK(fixture.server.counts().connections == 0);
}

TEST_CASE("C3 a client that does not read is cut after a minute, and little waits for it") {
  ServerFixture fixture;
  auto& other = fixture.connect();
  auto& wire = fixture.connect(false);
  wire.send(request("GET /endless"));
  fixture.loop.settle();
  CHECK(fixture.handler.pieces <= 4);  // 64 KiB are on the way
  fixture.loop.advance(59s);
  CHECK(fixture.handler.left == 0);
  other.send(get);
  fixture.loop.settle();
  CHECK(status_of(other.received()) == 200);
  fixture.loop.advance(6s);
  CHECK(fixture.handler.left == 1);
  CHECK(fixture.handler.pieces <= 4);
  CHECK(fixture.server.counts().connections == 1);
}

TEST_CASE("C3 a client that reads slowly but steadily is not cut") {
  ServerFixture fixture;
  auto& wire = fixture.connect(false);
  wire.send(request("GET /endless"));
  fixture.loop.settle();
  for (int i = 0; i < 30; ++i) {
    fixture.loop.advance(30s);
    wire.read(1);
  }
  fixture.loop.settle();
  CHECK(fixture.handler.left == 0);
  CHECK(fixture.server.counts().active == 1);
}

TEST_CASE("draining: idle connections close, others after their answer, which says so") {
  ServerFixture fixture;
  auto& idle = fixture.connect();
  auto& busy = fixture.connect();
  auto& asking = fixture.connect();
  idle.send(get);
  busy.send(request("GET /wait"));
  asking.send("GET / HTTP/1.1\r\n");
  fixture.loop.settle();
  CHECK(fixture.server.counts().active == 1);
  fixture.server.drain();
  fixture.loop.settle();
  CHECK(idle.ended());
  CHECK_FALSE(busy.ended());
  fixture.handler.release.fire();
  asking.send("Host: a\r\n\r\n");
  fixture.loop.settle();
  for (auto* wire : {&busy, &asking}) {
    CHECK(status_of(wire->received()) == 200);
    CHECK(count_of(wire->received(), "Connection: close\r\n") == 1);
    CHECK(wire->ended());
  }
  CHECK(fixture.server.counts().connections == 0);
}

TEST_CASE("cutting: handlers see a hang-up") {
  ServerFixture fixture;
  auto& wire = fixture.connect();
  wire.send(request("GET /wait"));
  fixture.loop.settle();
  fixture.server.drain();
  fixture.server.cut();
  fixture.loop.settle();
  CHECK(fixture.handler.left == 1);
  CHECK(wire.ended());
  CHECK(fixture.server.counts().connections == 0);
}

TEST_CASE("an empty line before a request is passed over") {
  ServerFixture fixture;
  CHECK(status_of(fixture.answer("\r\n" + get)) == 200);
  CHECK(count_of(fixture.answer(get + "\r\n" + get), "HTTP/1.1 200") == 2);
  CHECK(status_of(fixture.answer("\r\n\r\n" + get)) == 400);
}

}  // namespace genai::http

// The client against upstreams that misbehave: rows U1 to U4 of the table of bad input, and the pool of connections.
#include "coded.hpp"
#include "fakes/network.hpp"
#include "fakes/wire.hpp"
#include "platform/http/chunked.hpp"
#include "platform/http/client.hpp"
#include "test.hpp"

namespace genai::http {
namespace {

using namespace std::chrono_literals;

const net::Endpoint here{"up.example", 80};
const std::string request_head = "POST /v1 HTTP/1.1\r\nHost: up.example\r\nContent-Length: 4\r\n\r\n";

// A client, and upstreams that a test plays by hand: `peers` are the far ends in the order they were connected.
struct ClientFixture {
  explicit ClientFixture(ClientConfig config = {}) : client(network, config) {
    network.listen(here, [this](std::unique_ptr<net::Stream> stream) { peers.push_back(std::make_unique<fakes::Wire>(std::move(stream))); });
  }
  ~ClientFixture() {
    answer.reset();
    tasks.spawn(closing());
    for (auto& peer : peers) peer->close();
    loop.advance(10min);
  }
  net::Task<void> closing() { co_await client.close(); }

  net::Task<void> ask(std::string body = "body", Nanoseconds connect_in = 5s, Nanoseconds head_in = 600s) {
    auto got = co_await client.send(here, request_head, std::move(body), loop.now() + connect_in, loop.now() + head_in, cancellation);
    if (got) answer = std::move(*got);
    else failed = got.error();
    done = true;
  }
  // Asks, and lets the upstream have the request.
  void start() {
    done = false;
    answer.reset();
    failed = {};
    tasks.spawn(ask());
    loop.settle();
  }
  net::Task<void> read_all(Nanoseconds gap) {
    body.clear();
    read_done = false;
    for (;;) {
      auto piece = co_await answer->read(loop.now() + gap);
      if (!piece) failed = piece.error();
      if (!piece || piece->empty()) break;
      body += *piece;
    }
    read_done = true;
  }
  void read(Nanoseconds gap = 600s) {
    tasks.spawn(read_all(gap));
    loop.settle();
  }
  fakes::Wire& peer() { return *peers.back(); }
  void reply(std::string_view bytes) {
    peer().send(bytes);
    loop.settle();
  }
  // A whole call whose answer is `bytes`, and then, if so, the end of the connection.
  void call(const std::string& bytes, bool close = false) {
    start();
    peer().send(bytes);
    if (close) peer().finish_writing();
    loop.settle();
    if (answer) read();
  }
  std::string_view code() const { return row(failed.code).name; }

  net::VirtualClock clock;
  net::VirtualLoop loop{clock};
  fakes::Network network{loop};
  Client client;
  net::Cancellation cancellation;
  net::TaskGroup tasks;
  std::vector<std::unique_ptr<fakes::Wire>> peers;
  std::unique_ptr<Answer> answer;
  Error failed;
  std::string body;
  bool done = false;
  bool read_done = false;
};

const std::string fine = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

}  // namespace

TEST_CASE("a call: the request as given, the answer's head and body, the connection used again") {
  ClientFixture fixture;
  fixture.call(fine);
  CHECK(fixture.peer().received() == request_head + "body");
  REQUIRE(fixture.answer);
  CHECK(fixture.answer->head().status == 200);
  CHECK(fixture.answer->head().fields.find("content-length") == "2");
  CHECK(fixture.body == "ok");
  CHECK(fixture.client.idle() == 1);
  fixture.call("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n3;x\r\ncde\r\n0\r\nT: 1\r\n\r\n");
  CHECK(fixture.body == "abcde");
  fixture.call("HTTP/1.1 204 No Content\r\n\r\n");
  CHECK(fixture.body.empty());
  CHECK(fixture.network.connections() == 1);
  CHECK(fixture.client.idle() == 1);
}

TEST_CASE("redirects are statuses like others") {
  ClientFixture fixture;
  fixture.call("HTTP/1.1 307 Temporary Redirect\r\nLocation: http://elsewhere/\r\nContent-Length: 0\r\n\r\n");
  REQUIRE(fixture.answer);
  CHECK(fixture.answer->head().status == 307);
  CHECK(fixture.network.connections() == 1);
}

TEST_CASE("any split of an answer is the same answer") {
  const std::string bytes = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n3\r\ncde\r\n0\r\n\r\n";
  for (std::size_t at = 1; at < bytes.size(); ++at) {
    ClientFixture fixture;
    fixture.start();
    fixture.reply(bytes.substr(0, at));
    if (fixture.answer) fixture.read();
    fixture.reply(bytes.substr(at));
    if (!fixture.read_done) fixture.read();
    CHECK(fixture.body == "abcde");
    CHECK(fixture.client.idle() == 1);
  }
}

TEST_CASE("U1 refused, unknown, or no connection in five seconds") {
  ClientFixture fixture;
  SECTION("refused") {
    fixture.network.close(here);
    fixture.start();
    CHECK(fixture.done);
    CHECK(fixture.code() == "upstream_unreachable");
  }
  SECTION("silence") {
    fixture.network.swallow(here);
    fixture.start();
    fixture.loop.advance(4900ms);
    CHECK_FALSE(fixture.done);
    fixture.network.close(here);
    fixture.loop.advance(200ms);
    CHECK(fixture.done);
    CHECK(fixture.code() == "upstream_unreachable");
  }
}

TEST_CASE("U2 no head in time, or a gap in the body that is too long") {
  ClientFixture fixture;
  fixture.start();
  SECTION("head") {
    fixture.reply("HTTP/1.1 200 OK\r\n");
    fixture.loop.advance(599s);
    CHECK_FALSE(fixture.done);
    fixture.loop.advance(2s);
    CHECK(fixture.done);
    CHECK(fixture.code() == "upstream_timeout");
    CHECK(fixture.peer().ended());
  }
  SECTION("gap") {
    fixture.reply("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n");
    REQUIRE(fixture.answer);
    fixture.read(30s);
    fixture.loop.advance(29s);
    fixture.reply("1\r\nb\r\n");
    fixture.loop.advance(29s);
    CHECK_FALSE(fixture.read_done);
    fixture.loop.advance(2s);
    CHECK(fixture.body == "ab");
    CHECK(fixture.code() == "upstream_timeout");
    CHECK(fixture.peer().ended());
  }
  SECTION("half a chunk header is no token") {
    fixture.reply("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    fixture.read(30s);
    for (int i = 0; i < 4; ++i) {
      fixture.loop.advance(9s);
      fixture.reply("0");
    }
    fixture.loop.advance(31s);
    CHECK(fixture.read_done);
    CHECK(fixture.code() == "upstream_timeout");
  }
}

TEST_CASE("U2 an upstream that does not read the request") {
  ClientFixture fixture;
  std::vector<std::unique_ptr<net::Stream>> silent;
  fixture.network.listen(here, [&](std::unique_ptr<net::Stream> stream) { silent.push_back(std::move(stream)); });
  fixture.tasks.spawn(fixture.ask(std::string(1'000'000, 'x')));
  fixture.loop.advance(599s);
  CHECK_FALSE(fixture.done);
  fixture.loop.advance(2s);
  CHECK(fixture.code() == "upstream_timeout");
}

TEST_CASE("U3 the connection ends too early") {
  const bool reset = GENERATE(false, true);
  const auto [sent, read_too] = GENERATE(table<std::string, bool>({{"", false},
                                                                 {"HTTP/1.1 200 OK\r\nCont", false},
                                                                 {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n", true},
                                                                 {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort", true},
                                                                 {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel", true},
                                                                 {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", true},
                                                                 {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", true}}));
  ClientFixture fixture;
  fixture.start();
  fixture.reply(sent);
  if (reset) fixture.peer().reset();
  else fixture.peer().finish_writing();
  fixture.loop.settle();
  CHECK(static_cast<bool>(fixture.answer) == read_too);
  if (fixture.answer) fixture.read();
  CHECK(fixture.code() == "upstream_incomplete");
  CHECK(fixture.client.idle() == 0);
}

TEST_CASE("U3 a body until the connection ends: clean only without a reset") {
  ClientFixture fixture;
  fixture.start();
  fixture.reply("HTTP/1.1 200 OK\r\n\r\nall of it");
  SECTION("end") {
    fixture.peer().finish_writing();
    fixture.read();
    CHECK(fixture.body == "all of it");
    CHECK(fixture.failed.what.empty());
  }
  SECTION("reset") {
    fixture.read();
    fixture.peer().reset();
    fixture.loop.settle();
    CHECK(fixture.code() == "upstream_incomplete");
  }
  CHECK(fixture.client.idle() == 0);
}

TEST_CASE("U4 answers that are not valid HTTP") {
  const std::string bad = GENERATE(as<std::string>(), "HTTP/1.1 200 OK\nContent-Length: 0\r\n\r\n", "HTTP/2.0 200 OK\r\n\r\n", "ICY 200 OK\r\n\r\n", "HTTP/1.1 20 OK\r\n\r\n",
                                   "HTTP/1.1 2000 OK\r\n\r\n", "HTTP/1.1 099 OK\r\n\r\n", "\r\nHTTP/1.1 200 OK\r\n\r\n", "<html>not found</html>\r\n\r\n",
                                   "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok",
                                   "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok",
                                   "HTTP/1.1 200 OK\r\nContent-Length: 2, 2\r\n\r\nok", "HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\nok",
                                   "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                                   "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
                                   "HTTP/1.1 200 OK\r\n folded: x\r\n\r\n", "HTTP/1.1 200 OK\r\nX : y\r\n\r\n",
                                   "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
                                   "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
                                   "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nokX");
  ClientFixture fixture;
  fixture.call(bad);
  INFO(bad);
  CHECK(fixture.code() == "upstream_protocol");
  CHECK(fixture.client.idle() == 0);
  fixture.answer.reset();
  fixture.loop.settle();
  CHECK(fixture.peer().ended());
}

TEST_CASE("U4 a head without end") {
  ClientFixture fixture;
  fixture.call("HTTP/1.1 200 OK\r\n" + std::string(40'000, 'x'));
  CHECK(fixture.code() == "upstream_protocol");
  std::string many = "HTTP/1.1 200 OK\r\n";
  for (int i = 0; i < 5000; ++i) many += "Set-Cookie: x\r\n";
  fixture.call(many + "\r\n");
  CHECK(fixture.code() == "upstream_protocol");
}

TEST_CASE("U4 eight interim answers are passed over, not nine") {
  std::string interim;
  for (int i = 0; i < 8; ++i) interim += "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n";
  ClientFixture fixture;
  fixture.call(interim + fine);
  CHECK(fixture.body == "ok");
  fixture.call("HTTP/1.1 102 Processing\r\n\r\n" + interim + fine);
  CHECK(fixture.code() == "upstream_protocol");
}

TEST_CASE("U4 bytes after the answer: it counts, its connection does not serve again") {
  ClientFixture fixture;
  SECTION("at once") {
    fixture.call(fine + "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfake");
    CHECK(fixture.body == "ok");
    CHECK(fixture.client.idle() == 0);
  }
  SECTION("after a chunked end") {
    fixture.call("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nX");
    CHECK(fixture.client.idle() == 0);
  }
  SECTION("after an answer that has no body") {
    fixture.call("HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\nok");
    CHECK(fixture.client.idle() == 0);
  }
  SECTION("later, in the pool") {
    fixture.call(fine);
    CHECK(fixture.client.idle() == 1);
    fixture.reply("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfake");
  }
  fixture.call(fine);
  CHECK(fixture.body == "ok");
  CHECK(fixture.network.connections() == 2);
}

namespace {
std::string with_coding(const std::string& coding, const std::string& body, const std::string& more = "") {
  return "HTTP/1.1 200 OK\r\nContent-Encoding: " + coding + "\r\n" + more + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}
}  // namespace

TEST_CASE("U11: an answer compressed unasked is read as what it stands for, in any framing, and its connection serves again") {
  const std::string text = "{\"a\": [1, 2, 3], \"b\": \"" + std::string(5000, 'b') + "\"}";
  const auto [coding, wrapper] = GENERATE(table<std::string, coded::Wrapper>({{"gzip", coded::Wrapper::gzip}, {"deflate", coded::Wrapper::zlib}, {"DEFLATE", coded::Wrapper::none}}));
  const auto body = coded::deflated(text, wrapper);
  ClientFixture fixture;
  SECTION("a length") {
    fixture.call(with_coding(coding, body));
    CHECK(fixture.client.idle() == 1);
  }
  SECTION("chunks, byte by byte") {
    fixture.start();
    fixture.reply("HTTP/1.1 400 Bad Request\r\nContent-Encoding: " + coding + "\r\nTransfer-Encoding: chunked\r\n\r\n");
    REQUIRE(fixture.answer);
    fixture.read();
    for (const char byte : body) fixture.reply(std::string("1\r\n") + byte + "\r\n");
    fixture.reply("0\r\n\r\n");
    CHECK(fixture.client.idle() == 1);
  }
  SECTION("the connection's end") {
    fixture.call("HTTP/1.1 200 OK\r\nContent-Encoding: " + coding + "\r\n\r\n" + body, true);
  }
  CHECK(fixture.read_done);
  CHECK(fixture.body == text);
  CHECK(fixture.failed.what.empty());
}

TEST_CASE("U11: events that were flushed arrive one by one") {
  const std::vector<std::string> events{"data: 1\n\n", "data: 2\n\n", "data: [DONE]\n\n"};
  const auto parts = coded::deflated_parts(events, coded::Wrapper::gzip);
  ClientFixture fixture;
  fixture.start();
  fixture.reply("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n");
  REQUIRE(fixture.answer);
  fixture.read();
  std::string so_far;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    char digits[20];
    fixture.reply(std::string(chunk_header(parts[i].size(), digits)) + parts[i] + "\r\n");
    so_far += events[i];
    CHECK(fixture.body == so_far);
  }
  fixture.reply("0\r\n\r\n");
  CHECK(fixture.read_done);
  CHECK(fixture.client.idle() == 1);
}

TEST_CASE("U11: codings that are unknown, stacked, damaged, cut short or bombs") {
  const auto body = coded::deflated("hello", coded::Wrapper::gzip);
  const auto bomb = coded::deflated(std::string(8'000'000, '\0'), coded::Wrapper::gzip);
  const auto bytes = GENERATE_COPY(as<std::string>(), with_coding("zstd", body), with_coding("gzip, gzip", body), with_coding("gzip", body, "Content-Encoding: gzip\r\n"),
                                   with_coding("gzip", "hello"), with_coding("gzip", body.substr(0, body.size() - 1)), with_coding("br", body), with_coding("gzip", bomb));
  ClientFixture fixture;
  fixture.call(bytes);
  if (fixture.answer && !fixture.read_done) fixture.read();
  CHECK(fixture.code() == "upstream_protocol");
  CHECK(fixture.body.size() < 1'000'000);
}

TEST_CASE("U11: an answer without a body may name any coding that is known") {
  ClientFixture fixture;
  fixture.call("HTTP/1.1 204 No Content\r\nContent-Encoding: gzip\r\n\r\n");
  CHECK(fixture.failed.what.empty());
  fixture.call("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 0\r\n\r\n");
  CHECK(fixture.failed.what.empty());
  CHECK(fixture.client.idle() == 1);
}

TEST_CASE("an answer that says close is not pooled") {
  ClientFixture fixture;
  fixture.call("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok");
  CHECK(fixture.client.idle() == 0);
  fixture.call("HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok");
  CHECK(fixture.client.idle() == 0);
}

TEST_CASE("a pooled connection that has died is replaced, once") {
  ClientFixture fixture;
  fixture.call(fine);
  SECTION("its end was seen in time") {
    fixture.peer().close();
    fixture.loop.settle();
    fixture.call(fine);
    CHECK(fixture.body == "ok");
    CHECK(fixture.network.connections() == 2);
  }
  SECTION("it died while the request was on its way") {
    const bool reset = GENERATE(false, true);
    fixture.start();
    if (reset) fixture.peer().reset();
    else fixture.peer().close();
    fixture.loop.settle();
    REQUIRE(fixture.network.connections() == 2);
    CHECK_FALSE(fixture.done);
    CHECK(fixture.peer().received() == request_head + "body");
    SECTION("and the new one works") {
      fixture.reply(fine);
      CHECK(fixture.answer);
    }
    SECTION("and so did the new one") {
      fixture.peer().close();
      fixture.loop.settle();
      CHECK(fixture.code() == "upstream_incomplete");
      CHECK(fixture.network.connections() == 2);
    }
  }
  SECTION("not when a byte had come back: the request may have been worked on") {
    const std::string sent = GENERATE(as<std::string>(), "H", "HTTP/1.1 100 Continue\r\n\r\n");
    fixture.start();
    fixture.reply(sent);
    fixture.peer().close();
    fixture.loop.settle();
    CHECK(fixture.code() == "upstream_incomplete");
    CHECK(fixture.network.connections() == 1);
  }
}

TEST_CASE("C1 C2 cancelling ends whatever a call waits for") {
  ClientFixture fixture;
  SECTION("before") {
    fixture.cancellation.cancel();
    fixture.start();
    CHECK(fixture.network.connections() == 0);
  }
  SECTION("connecting") {
    fixture.network.swallow(here);
    fixture.start();
    CHECK_FALSE(fixture.done);
    fixture.cancellation.cancel();
  }
  SECTION("waiting for the head") {
    fixture.start();
    fixture.cancellation.cancel();
  }
  SECTION("waiting for the head on a pooled connection: no second try") {
    fixture.call(fine);
    fixture.start();
    fixture.cancellation.cancel();
    fixture.loop.settle();
    CHECK(fixture.network.connections() == 1);
  }
  SECTION("reading the body") {
    fixture.start();
    fixture.reply("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\npart");
    REQUIRE(fixture.answer);
    fixture.read();
    fixture.answer->cancel();
    fixture.answer->cancel();
    fixture.loop.settle();
    CHECK(fixture.read_done);
    CHECK(fixture.body == "part");
  }
  fixture.loop.settle();
  CHECK(fixture.done);
  CHECK(fixture.code() == "client_closed");
  for (auto& peer : fixture.peers) CHECK(peer->ended());
}

TEST_CASE("an answer let go of early closes its connection") {
  ClientFixture fixture;
  fixture.start();
  fixture.reply("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\npart");
  fixture.answer.reset();
  fixture.loop.settle();
  CHECK(fixture.peer().ended());
  CHECK(fixture.client.idle() == 0);
}

TEST_CASE("finish reads the rest in the background, for a second at most") {
  ClientFixture fixture;
  fixture.start();
  fixture.reply("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\n[DONE]\r\n");
  REQUIRE(fixture.answer);
  SECTION("the rest comes") {
    fixture.client.finish(std::move(fixture.answer));
    CHECK(fixture.client.idle() == 0);
    fixture.loop.advance(500ms);
    fixture.reply("0\r\n\r\n");
    CHECK(fixture.client.idle() == 1);
    CHECK_FALSE(fixture.peer().ended());
  }
  SECTION("the rest was there") {
    fixture.reply("0\r\n\r\n");
    fixture.client.finish(std::move(fixture.answer));
    fixture.loop.settle();
    CHECK(fixture.client.idle() == 1);
  }
  SECTION("the rest does not come") {
    fixture.client.finish(std::move(fixture.answer));
    fixture.loop.advance(1100ms);
    CHECK(fixture.peer().ended());
    CHECK(fixture.client.idle() == 0);
  }
  SECTION("the rest is broken") {
    fixture.client.finish(std::move(fixture.answer));
    fixture.reply("zzz");
    CHECK(fixture.peer().ended());
  }
}

TEST_CASE("buffered gives what is here already and never waits") {
  ClientFixture fixture;
  fixture.start();
  fixture.reply("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n2\r\ncd\r\n1\r\n");
  REQUIRE(fixture.answer);
  CHECK(fixture.answer->buffered() == "ab");
  CHECK(fixture.answer->buffered() == "cd");
  CHECK(fixture.answer->buffered().empty());
  fixture.reply("Xoops");
  fixture.read();
  CHECK(fixture.body == "X");
  CHECK(fixture.code() == "upstream_protocol");
}

TEST_CASE("pooled connections are few and do not get old") {
  ClientConfig config;
  config.max_idle = 2;
  ClientFixture fixture(config);
  std::vector<std::unique_ptr<Answer>> answers;
  for (int i = 0; i < 3; ++i) {
    fixture.start();
    fixture.reply(fine);
    answers.push_back(std::move(fixture.answer));
  }
  CHECK(fixture.network.connections() == 3);
  for (auto& answer : answers) fixture.client.finish(std::move(answer));
  CHECK(fixture.client.idle() == 2);
  fixture.loop.advance(29s);
  CHECK(fixture.client.idle() == 2);
  fixture.start();
  fixture.reply(fine);
  CHECK(fixture.network.connections() == 3);
  fixture.read();
  CHECK(fixture.client.idle() == 2);
  fixture.loop.advance(2s);
  CHECK(fixture.client.idle() == 1);  // the other was idle for 31 s
  fixture.loop.advance(60s);
  CHECK(fixture.client.idle() == 0);
  fixture.loop.settle();
  for (auto& peer : fixture.peers) CHECK(peer->ended());
}

namespace {

net::Task<void> wait_for_cancellation(net::Cancellation& cancellation, bool& is_over) {
  net::Signal signal;
  const net::Cancellation::Scope scope(cancellation, [&signal] { signal.fire(); });
  co_await signal;
  is_over = true;
}

}  // namespace

TEST_CASE("work beside requests ends when its client closes") {
  ClientFixture fixture;
  bool is_over = false;
  const auto work = [&is_over](net::Cancellation& cancellation) { return wait_for_cancellation(cancellation, is_over); };
  fixture.client.run_beside(work);
  fixture.client.run_beside(work);
  fixture.loop.settle();
  CHECK_FALSE(is_over);
  fixture.tasks.spawn(fixture.closing());
  fixture.loop.settle();
  CHECK(is_over);
  CHECK(fixture.tasks.size() == 0);
}

TEST_CASE("max_idle 0 pools nothing") {
  ClientConfig config;
  config.max_idle = 0;
  ClientFixture fixture(config);
  fixture.call(fine);
  CHECK(fixture.body == "ok");
  CHECK(fixture.client.idle() == 0);
  fixture.loop.settle();
  CHECK(fixture.peer().ended());
}

}  // namespace genai::http

// Streams in memory, read-ahead over them, and the text of endpoints.
#include <random>

#include "fakes/wire.hpp"
#include "platform/net/memory.hpp"
#include "platform/net/read_ahead.hpp"
#include "platform/net/stream.hpp"
#include "test.hpp"

namespace genai::net {
namespace {

using namespace std::chrono_literals;

struct Loops {
  ~Loops() { loop.advance(1h); }
  VirtualClock clock;
  VirtualLoop loop{clock};
};

Task<void> write(Stream& stream, std::string text, IoResult& result, bool& done) {
  result = co_await Write(stream, text);
  done = true;
}
Task<void> read(Stream& stream, std::span<char> into, IoResult& result, bool& done) {
  result = co_await Read(stream, into);
  done = true;
}
// Waits for all bytes and takes them in random bites.
Task<void> take_all(std::shared_ptr<ReadAhead> input, std::string& all, bool& done) {
  std::mt19937_64 random(5);
  for (;;) {
    const auto bite = input->bytes().substr(0, random() % 700);
    all += bite;
    input->consume(bite.size());
    if (!bite.empty()) continue;
    if (input->ended() && input->bytes().empty()) break;
    co_await input->wait();
  }
  done = true;
}
Task<void> wait_once(std::shared_ptr<ReadAhead> input, bool& done) {
  co_await input->wait();
  done = true;
}

}  // namespace

TEST_CASE("a pair carries bytes both ways, ends and closes") {
  Loops on;
  auto [near, far] = make_stream_pair(on.loop);
  fakes::Wire left(std::move(near)), right(std::move(far));
  left.send("hello");
  right.send("world");
  on.loop.settle();
  CHECK(right.take() == "hello");
  CHECK(left.take() == "world");
  left.send("last");
  left.finish_writing();
  right.send("still");
  on.loop.settle();
  CHECK(right.received() == "last");
  CHECK(right.ended());
  CHECK(left.received() == "still");
  CHECK_FALSE(left.ended());
  right.close();
  on.loop.settle();
  CHECK(left.ended());
}

TEST_CASE("a reset loses what was on the way") {
  Loops on;
  auto [near, far] = make_stream_pair(on.loop);
  fakes::Wire left(std::move(near)), right(std::move(far), false);
  left.send("lost");
  on.loop.settle();
  left.reset();
  right.read(10);
  on.loop.settle();
  CHECK(right.received().empty());
  CHECK(right.error() == std::errc::connection_reset);
}

TEST_CASE("a full pair makes the writer wait; closing ends the waits") {
  Loops on;
  TaskGroup tasks;
  auto [near, far] = make_stream_pair(on.loop, 10);
  IoResult wrote, got;
  bool write_done = false, read_done = false;
  tasks.spawn(write(*near, "0123456789abcdef", wrote, write_done));
  on.loop.settle();
  CHECK_FALSE(write_done);
  char buffer[8];
  tasks.spawn(read(*far, buffer, got, read_done));
  on.loop.settle();
  CHECK(got.bytes == 8);
  CHECK(write_done);
  CHECK(wrote.bytes == 16);
  CHECK(near->acknowledged() == 8);
  write_done = read_done = false;
  tasks.spawn(write(*near, std::string(100, 'x'), wrote, write_done));
  tasks.spawn(read(*near, buffer, got, read_done));
  on.loop.settle();
  near->close();
  CHECK_FALSE(read_done);  // later, through the loop
  on.loop.settle();
  CHECK(write_done);
  CHECK(wrote.error == std::errc::operation_canceled);
  CHECK(read_done);
  CHECK(got.error == std::errc::operation_canceled);
  near->close();
}

TEST_CASE("read-ahead gives every byte in order, however they come and are taken") {
  Loops on;
  TaskGroup tasks;
  auto [near, far] = make_stream_pair(on.loop, 5000);
  auto input = std::make_shared<ReadAhead>(std::move(near), 64, 4096);
  fakes::Wire wire(std::move(far));
  std::string all, sent;
  bool done = false;
  tasks.spawn(take_all(input, all, done));
  std::mt19937_64 random(6);
  for (int i = 0; i < 400; ++i) {
    std::string piece;
    for (auto size = 1 + random() % 3000; size > 0; --size) piece += static_cast<char>(random());
    sent += piece;
    wire.send(piece);
    if (random() % 2 == 0) on.loop.settle();
  }
  on.loop.settle();
  wire.finish_writing();
  on.loop.settle();
  CHECK(done);
  CHECK(all == sent);
  input->close();
}

TEST_CASE("read-ahead grows to its bound, and then waits no more") {
  Loops on;
  TaskGroup tasks;
  auto [near, far] = make_stream_pair(on.loop);
  auto input = std::make_shared<ReadAhead>(std::move(near), 64, 1000);
  fakes::Wire wire(std::move(far));
  wire.send(std::string(5000, 'x'));
  for (int i = 0; i < 20 && !input->full(); ++i) {
    bool done = false;
    tasks.spawn(wait_once(input, done));
    on.loop.settle();
    CHECK(done);
  }
  CHECK(input->full());
  CHECK(input->bytes().size() == 1000);
  bool done = false;
  tasks.spawn(wait_once(input, done));
  CHECK(done);
  input->consume(1);
  CHECK_FALSE(input->full());
  input->close();
}

TEST_CASE("reading on with keep leaves what was shown where it is") {
  Loops on;
  TaskGroup tasks;
  auto [near, far] = make_stream_pair(on.loop);
  auto input = std::make_shared<ReadAhead>(std::move(near), 16, 64);
  fakes::Wire wire(std::move(far));
  wire.send("0123456789");
  input->arm();
  on.loop.settle();
  const std::string_view shown = input->bytes();
  input->consume(10);
  CHECK(input->has_room());
  wire.send("abcdefghij");
  input->arm(true);
  on.loop.settle();
  CHECK(shown == "0123456789");
  CHECK(input->bytes() == "abcdef");
  CHECK_FALSE(input->has_room());
  input->arm(true);  // no room: nothing is read
  on.loop.settle();
  CHECK(input->bytes() == "abcdef");
  input->arm();
  on.loop.settle();
  CHECK(input->bytes() == "abcdefghij");
  input->close();
}

TEST_CASE("the end is told while nobody waits, also behind bytes; an interrupt ends a wait") {
  Loops on;
  TaskGroup tasks;
  auto [near, far] = make_stream_pair(on.loop);
  auto input = std::make_shared<ReadAhead>(std::move(near), 64, 64);
  fakes::Wire wire(std::move(far));
  int ends = 0;
  input->on_end([&] { ++ends; });
  input->arm(true);
  wire.send("a");
  on.loop.settle();
  wire.send("b");
  on.loop.settle();
  CHECK(ends == 0);
  bool done = false;
  tasks.spawn(wait_once(input, done));
  CHECK_FALSE(done);
  input->interrupt();
  CHECK(done);
  wire.close();
  on.loop.settle();
  CHECK(ends == 1);
  CHECK(input->ended());
  CHECK_FALSE(input->error());
  CHECK(input->bytes() == "ab");
}

TEST_CASE("endpoints as text") {
  const auto check = [](std::string_view text, const std::string& host, int port, const std::string& written) {
    INFO(text);
    const auto endpoint = parse_endpoint(text);
    REQUIRE(endpoint.has_value());
    CHECK(endpoint->host == host);
    CHECK(endpoint->port == port);
    CHECK(endpoint->text() == written);
  };
  check("127.0.0.1:80", "127.0.0.1", 80, "127.0.0.1:80");
  check("host.example:0", "host.example", 0, "host.example:0");
  check("[::1]:65535", "::1", 65535, "[::1]:65535");
  check(":8080", "::", 8080, "[::]:8080");
  check("unix:/run/genai.sock", "/run/genai.sock", 0, "unix:/run/genai.sock");
  for (const std::string text : {"", "host", "host:", "host:65536", "host:-1", "host:+1", "host:1x", "::1:80", "[::1]", "[::1:80", "[]:80", "unix:relative", "unix:", "a/b:80"}) {
    INFO(text);
    const auto endpoint = parse_endpoint(text);
    CHECK(endpoint.has_error());
    if (!endpoint && !text.empty()) CHECK(endpoint.error().what.find(text) != std::string::npos);
  }
}

}  // namespace genai::net

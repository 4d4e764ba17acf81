// The loop over epoll with real sockets, on 127.0.0.1 and on Unix sockets. Nothing here asserts how long something takes.
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <csignal>
#include <mutex>
#include <thread>

#include "fakes/scratch.hpp"
#include "platform/net/holder.hpp"
#include "platform/net/io_loop.hpp"
#include "platform/net/resolver.hpp"
#include "test.hpp"

namespace genai::net {
namespace {

using namespace std::chrono_literals;

const Endpoint anywhere{"127.0.0.1", 0};

Task<void> echo(std::unique_ptr<Stream> stream) {
  std::vector<char> buffer(10'000);
  for (bool open = true; open;) {
    const auto got = co_await Read(*stream, buffer);
    open = got.ok() && got.bytes > 0;
    const std::string_view bytes(buffer.data(), got.bytes);
    if (!open) break;
    const auto wrote = co_await Write(*stream, bytes);
    open = wrote.ok();
  }
}

Task<void> send_all(Stream& stream, const std::string& text) {
  const std::string_view parts[] = {std::string_view(text).substr(0, 1), "", std::string_view(text).substr(1)};
  const auto wrote = co_await Write(stream, parts);
  CHECK(wrote.bytes == text.size());
  stream.finish_writing();
}
Task<void> receive_all(Stream& stream, std::string& text) {
  std::vector<char> buffer(7'000);
  for (bool open = true; open;) {
    const auto got = co_await Read(stream, buffer);
    text.append(buffer.data(), got.bytes);
    open = got.ok() && got.bytes > 0;
  }
}

// A loop with an echo server on it, run until a task has ended.
struct EchoLoop {
  explicit EchoLoop(Endpoint at = anywhere) {
    listener = loop.listen(at, false).value();
    listener->accept([this](std::unique_ptr<Stream> stream) { servers.spawn(echo(std::move(stream))); }, [this] { return full; });
  }
  Task<void> then_stop(Task<void> task) {
    co_await task;
    listener->close();
    co_await servers.join();
    loop.stop();
  }
  void run(Task<void> task) {
    tasks.spawn(then_stop(std::move(task)));
    loop.run();
  }
  SystemClock clock;
  IoLoop loop{clock};
  std::unique_ptr<Listener> listener;
  bool full = false;
  TaskGroup servers, tasks;
};

Task<void> talk(EchoLoop& on, std::string text, std::string& back) {
  Cancellation cancellation;
  auto stream = co_await on.loop.connect(on.listener->endpoint(), on.loop.now() + 30s, cancellation);
  REQUIRE(stream.has_value());
  CHECK((*stream)->peer() == on.listener->endpoint().text());
  TaskGroup sending;
  sending.spawn(send_all(**stream, text));
  co_await receive_all(**stream, back);
  co_await sending.join();
  CHECK((*stream)->acknowledged() == text.size());
}

Task<void> try_connect(IoLoop& loop, Endpoint to, Nanoseconds most, Cancellation& cancellation, Error& error) {
  auto stream = co_await loop.connect(to, loop.now() + most, cancellation);
  if (!stream) error = stream.error();
}

// Runs a task on a fresh loop.
template <class Make>
void run_on(IoLoop& loop, Make make) {
  struct Life {
    static Task<void> of(IoLoop& on, Task<void> task) {
      co_await task;
      on.stop();
    }
  };
  TaskGroup tasks;
  tasks.spawn(Life::of(loop, make()));
  loop.run();
}

// A listening socket with a full backlog: connecting to it waits.
struct Deaf {
  Deaf() {
    listener = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof at;
    ::bind(listener, reinterpret_cast<sockaddr*>(&at), size);
    ::listen(listener, 0);
    ::getsockname(listener, reinterpret_cast<sockaddr*>(&at), &size);
    port = ntohs(at.sin_port);
    for (int& filler : fillers) {
      filler = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
      ::connect(filler, reinterpret_cast<sockaddr*>(&at), size);
    }
  }
  ~Deaf() {
    for (const int filler : fillers) ::close(filler);
    ::close(listener);
  }
  int listener = -1;
  int fillers[4];
  std::uint16_t port = 0;
};

}  // namespace

TEST_CASE("an echo over TCP, of sizes from a byte to beyond what the kernel holds") {
  const std::size_t size = GENERATE(1UL, 10'000UL, 3'000'000UL);
  EchoLoop on;
  std::string text(size, 'x'), back;
  for (std::size_t i = 0; i < size; i += 97) text[i] = static_cast<char>('a' + i % 26);
  on.run(talk(on, text, back));
  CHECK(back == text);
}

TEST_CASE("an echo over a Unix socket, which nobody else may open") {
  const fakes::Scratch scratch;
  const auto path = (scratch / "echo.sock").string();
  EchoLoop on(Endpoint{path, 0});
  struct stat status {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0600);
  std::string back;
  on.run(talk(on, "hello", back));
  CHECK(back == "hello");
  CHECK_FALSE(std::filesystem::exists(path));
}

TEST_CASE("a Unix path: a dead socket is replaced, a live one and a file are not") {
  const fakes::Scratch scratch;
  const auto path = (scratch / "x.sock").string();
  SystemClock clock;
  IoLoop loop(clock);
  fakes::write_content(path, "precious");
  CHECK(loop.listen(Endpoint{path, 0}, false).has_error());
  CHECK(fakes::content(path) == "precious");
  std::filesystem::remove(path);
  auto first = loop.listen(Endpoint{path, 0}, false);
  REQUIRE(first.has_value());
  const auto second = loop.listen(Endpoint{path, 0}, false);
  REQUIRE(second.has_error());
  CHECK(second.error().what.find("unix:" + path) != std::string::npos);
  std::filesystem::rename(path, path + ".kept");  // as after a crash: the path stays when the listener goes
  (*first)->close();
  std::filesystem::rename(path + ".kept", path);
  CHECK(loop.listen(Endpoint{path, 0}, false).has_value());
}

TEST_CASE("P4 a taken port is named, with its holder") {
  SystemClock clock;
  IoLoop loop(clock);
  auto first = loop.listen(anywhere, true);
  REQUIRE(first.has_value());
  const auto at = (*first)->endpoint();
  const auto second = loop.listen(at, false);
  REQUIRE(second.has_error());
  CHECK(second.error().code == Code::environment);
  CHECK(second.error().what.find(at.text()) != std::string::npos);
  CHECK(second.error().what.find("pid " + std::to_string(::getpid())) != std::string::npos);
  CHECK(holder_of_port(at.port).find("pid " + std::to_string(::getpid())) != std::string::npos);
  CHECK(loop.listen(at, true).has_value());  // of this process, and shared
  const auto nowhere = loop.listen(Endpoint{"192.0.2.1", 0}, false);
  REQUIRE(nowhere.has_error());
  CHECK(nowhere.error().what.find("192.0.2.1") != std::string::npos);
  CHECK(loop.listen(Endpoint{"no.such.name", 0}, false).has_error());
}

TEST_CASE("U1 a refused connection, and one that does not come about in time") {
  SystemClock clock;
  IoLoop loop(clock);
  Cancellation cancellation;
  Error error;
  SECTION("refused") {
    const auto at = loop.listen(anywhere, false).value()->endpoint();  // closed again
    run_on(loop, [&] { return try_connect(loop, at, 30s, cancellation, error); });
    CHECK(error.what.find(at.text()) != std::string::npos);
  }
  SECTION("late") {
    const Deaf deaf;
    const Endpoint to{"127.0.0.1", deaf.port};
    run_on(loop, [&] { return try_connect(loop, to, 30ms, cancellation, error); });
    CHECK(error.what.find("in time") != std::string::npos);
  }
  SECTION("a name that cannot be") {
    const Endpoint to{"no_such_host.invalid", 80};
    run_on(loop, [&] { return try_connect(loop, to, 30s, cancellation, error); });
    CHECK(error.what.find("no_such_host.invalid") != std::string::npos);
  }
  SECTION("a look-up that takes longer than we wait") {
    const Endpoint to{"no_such_host.invalid", 80};
    run_on(loop, [&] { return try_connect(loop, to, -1s, cancellation, error); });
  }
  CHECK(error.code == Code::upstream_unreachable);
}

TEST_CASE("C1 connecting and resolving are cancelled") {
  SystemClock clock;
  IoLoop loop(clock);
  Cancellation cancellation;
  Error error;
  const Deaf deaf;
  const Endpoint to = GENERATE_REF(Endpoint{"127.0.0.1", deaf.port}, Endpoint{"no_such_host.invalid", 80});
  const bool before = GENERATE(false, true);
  if (before) cancellation.cancel();
  else loop.post([&] { cancellation.cancel(); });
  run_on(loop, [&] { return try_connect(loop, to, 30s, cancellation, error); });
  CHECK(error.code == Code::client_closed);
}

TEST_CASE("names are resolved, and a look-up may outlast the loop that asked") {  // not every machine knows a localhost
  SystemClock clock;
  {
    IoLoop loop(clock);
    Cancellation cancellation;
    Error error;
    loop.post([&] { cancellation.cancel(); });
    run_on(loop, [&] { return try_connect(loop, Endpoint{"localhost", 1}, 30s, cancellation, error); });
  }
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<std::string> found;
  bool done = false;
  resolve("127.0.0.1", [&](Result<std::vector<std::string>> result) {
    const std::lock_guard lock(mutex);
    if (result) found = *result;
    done = true;
    changed.notify_one();
  });
  std::unique_lock lock(mutex);
  changed.wait(lock, [&] { return done; });
  CHECK(std::find(found.begin(), found.end(), "127.0.0.1") != found.end());
}

TEST_CASE("closing a stream ends its waits, through the loop") {
  EchoLoop on;
  struct Client {
    static Task<void> of(EchoLoop& on, IoResult& got) {
      Cancellation cancellation;
      auto stream = co_await on.loop.connect(on.listener->endpoint(), on.loop.now() + 30s, cancellation);
      REQUIRE(stream.has_value());
      auto& raw = **stream;
      on.loop.post([&raw] { raw.close(); });
      char buffer[8];
      got = co_await Read(raw, buffer);
      const auto wrote = co_await Write(raw, "x");
      CHECK_FALSE(wrote.ok());
    }
  };
  IoResult got;
  on.run(Client::of(on, got));
  CHECK(got.bytes == 0);
  CHECK(got.error == std::errc::operation_canceled);
}

TEST_CASE("a peer's reset is an error, its end is not") {
  EchoLoop on;
  struct Client {
    static Task<void> of(EchoLoop& on, std::unique_ptr<Stream> stream, IoResult& got) {
      char buffer[8];
      got = co_await Read(*stream, buffer);
      on.loop.post([] {});
    }
  };
  SystemClock clock;
  IoLoop loop(clock);
  auto listener = loop.listen(anywhere, false).value();
  const bool reset = GENERATE(false, true);
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  at.sin_port = htons(listener->endpoint().port);
  REQUIRE(::connect(fd, reinterpret_cast<sockaddr*>(&at), sizeof at) == 0);
  const linger hard{1, 0};
  if (reset) ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
  TaskGroup tasks;
  IoResult got;
  bool taken = false;
  listener->accept(
      [&](std::unique_ptr<Stream> stream) {
        tasks.spawn(Client::of(on, std::move(stream), got));
        ::close(fd);
        taken = true;
        listener->close();
      },
      [] { return false; });
  struct Stop {
    static Task<void> when(IoLoop& loop, TaskGroup& tasks, bool& taken) {
      while (!taken || tasks.size() > 0) co_await Sleep(loop, Nanoseconds(1'000'000));
      loop.stop();
    }
  };
  TaskGroup stopping;
  stopping.spawn(Stop::when(loop, tasks, taken));
  loop.run();
  CHECK(got.bytes == 0);
  CHECK(static_cast<bool>(got.error) == reset);
  on.listener->close();
}

TEST_CASE("H21 while a listener is full it does not accept, and goes on afterwards") {
  EchoLoop on;
  on.full = true;
  Timer relief(on.loop, [&] { on.full = false; });
  relief.set_after(60ms);
  std::string back;
  on.run(talk(on, "late but served", back));
  CHECK(back == "late but served");
}

TEST_CASE("other threads post; timers fire in order and not early") {
  SystemClock clock;
  IoLoop loop(clock);
  std::atomic<int> posted{0};
  std::vector<std::thread> threads;
  constexpr int each = 2'000;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&] {
      for (int k = 0; k < each; ++k) {
        loop.post([&] {
          if (++posted == 3 * each) loop.stop();
        });
      }
    });
  }
  std::vector<int> order;
  const auto start = loop.now();
  Timer later(loop, [&] {
    order.push_back(2);
    CHECK(loop.now() - start >= 5ms);
  });
  Timer sooner(loop, [&] {
    order.push_back(1);
    CHECK(loop.now() - start >= 2ms);
  });
  later.set(start + 5ms);
  sooner.set(start + 2ms);
  loop.run();
  for (auto& thread : threads) thread.join();
  CHECK(posted == 3 * each);
  Timer last(loop, [&] { loop.stop(); });
  last.set_after(10ms);
  loop.run();  // again, until the timers have fired
  CHECK(order == std::vector<int>{1, 2});
}

TEST_CASE("signals arrive on the loop") {
  SystemClock clock;
  IoLoop loop(clock);
  std::vector<int> caught;
  loop.on_signals({SIGUSR1, SIGUSR2}, [&](int signal) {
    caught.push_back(signal);
    if (caught.size() < 3) std::raise(SIGUSR2);
    else loop.stop();
  });
  std::raise(SIGUSR1);
  loop.run();
  CHECK(caught == std::vector<int>{SIGUSR1, SIGUSR2, SIGUSR2});
}

}  // namespace genai::net

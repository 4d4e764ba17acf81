// A byte stream between two ends: a TCP or Unix socket, or a pair in memory for tests.
//
// At most one read and one write wait at a time. Writes are tried at once and usually never wait. All calls and completions
// are on the stream's loop. A completion that waits must outlive the wait; close() ends both waits, later, through the loop, with
// `errc::operation_canceled`.
#pragma once

#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <system_error>

#include "base/error.hpp"
#include "platform/net/cancellation.hpp"
#include "platform/net/loop.hpp"
#include "platform/net/task.hpp"

namespace genai::net {

// What a read or write came to. A read of 0 bytes without an error is the peer's end of stream.
struct IoResult {
  std::size_t bytes = 0;
  std::error_code error;
  bool ok() const { return !error; }
};

class Completion {
 public:
  virtual void complete(IoResult result) = 0;

 protected:
  ~Completion() = default;
};

class Stream {
 public:
  virtual ~Stream() = default;
  virtual Loop& loop() = 0;
  // Reads at least one byte into `into`, which must stay where it is until completed.
  virtual void start_read(std::span<char> into, Completion& done) = 0;
  // Writes all parts in order, as one gathered write where it can. True: `now` is the result and `done` is not called. Parts and
  // what they point to must stay until completed. At most `max_parts` parts.
  virtual bool start_write(std::span<const std::string_view> parts, IoResult& now, Completion& done) = 0;
  // Both directions, at once. Idempotent.
  virtual void close() = 0;
  // Ends our sending direction; what is in flight still arrives. The peer reads an end of stream.
  virtual void finish_writing() = 0;
  // Bytes that the peer has acknowledged, of all that were written: while it grows, the peer reads.
  virtual std::uint64_t acknowledged() const = 0;
  // It is known that the peer has ended its direction, though bytes from before may still be unread.
  virtual bool peer_ended() const = 0;
  // The peer as text for logs: "127.0.0.1:5000".
  virtual std::string peer() const = 0;

  static constexpr std::size_t max_parts = 16;
};

class Read final : Completion {
 public:
  Read(Stream& stream, std::span<char> into) : stream_(stream), into_(into) {}
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> waiter) {
    waiter_ = waiter;
    stream_.start_read(into_, *this);
  }
  IoResult await_resume() const noexcept { return result_; }

 private:
  void complete(IoResult result) override {
    result_ = result;
    waiter_.resume();
  }
  Stream& stream_;
  std::span<char> into_;
  IoResult result_;
  std::coroutine_handle<> waiter_;
};

class Write final : Completion {
 public:
  Write(Stream& stream, std::span<const std::string_view> parts) : stream_(stream), parts_(parts) {}
  Write(Stream& stream, std::string_view text) : stream_(stream), one_(text), parts_(&one_, 1) {}
  Write(const Write&) = delete;
  bool await_ready() { return stream_.start_write(parts_, result_, *this); }
  void await_suspend(std::coroutine_handle<> waiter) noexcept { waiter_ = waiter; }
  IoResult await_resume() const noexcept { return result_; }

 private:
  void complete(IoResult result) override {
    result_ = result;
    waiter_.resume();
  }
  Stream& stream_;
  std::string_view one_;
  std::span<const std::string_view> parts_;
  IoResult result_;
  std::coroutine_handle<> waiter_;
};

// Where to connect or listen. `host` is a name or address without brackets; a path that starts with '/' is a Unix socket, port ignored.
struct Endpoint {
  std::string host;
  std::uint16_t port = 0;
  bool is_unix() const { return host.starts_with('/'); }
  std::string text() const;  // "127.0.0.1:80", "[::1]:80", "unix:/path"
  friend bool operator==(const Endpoint&, const Endpoint&) = default;
};
// "HOST:PORT", "[v6]:PORT", ":PORT" (all addresses) or "unix:/path".
Result<Endpoint> parse_endpoint(std::string_view text);

// Accepts connections on one loop until closed.
class Listener {
 public:
  virtual ~Listener() = default;
  // Where it really listens (port 0 resolved).
  virtual Endpoint endpoint() const = 0;
  // Starts accepting; each connection is handed to the sink on the loop's thread. Out of descriptors, or while `full` says so: pauses and goes on.
  virtual void accept(std::function<void(std::unique_ptr<Stream>)> sink, std::function<bool()> full) = 0;
  // How often accepting has paused because the process was out of descriptors. Any thread.
  virtual std::uint64_t exhausted() const = 0;
  virtual void close() = 0;
};

// The way to the sockets of one loop. The narrow interface behind which tests put a network in memory.
class Network {
 public:
  virtual ~Network() = default;
  virtual Loop& loop() = 0;
  // Resolves and connects, trying each address, at the latest until `deadline`. Fails with upstream_unreachable, or with
  // client_closed once cancelled.
  virtual Task<Result<std::unique_ptr<Stream>>> connect(Endpoint to, MonoTime deadline, Cancellation& cancellation) = 0;
};

}  // namespace genai::net

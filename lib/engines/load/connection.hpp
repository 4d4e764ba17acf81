// One connection of a load test, with at most one request under way.
//
// No coroutine runs per request: the connection is its own completion, reads into one buffer that it keeps, and hands the next request to the socket
// from within the read that ended the last one. That is one write, one read and the loop's wait a request.
#pragma once

#include <vector>

#include "engines/load/answer.hpp"
#include "platform/net/cancellation.hpp"
#include "platform/net/stream.hpp"

namespace genai::load {

// One request: when it was due and when it was really sent.
struct Request {
  MonoTime intended;
  MonoTime started;
  bool measured = false;
  bool resent = false;  // once already, because a kept connection turned out to be closed
};

class Connection;

// Whom a connection reports to. Calls come on the loop, the last words of an event: the connection may be given its next request from within.
class ConnectionOwner {
 public:
  // The request has ended, well or not. The connection is idle, or retires.
  virtual void ended(Connection& from, const Request& request, const Observation& seen, MonoTime now) = 0;
  // The request must be sent anew on another connection: this one had been closed before it.
  virtual void displaced(const Request& request) = 0;
  // An idle connection was closed by the server; it retires.
  virtual void lost(Connection& from) = 0;
  // Nothing is open and nothing waits any more: it may connect again, or be destroyed.
  virtual void retired(Connection& from) = 0;

 protected:
  ~ConnectionOwner() = default;
};

// Confined to the loop of its network. Destroyed only while vacant.
class Connection final : net::Completion {
 public:
  Connection(net::Network& network, net::TaskGroup& tasks, const Plan& plan, ConnectionOwner& owner);
  Connection(const Connection&) = delete;

  // Sends a request, connecting first when vacant. Only while vacant or idle. Gaps between token events go to `gaps` unless it is null.
  void send(const Request& request, stats::Histogram* gaps);
  // Ends the request under way; the owner is not told. For the end of a run.
  void abandon();
  // Closes the connection; retired() follows.
  void close();

  bool busy() const { return state_ == State::connecting || state_ == State::busy; }
  bool idle() const { return state_ == State::idle; }
  bool vacant() const { return state_ == State::vacant; }
  const Request& request() const { return request_; }

 private:
  enum class State { vacant, connecting, busy, idle, closing };
  struct WriteEnd final : net::Completion {
    explicit WriteEnd(Connection& of) : connection(of) {}
    void complete(net::IoResult result) override { connection.written(result); }
    Connection& connection;
  };

  net::Task<void> connect();
  void connected(Result<std::unique_ptr<net::Stream>> stream);
  void write();
  void written(net::IoResult result);
  void read_on();
  void complete(net::IoResult result) override;
  void arrived(std::size_t bytes);
  void take_unread(std::size_t consumed);
  void lost_peer();
  void finish(bool reusable, MonoTime now);
  void fail(Failure why);
  void dispose_when_quiet();

  net::Network& network_;
  net::TaskGroup& tasks_;
  const Plan& plan_;
  ConnectionOwner& owner_;
  State state_ = State::vacant;
  Request request_;
  AnswerReader reader_;
  std::unique_ptr<net::Stream> stream_;
  net::Cancellation* connecting_ = nullptr;
  bool used_ = false;  // has carried an answer
  bool reading_ = false;
  bool writing_ = false;
  WriteEnd write_end_{*this};
  std::string_view unsent_[1];
  std::vector<char> buffer_;
  std::size_t unread_ = 0;  // bytes at the front of buffer_: an incomplete head
  net::Timer deadline_;
};

}  // namespace genai::load

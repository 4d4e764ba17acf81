// A network in memory and in virtual time: servers under names, ports that refuse, and hosts that never answer.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "platform/net/memory.hpp"
#include "platform/net/stream.hpp"

namespace genai::fakes {

class Network final : public net::Network {
 public:
  using Accept = std::function<void(std::unique_ptr<net::Stream>)>;
  explicit Network(net::Loop& loop, std::size_t capacity = 64 * 1024) : loop_(loop), capacity_(capacity) {}

  // From now on connections to `at` are handed to `accept`. Where nobody listens they are refused.
  void listen(const net::Endpoint& at, Accept accept) { servers_[at.text()] = std::move(accept); }
  void close(const net::Endpoint& at) { servers_.erase(at.text()); }
  // Connecting there waits until its deadline.
  void swallow(const net::Endpoint& at) { silent_.insert(at.text()); }
  std::size_t connections() const { return connections_; }

  net::Loop& loop() override { return loop_; }
  net::Task<Result<std::unique_ptr<net::Stream>>> connect(net::Endpoint to, MonoTime deadline, net::Cancellation& cancellation) override {
    if (silent_.contains(to.text())) co_await silence(deadline, cancellation);
    if (cancellation.cancelled()) co_return Error{Code::client_closed, "the client closed the connection", ""};
    const auto server = servers_.find(to.text());
    if (server == servers_.end()) co_return Error{Code::upstream_unreachable, "cannot connect to " + to.text(), ""};
    ++connections_;
    auto [near, far] = net::make_stream_pair(loop_, capacity_);
    server->second(std::move(far));
    co_return std::move(near);
  }

 private:
  net::Task<void> silence(MonoTime deadline, net::Cancellation& cancellation) {
    net::Signal over;
    net::Timer timer(loop_, [&over] { over.fire(); });
    timer.set(deadline);
    const net::Cancellation::Scope scope(cancellation, [&over] { over.fire(); });
    co_await over;
  }

  net::Loop& loop_;
  const std::size_t capacity_;
  std::map<std::string, Accept> servers_;
  std::set<std::string> silent_;
  std::size_t connections_ = 0;
};

}  // namespace genai::fakes

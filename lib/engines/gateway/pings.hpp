// Breaks the silences of a stream, so that nobody between us and the client takes it for dead.
#pragma once

#include <functional>
#include <string>

#include "domain/wire/dialect.hpp"
#include "platform/http/server.hpp"
#include "platform/net/loop.hpp"

namespace genai::gateway {

// Sends a ping whenever nothing has been sent for `every` (0: never). The first of them commits the answer to its good status: what goes wrong
// later is told inside the stream. Confined to the loop; the references outlive it. Before anything else is sent, co_await hold(); rest() after.
class Pings {
 public:
  // `begin` gives the head of the answer, for a ping that comes before everything else.
  Pings(http::Exchange& exchange, const wire::Encoder& encoder, Nanoseconds every, std::function<http::Response()> begin)
      : exchange_(exchange), encoder_(encoder), every_(every), begin_(std::move(begin)), timer_(exchange.loop(), [this] { beat(); }) {
    rest();
  }
  // Nothing is sent from now on. Returns once what was under way has been.
  net::Task<void> hold() {
    timer_.clear();
    co_await pings_.join();
  }
  bool sending() const { return pings_.size() != 0; }
  void stop() { timer_.clear(); }
  // A silence begins.
  void rest() {
    if (every_ > Nanoseconds(0)) timer_.set_after(every_);
  }

 private:
  void beat() {
    if (sending()) return rest();
    pings_.spawn(ping());
    rest();
  }
  net::Task<void> ping() {
    if (!exchange_.begun()) exchange_.begin(begin_());
    const std::string piece(encoder_.ping());
    co_await exchange_.send(piece);
  }

  http::Exchange& exchange_;
  const wire::Encoder& encoder_;
  const Nanoseconds every_;
  const std::function<http::Response()> begin_;
  net::Timer timer_;
  net::TaskGroup pings_;
};

}  // namespace genai::gateway

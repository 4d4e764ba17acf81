// The real loop: sockets, timers and signals over epoll.
//
// Written here because every request passes through it and nothing else may cost there: a descriptor is registered once, edge-triggered;
// a read that did not fill its buffer is known to have drained the socket, so no call is made to learn EAGAIN; writes are tried at once; timers are the
// wait's own time-out (epoll_pwait2, nanoseconds) and cost no call. lib/README.md has the figures.
#pragma once

#include <memory>

#include "base/error.hpp"
#include "platform/net/egress.hpp"
#include "platform/net/stream.hpp"

namespace genai::net {

class IoLoop final : public Loop, public Network {
 public:
  explicit IoLoop(const Clock& clock);
  ~IoLoop() override;

  // Runs on the calling thread, which becomes the loop's, until stop().
  void run();
  // run() returns after what is posted, due or complete by then: close streams and listeners first. Any thread.
  void stop();

  Loop& loop() override { return *this; }
  void post(std::function<void()> work) override;
  Task<Result<std::unique_ptr<Stream>>> connect(Endpoint to, MonoTime deadline, Cancellation& cancellation) override;

  // From now on this loop connects to nothing but what the rules allow. Before run().
  void allow_only(std::shared_ptr<const Egress> rules);

  // Binds and listens. With `shared`, other loops of this process may listen on the same port (SO_REUSEPORT); a port that another
  // process listens on is found taken all the same. Fails with environment, naming address, reason and, where known, the holder.
  Result<std::unique_ptr<Listener>> listen(const Endpoint& at, bool shared);

  // Calls `caught` on this loop for each of the signals, until the loop is destroyed. One loop of a process at a time.
  void on_signals(std::initializer_list<int> signals, std::function<void(int)> caught);

  struct Impl;

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace genai::net

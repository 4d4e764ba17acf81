// The real loop: epoll, timerfd and sockets through Asio, which stays behind this header.
#pragma once

#include <memory>

#include "base/error.hpp"
#include "platform/net/stream.hpp"

namespace genai::net {

class IoLoop final : public Loop, public Network {
 public:
  explicit IoLoop(const Clock& clock);
  ~IoLoop() override;

  // Runs on the calling thread, which becomes the loop's, until stop().
  void run();
  // run() returns once nothing is waited for any more: close streams and listeners first. Any thread.
  void stop();

  Loop& loop() override { return *this; }
  void post(std::function<void()> work) override;
  Task<Result<std::unique_ptr<Stream>>> connect(Endpoint to, MonoTime deadline, Cancellation& cancellation) override;

  // Binds and listens. With `shared`, other loops of this process may listen on the same port (SO_REUSEPORT); a port that another
  // process listens on is found taken all the same. Fails with environment, naming address, reason and, where known, the holder.
  Result<std::unique_ptr<Listener>> listen(const Endpoint& at, bool shared);

  // Calls `caught` on this loop for each of the signals, until the loop ends.
  void on_signals(std::initializer_list<int> signals, std::function<void(int)> caught);

 private:
  void arm(MonoTime earliest) override;
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace genai::net

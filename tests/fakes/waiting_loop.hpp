// A loop that a test's thread drives while other threads post to it. No timers.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <stdexcept>
#include <vector>

#include "platform/net/loop.hpp"

namespace genai::fakes {

class WaitingLoop final : public net::Loop {
 public:
  explicit WaitingLoop(const Clock& clock) : Loop(clock) {}
  void post(std::function<void()> work) override {
    const std::lock_guard lock(mutex_);
    posted_.push_back(std::move(work));
    ++posts_;
    changed_.notify_one();
  }
  // Runs what is posted until `done`; throws when nothing happens for half a minute.
  void run_until(const std::function<bool()>& done) {
    while (!done()) {
      for (auto& work : next()) work();
    }
  }
  std::size_t posts() const {
    const std::lock_guard lock(mutex_);
    return posts_;
  }

 private:
  std::vector<std::function<void()>> next() {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, std::chrono::seconds(30), [this] { return !posted_.empty(); })) throw std::runtime_error("nothing was posted");
    return std::exchange(posted_, {});
  }
  mutable std::mutex mutex_;  // guards posted_, posts_
  std::condition_variable changed_;
  std::vector<std::function<void()>> posted_;
  std::size_t posts_ = 0;
};

}  // namespace genai::fakes

// One thread's event loop: work posted to it, timers, and (through Network) its sockets.
//
// Everything that belongs to a loop is touched on its thread alone; post() is the one door for other threads. Real loops
// run on epoll; VirtualLoop runs the same code in virtual time, so that a whole run can be replayed from its seed.
#pragma once

#include <coroutine>
#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include "base/clock.hpp"
#include "platform/net/task.hpp"

namespace genai::net {

class Loop;

// Calls a function once at a moment, on its loop's thread. Set again, it moves; destroyed or cleared, it is silent.
// Costs a few nanoseconds to set and clear: a heap slot, no system call.
class Timer {
 public:
  Timer(Loop& loop, std::function<void()> fire);
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;
  ~Timer() { clear(); }

  void set(MonoTime when);
  void set_after(Nanoseconds wait);
  void clear();
  bool armed() const { return slot_ != none; }

 private:
  friend class Loop;
  static constexpr std::size_t none = static_cast<std::size_t>(-1);
  Loop& loop_;
  std::function<void()> fire_;
  MonoTime when_{};
  std::size_t slot_ = none;
};

class Loop {
 public:
  explicit Loop(const Clock& clock) : clock_(clock) {}
  virtual ~Loop() = default;

  const Clock& clock() const { return clock_; }
  MonoTime now() const { return clock_.now(); }

  // Any thread: run `work` on the loop's thread, after what was posted before.
  virtual void post(std::function<void()> work) = 0;

 protected:
  // Fires every timer due at `now`. For the derived loops, which wait no longer than until the earliest.
  void run_due(MonoTime now);
  bool has_timers() const { return !heap_.empty(); }
  MonoTime earliest() const { return heap_.front()->when_; }

 private:
  friend class Timer;
  void insert(Timer& timer);
  void remove(Timer& timer);
  void sift_up(std::size_t slot);
  void sift_down(std::size_t slot);
  void place(Timer* timer, std::size_t slot);

  const Clock& clock_;
  std::vector<Timer*> heap_;  // binary min-heap by when_
};

// co_await Sleep(loop, when): resumes at or after `when`.
class Sleep {
 public:
  Sleep(Loop& loop, MonoTime when) : loop_(loop), when_(when) {}
  Sleep(Loop& loop, Nanoseconds wait) : loop_(loop), when_(loop.now() + wait) {}
  bool await_ready() const { return false; }
  void await_suspend(std::coroutine_handle<> waiter) {
    timer_ = std::make_unique<Timer>(loop_, [waiter] { waiter.resume(); });
    timer_->set(when_);
  }
  void await_resume() const noexcept {}

 private:
  Loop& loop_;
  MonoTime when_;
  std::unique_ptr<Timer> timer_;
};

// A loop in virtual time for tests and seeded runs: nothing happens until it is driven, and then at once. Its clock moves only here.
class VirtualClock final : public Clock {
 public:
  MonoTime now() const override { return mono_; }
  WallTime wall_now() const override { return wall_; }
  void advance(Nanoseconds by) { mono_ += by; wall_ += std::chrono::duration_cast<std::chrono::microseconds>(by); }
  void jump_wall(std::chrono::microseconds by) { wall_ += by; }

 private:
  MonoTime mono_{std::chrono::hours(1)};
  WallTime wall_{std::chrono::seconds(1'800'000'000)};
};

class VirtualLoop final : public Loop {
 public:
  explicit VirtualLoop(VirtualClock& clock) : Loop(clock), clock_(clock) {}
  void post(std::function<void()> work) override { posted_.push_back(std::move(work)); }
  // Runs what is posted and due, until nothing is.
  void settle();
  // Moves the clock forward from timer to timer, settling at each.
  void advance(Nanoseconds by);

 private:
  VirtualClock& clock_;
  std::vector<std::function<void()>> posted_;
};

}  // namespace genai::net

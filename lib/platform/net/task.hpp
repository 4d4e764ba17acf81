// Coroutines of one loop.
//
// A Task starts when it is awaited and runs on its awaiter's thread. Awaiting runs the child at once: when it finishes without
// waiting, the parent goes on without ever having been suspended, so a loop over ready work needs no stack and no queue.
// A Task is confined to its loop; nothing here is thread-safe. Exceptions pass to the awaiter.
//
// Cancellation is explicit: close the stream or the timer that a task waits for and it resumes with an error. A frame
// that waits for I/O must not be destroyed; TaskGroup therefore owns spawned tasks until they have ended.
//
// GCC 12 destroys braced temporaries, lambdas and the result of ?: inside a co_await expression twice: write names and moves there.
#pragma once

#include <coroutine>
#include <cstddef>
#include <exception>
#include <optional>
#include <utility>

#include "platform/net/frame_pool.hpp"

namespace genai::net {

template <class T>
class Task;

namespace detail {

struct PromiseBase {
  std::coroutine_handle<> parent;  // set once the parent has really been suspended
  std::exception_ptr error;

  struct FinalAwaiter {
    bool await_ready() const noexcept { return false; }
    template <class P>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<P> self) const noexcept {
      if (auto parent = self.promise().parent) return parent;
      return std::noop_coroutine();
    }
    void await_resume() const noexcept {}
  };
  std::suspend_always initial_suspend() const noexcept { return {}; }
  FinalAwaiter final_suspend() const noexcept { return {}; }
  void unhandled_exception() noexcept { error = std::current_exception(); }

#ifndef __SANITIZE_ADDRESS__  // which watches frames only where each is an allocation of its own
  static void* operator new(std::size_t size) { return take_frame(size); }
  static void operator delete(void* frame, std::size_t size) noexcept { give_frame(frame, size); }
#endif
};

template <class T>
struct Promise : PromiseBase {
  std::optional<T> value;
  Task<T> get_return_object();
  template <class U>
  void return_value(U&& result) { value.emplace(std::forward<U>(result)); }
  T take() { return std::move(*value); }
};

template <>
struct Promise<void> : PromiseBase {
  Task<void> get_return_object();
  void return_void() const noexcept {}
  void take() const noexcept {}
};

}  // namespace detail

template <class T = void>
class [[nodiscard]] Task {
 public:
  using promise_type = detail::Promise<T>;
  using Handle = std::coroutine_handle<promise_type>;

  Task() = default;
  explicit Task(Handle handle) : handle_(handle) {}
  Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, {})) {}
  Task& operator=(Task&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~Task() {
    if (handle_) handle_.destroy();
  }

  bool await_ready() const noexcept { return false; }
  bool await_suspend(std::coroutine_handle<> parent) {
    handle_.resume();
    if (handle_.done()) return false;
    handle_.promise().parent = parent;
    return true;
  }
  T await_resume() {
    if (handle_.promise().error) std::rethrow_exception(handle_.promise().error);
    return handle_.promise().take();
  }

 private:
  Handle handle_;
};

namespace detail {
template <class T>
Task<T> Promise<T>::get_return_object() { return Task<T>(std::coroutine_handle<Promise<T>>::from_promise(*this)); }
inline Task<void> Promise<void>::get_return_object() {
  return Task<void>(std::coroutine_handle<Promise<void>>::from_promise(*this));
}
}  // namespace detail

// Tasks that run beside their starter, on one loop, and are awaited at shutdown. Destroy it only when empty.
class TaskGroup {
 public:
  TaskGroup() = default;
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;
  ~TaskGroup();  // terminates the process when tasks still run: that is a bug

  // Runs the task at once up to its first wait. An exception that leaves it terminates the process: tasks turn theirs into errors.
  void spawn(Task<void> task);
  std::size_t size() const { return running_; }

  // Resumes its one awaiter when no task runs. Awaiting an empty group does not wait.
  auto join() { return JoinAwaiter{*this}; }

 private:
  struct Runner;
  struct JoinAwaiter {
    TaskGroup& group;
    bool await_ready() const noexcept { return group.running_ == 0; }
    void await_suspend(std::coroutine_handle<> parent) noexcept { group.joiner_ = parent; }
    void await_resume() const noexcept {}
  };
  static Runner run(TaskGroup& group, Task<void> task);
  std::size_t running_ = 0;
  std::coroutine_handle<> joiner_;
};

// A latch between tasks of one loop: one task waits, another fires. Firing before the wait is remembered; one wait consumes it.
class Signal {
 public:
  void fire() {
    if (auto waiter = std::exchange(waiter_, {})) waiter.resume();
    else fired_ = true;
  }
  bool await_ready() noexcept { return std::exchange(fired_, false); }
  void await_suspend(std::coroutine_handle<> waiter) noexcept { waiter_ = waiter; }
  void await_resume() const noexcept {}

 private:
  bool fired_ = false;
  std::coroutine_handle<> waiter_;
};

}  // namespace genai::net

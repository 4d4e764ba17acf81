#include "platform/net/task.hpp"

namespace genai::net {

// Starts at once, owns its task, destroys itself at its end.
struct TaskGroup::Runner {
  struct promise_type {
    Runner get_return_object() const noexcept { return {}; }
    std::suspend_never initial_suspend() const noexcept { return {}; }
    std::suspend_never final_suspend() const noexcept { return {}; }
    void return_void() const noexcept {}
    [[noreturn]] void unhandled_exception() const noexcept { std::terminate(); }
  };
};

TaskGroup::~TaskGroup() {
  if (running_ != 0) std::terminate();
}

TaskGroup::Runner TaskGroup::run(TaskGroup& group, Task<void> task) {
  co_await task;
  { const Task<void> ended = std::move(task); }  // its frame goes before the group may be told
  if (--group.running_ == 0 && group.joiner_) std::exchange(group.joiner_, {}).resume();
}

void TaskGroup::spawn(Task<void> task) {
  ++running_;
  run(*this, std::move(task));
}

}  // namespace genai::net

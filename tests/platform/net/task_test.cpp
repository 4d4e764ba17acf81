#include <memory>
#include <random>
#include <stdexcept>

#include "platform/net/cancellation.hpp"
#include "platform/net/loop.hpp"
#include "platform/net/task.hpp"
#include "test.hpp"

namespace genai::net {
namespace {

using namespace std::chrono_literals;

Task<int> ready(int value) { co_return value; }
Task<int> sum_of_ready(int count) {
  int sum = 0;
  for (int i = 0; i < count; ++i) sum += co_await ready(1);
  co_return sum;
}
Task<int> nested(int depth) {
  if (depth == 0) co_return 0;
  const int below = co_await nested(depth - 1);
  co_return below + 1;
}
Task<int> nested_wait(Loop& loop, int depth) {
  if (depth == 0) {
    co_await Sleep(loop, 1s);
    co_return 0;
  }
  const int below = co_await nested_wait(loop, depth - 1);
  co_return below + 1;
}
Task<int> fail(Loop* loop) {
  if (loop != nullptr) co_await Sleep(*loop, 1s);
  throw std::runtime_error("no");
}
Task<void> keep(Task<int> task, int& into) { into = co_await task; }
Task<void> keep_error(Task<int> task, std::string& into) {
  try {
    co_await task;
  } catch (const std::runtime_error& error) {
    into = error.what();
  }
}
Task<void> sleep_then_count(Loop& loop, Nanoseconds wait, int& count) {
  co_await Sleep(loop, wait);
  ++count;
}
Task<void> wait_for(Signal& signal, int& count) {
  co_await signal;
  ++count;
}
Task<void> join(TaskGroup& group, bool& joined) {
  co_await group.join();
  joined = true;
}
Task<std::unique_ptr<int>> boxed(int value) { co_return std::make_unique<int>(value); }
Task<void> unbox(int& into) {
  auto box = co_await boxed(7);
  into = *box;
}

}  // namespace

TEST_CASE("a loop over ready tasks needs no stack") {
  TaskGroup group;
  int sum = 0;
  group.spawn(keep(sum_of_ready(1'000'000), sum));
  CHECK(sum == 1'000'000);
}

TEST_CASE("tasks nest, ready or waiting") {
  VirtualClock clock;
  VirtualLoop loop(clock);
  TaskGroup group;
  int depth = 0, waited = 0, box = 0;
  group.spawn(keep(nested(1000), depth));
  CHECK(depth == 1000);
  group.spawn(keep(nested_wait(loop, 1000), waited));
  CHECK(waited == 0);
  loop.advance(1s);
  CHECK(waited == 1000);
  group.spawn(unbox(box));
  CHECK(box == 7);
}

TEST_CASE("exceptions pass to the awaiter, at once or later") {
  VirtualClock clock;
  VirtualLoop loop(clock);
  TaskGroup group;
  std::string now, later;
  group.spawn(keep_error(fail(nullptr), now));
  CHECK(now == "no");
  group.spawn(keep_error(fail(&loop), later));
  CHECK(later.empty());
  loop.advance(2s);
  CHECK(later == "no");
}

TEST_CASE("a task that never starts frees what it holds") {
  const auto witness = std::make_shared<int>(1);
  struct Holding {
    static Task<void> it(std::shared_ptr<int> held) {
      co_await std::suspend_never();
      (void)held;
    }
  };
  { const auto task = Holding::it(witness); }
  CHECK(witness.use_count() == 1);
}

TEST_CASE("a group's join waits for all, and not at all for none") {
  VirtualClock clock;
  VirtualLoop loop(clock);
  TaskGroup group, waiting;
  int count = 0;
  bool joined = false;
  for (int i = 1; i <= 10; ++i) group.spawn(sleep_then_count(loop, i * 1s, count));
  CHECK(group.size() == 10);
  waiting.spawn(join(group, joined));
  loop.advance(9500ms);
  CHECK(count == 9);
  CHECK_FALSE(joined);
  loop.advance(1s);
  CHECK(joined);
  CHECK(group.size() == 0);
  joined = false;
  waiting.spawn(join(group, joined));
  CHECK(joined);
}

TEST_CASE("a signal before the wait is remembered once") {
  Signal signal;
  TaskGroup group;
  int count = 0;
  signal.fire();
  signal.fire();
  group.spawn(wait_for(signal, count));
  CHECK(count == 1);
  group.spawn(wait_for(signal, count));
  CHECK(count == 1);
  signal.fire();
  CHECK(count == 2);
}

TEST_CASE("cancellation calls the innermost wait, once, and later ones at once") {
  Cancellation cancellation;
  int outer = 0, inner = 0, late = 0;
  {
    const Cancellation::Scope first(cancellation, [&] { ++outer; });
    {
      const Cancellation::Scope second(cancellation, [&] { ++inner; });
      CHECK_FALSE(cancellation.cancelled());
    }
    {
      const Cancellation::Scope third(cancellation, [&] { ++inner; });
      cancellation.cancel();
      cancellation.cancel();
    }
    CHECK(cancellation.cancelled());
  }
  const Cancellation::Scope after(cancellation, [&] { ++late; });
  CHECK(outer == 0);
  CHECK(inner == 1);
  CHECK(late == 1);
}

TEST_CASE("timers fire in the order of a slow oracle, whatever is set, moved and cleared") {
  VirtualClock clock;
  VirtualLoop loop(clock);
  std::mt19937_64 random(11);
  constexpr std::size_t count = 60;
  std::vector<MonoTime> due(count, MonoTime::max());  // max: not set
  std::vector<std::pair<MonoTime, std::size_t>> fired;
  std::vector<std::unique_ptr<Timer>> timers;
  for (std::size_t i = 0; i < count; ++i) {
    timers.push_back(std::make_unique<Timer>(loop, [&, i] {
      CHECK(due[i] <= loop.now());
      fired.emplace_back(due[i], i);
      due[i] = MonoTime::max();
    }));
  }
  for (int round = 0; round < 20'000; ++round) {
    const auto i = random() % count;
    switch (random() % 4) {
      case 0:
      case 1:
        due[i] = loop.now() + Nanoseconds(1 + random() % 1000);
        timers[i]->set(due[i]);
        break;
      case 2:
        due[i] = MonoTime::max();
        timers[i]->clear();
        break;
      default: {
        const auto end = loop.now() + Nanoseconds(random() % 200);
        std::vector<MonoTime> expected;
        for (const auto when : due) {
          if (when <= end) expected.push_back(when);
        }
        std::sort(expected.begin(), expected.end());
        fired.clear();
        loop.advance(end - loop.now());
        REQUIRE(fired.size() == expected.size());
        for (std::size_t k = 0; k < fired.size(); ++k) CHECK(fired[k].first == expected[k]);
        CHECK(loop.now() == end);
      }
    }
    REQUIRE(timers[i]->armed() == (due[i] != MonoTime::max()));
  }
}

TEST_CASE("a timer may be set again or destroyed by what it calls") {
  VirtualClock clock;
  VirtualLoop loop(clock);
  int ticks = 0;
  std::unique_ptr<Timer> timer;
  timer = std::make_unique<Timer>(loop, [&] {
    if (++ticks < 5) timer->set_after(1s);
    else timer.reset();
  });
  timer->set_after(1s);
  loop.advance(3500ms);
  CHECK(ticks == 3);
  loop.advance(1min);
  CHECK(ticks == 5);
  CHECK_FALSE(timer);
}

TEST_CASE("a virtual loop runs what is posted in order, and what that posts") {
  VirtualClock clock;
  VirtualLoop loop(clock);
  std::string order;
  loop.post([&] {
    order += "a";
    loop.post([&] { order += "c"; });
  });
  loop.post([&] { order += "b"; });
  CHECK(order.empty());
  loop.settle();
  CHECK(order == "abc");
  const auto wall = clock.wall_now();
  loop.advance(90s);
  CHECK(clock.wall_now() - wall == 90s);
  clock.jump_wall(-1h);
  CHECK(loop.now() - MonoTime(1h) == 90s);
}

}  // namespace genai::net

#include "platform/net/loop.hpp"

#include <utility>

namespace genai::net {

Timer::Timer(Loop& loop, std::function<void()> fire) : loop_(loop), fire_(std::move(fire)) {}

void Timer::set(MonoTime when) {
  if (armed()) loop_.remove(*this);
  when_ = when;
  loop_.insert(*this);
}

void Timer::set_after(Nanoseconds wait) { set(loop_.now() + wait); }

void Timer::clear() {
  if (armed()) loop_.remove(*this);
}

void Loop::place(Timer* timer, std::size_t slot) {
  heap_[slot] = timer;
  timer->slot_ = slot;
}

void Loop::sift_up(std::size_t slot) {
  Timer* timer = heap_[slot];
  for (; slot > 0 && timer->when_ < heap_[(slot - 1) / 2]->when_; slot = (slot - 1) / 2) place(heap_[(slot - 1) / 2], slot);
  place(timer, slot);
}

void Loop::sift_down(std::size_t slot) {
  Timer* timer = heap_[slot];
  for (;;) {
    std::size_t child = 2 * slot + 1;
    if (child >= heap_.size()) break;
    if (child + 1 < heap_.size() && heap_[child + 1]->when_ < heap_[child]->when_) ++child;
    if (timer->when_ <= heap_[child]->when_) break;
    place(heap_[child], slot);
    slot = child;
  }
  place(timer, slot);
}

void Loop::insert(Timer& timer) {
  heap_.push_back(&timer);
  timer.slot_ = heap_.size() - 1;
  sift_up(timer.slot_);
}

void Loop::remove(Timer& timer) {
  const std::size_t slot = std::exchange(timer.slot_, Timer::none);
  Timer* last = heap_.back();
  heap_.pop_back();
  if (last == &timer) return;
  place(last, slot);
  sift_up(slot);
  sift_down(last->slot_);
}

void Loop::run_due(MonoTime now) {
  while (!heap_.empty() && heap_.front()->when_ <= now) {
    Timer* timer = heap_.front();
    remove(*timer);
    timer->fire_();  // may destroy the timer
  }
}

void VirtualLoop::settle() {
  while (!posted_.empty() || (has_timers() && earliest() <= clock_.now())) {
    for (auto& work : std::exchange(posted_, {})) work();
    run_due(clock_.now());
  }
}

void VirtualLoop::advance(Nanoseconds by) {
  const MonoTime end = clock_.now() + by;
  settle();
  while (has_timers() && earliest() <= end) {
    if (earliest() > clock_.now()) clock_.advance(earliest() - clock_.now());
    settle();
  }
  clock_.advance(end - clock_.now());
  settle();
}

}  // namespace genai::net

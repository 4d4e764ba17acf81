// One place from which a request's waits can be ended: its client left, or the server is stopping.
#pragma once

#include <functional>
#include <utility>

namespace genai::net {

// Confined to a loop. A wait registers how to end itself; cancel() ends the registered wait and makes later ones end at once.
class Cancellation {
 public:
  Cancellation() = default;
  Cancellation(const Cancellation&) = delete;
  Cancellation& operator=(const Cancellation&) = delete;

  bool cancelled() const { return cancelled_; }
  void cancel() {
    if (std::exchange(cancelled_, true)) return;
    if (end_wait_) end_wait_();
  }

  // While alive, cancel() calls `end_wait`; when it came before, the constructor does. Scopes nest: the innermost is called.
  class Scope {
   public:
    Scope(Cancellation& of, std::function<void()> end_wait) : of_(of), outer_(std::exchange(of.end_wait_, std::move(end_wait))) {
      if (of_.cancelled_) of_.end_wait_();
    }
    Scope(const Scope&) = delete;
    ~Scope() { of_.end_wait_ = std::move(outer_); }

   private:
    Cancellation& of_;
    std::function<void()> outer_;
  };

 private:
  bool cancelled_ = false;
  std::function<void()> end_wait_;
};

}  // namespace genai::net

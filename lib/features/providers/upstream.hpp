// Where answers come from. A provider turns a chat into events; the gateway pulls them. One consumer, one loop.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "domain/chat/chat.hpp"
#include "domain/chat/event.hpp"
#include "platform/net/task.hpp"

namespace genai::providers {

// The time allowed: to connect, to the first event, between events (0: no limit of its own), and in all.
struct Deadlines {
  MonoTime connect;
  Nanoseconds first_event;
  Nanoseconds gap;
  MonoTime total;
};

// A running answer, pulled by one consumer on one loop. Destroying it cancels what is left, at once.
class EventSource {
 public:
  virtual ~EventSource() = default;
  // The next event; nothing after a clean end (the terminal `[DONE]` was seen, or the whole answer was given). An error ends the source.
  // What the event points to is valid until the next call.
  virtual net::Task<Result<std::optional<chat::Event>>> next() = 0;
  // Another next() would not wait.
  virtual bool ready() const = 0;
  // From another task of the same loop: a waiting next() ends with client_closed as soon as the loop turns. Idempotent.
  virtual void cancel() = 0;
};

// A provider's door on one loop.
class Upstream {
 public:
  virtual ~Upstream() = default;
  // Sends the chat under the model name that the provider knows and returns once its answer has begun with a good status. An error
  // means that nothing of an answer was seen. `cancel` is told how to cancel while this waits.
  virtual net::Task<Result<std::unique_ptr<EventSource>>> start(const chat::Chat& chat, std::string_view model, Deadlines deadlines,
                                                                 class Cancellation& cancellation) = 0;
};

// One place where a request's waits can be cancelled from: the client left, or the server is stopping. Confined to a loop.
// A wait registers how to end itself; cancel() ends the registered wait and makes later ones end at once.
class Cancellation {
 public:
  bool cancelled() const { return cancelled_; }
  void cancel() {
    if (cancelled_) return;
    cancelled_ = true;
    if (end_wait_) end_wait_();
  }
  // While alive, `end_wait` is what cancel() calls. Not nested.
  class Scope {
   public:
    Scope(Cancellation& of, std::function<void()> end_wait) : of_(of) {
      of_.end_wait_ = std::move(end_wait);
    }
    Scope(const Scope&) = delete;
    ~Scope() { of_.end_wait_ = nullptr; }

   private:
    Cancellation& of_;
  };

 private:
  bool cancelled_ = false;
  std::function<void()> end_wait_;
};

}  // namespace genai::providers

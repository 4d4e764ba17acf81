// Where answers come from. A provider turns a chat into events; the gateway pulls them. One consumer, one loop.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "domain/chat/chat.hpp"
#include "domain/chat/event.hpp"
#include "platform/net/cancellation.hpp"
#include "platform/net/task.hpp"

namespace genai::providers {

// The time allowed. Of streams `first_event` is to the first token and `gap` between two, whatever else comes in between.
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
  // means that nothing of an answer was seen. Ends with client_closed once cancelled.
  virtual net::Task<Result<std::unique_ptr<EventSource>>> start(const chat::Chat& chat, std::string_view model, Deadlines deadlines,
                                                                 net::Cancellation& cancellation) = 0;
};

}  // namespace genai::providers

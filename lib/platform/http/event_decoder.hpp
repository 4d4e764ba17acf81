// What streamed answers have in common: bytes come, events leave, whatever stands between them.
#pragma once

#include <optional>
#include <string_view>

#include "base/error.hpp"

namespace genai::http {

// One event of a stream. Valid until the decoder's next call of feed() or next().
struct StreamEvent {
  std::string_view data;
  std::string_view type;  // what kind it says it is, or empty
};

// Cuts a byte stream into events, however its bytes are split. Fixed memory, linear time. One owner.
class EventDecoder {
 public:
  virtual ~EventDecoder() = default;
  // Takes the next bytes of the body. What next() gave before is no longer valid.
  virtual void feed(std::string_view bytes) = 0;
  // No bytes come any more: what waits is complete, where a framing needs no mark behind its last event.
  virtual void end() {}
  // The next complete event, or nothing yet. upstream_protocol when the bytes are no such stream; after an error: the error again.
  virtual Result<std::optional<StreamEvent>> next() = 0;
  // A complete event is certainly waiting: next() will give it. False may be wrong.
  virtual bool ready() const = 0;
};

}  // namespace genai::http

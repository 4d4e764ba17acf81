// Server-sent events (WHATWG HTML, section 9.2 "Server-sent events"), read incrementally.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace genai::http {

// Cuts a byte stream into events: CR, LF and CRLF line ends, a leading BOM, comments, multi-line data, UTF-8 split anywhere. Fixed
// memory: an event beyond `max_event` bytes is upstream_protocol.
class SseDecoder {
 public:
  static constexpr std::size_t default_max_event = 1024 * 1024;
  explicit SseDecoder(std::size_t max_event = default_max_event) : max_event_(max_event) {}

  // Takes the next bytes of the body. What next() gave before is no longer valid.
  void feed(std::string_view bytes);
  struct Event {
    std::string_view data;  // lines joined by LF; followed by at least 64 readable bytes
    std::string_view type;  // `event:`, or empty for "message"
  };
  // The next complete event with data, or nothing yet. Valid until the next call of feed() or next().
  Result<std::optional<Event>> next();
  // Bytes of an event that is not complete are waiting: at the end of a body they are lost by the standard.
  bool partial() const;
  // A complete event is certainly waiting.
  bool ready() const;

 private:
  std::size_t max_event_;
  std::string buffer_;         // not yet consumed input, with 64 bytes of padding capacity
  std::size_t begin_ = 0;      // of buffer_, consumed
  std::string data_;           // joined data when an event has several lines
  std::string type_;
  bool at_start_ = true;       // a BOM may still come
};

// "data: " + payload + "\n\n" appended; the payload holds no line end.
void append_event(std::string& to, std::string_view payload);

}  // namespace genai::http

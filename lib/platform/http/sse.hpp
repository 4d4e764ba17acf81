// Server-sent events (WHATWG HTML, section 9.2 "Server-sent events"), read incrementally.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "platform/http/event_decoder.hpp"

namespace genai::http {

// Cuts a byte stream into events: CR, LF and CRLF line ends, a leading BOM, comments, multi-line data, UTF-8 split anywhere. Fixed
// memory: an event beyond `max_event` bytes is upstream_protocol. Linear time, however the bytes are split: no byte is searched twice.
// The data of an event of one line, which is nearly every event, is not copied: it is handed out where it arrived.
class SseDecoder final : public EventDecoder {
 public:
  static constexpr std::size_t default_max_event = 1024 * 1024;
  explicit SseDecoder(std::size_t max_event = default_max_event) : max_event_(max_event) {}

  void feed(std::string_view bytes) override;
  // The next event with data, whose lines are joined by LF; its type is what `event:` said, or empty for "message".
  Result<std::optional<StreamEvent>> next() override;
  // Bytes of an event that is not complete are waiting: at the end of a body they are lost by the standard.
  bool partial() const;
  bool ready() const override;

 private:
  struct Line {
    std::size_t begin, end;  // of buffer_
  };
  std::optional<Line> next_line();
  bool skip_bom();
  void take(Line line);
  void take_data(Line value);
  void start_event();

  std::size_t max_event_;
  std::string buffer_;            // what arrived and is still needed
  std::size_t event_ = 0;         // of buffer_: where the event under way begins
  std::size_t line_ = 0;          // where the line under way begins
  std::size_t searched_ = 0;      // up to where no line end was found
  bool at_start_ = true;          // a BOM may still come
  bool after_cr_ = false;         // the line ended with CR: an LF that follows belongs to it
  std::size_t data_lines_ = 0;    // of the event under way
  Line data_at_{0, 0};            // its data while it is one line
  std::string data_;              // its data when it is several, each with LF
  std::string type_;
  bool stale_ = false;            // next() has given an event: its data and type go before the next one
};

// "data: " + payload + "\n\n" appended; the payload holds no line end.
void append_event(std::string& to, std::string_view payload);

}  // namespace genai::http

// Lines of JSON (application/x-ndjson: "NDJSON - Newline delimited JSON"; "JSON Lines"), read incrementally.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "platform/http/event_decoder.hpp"

namespace genai::http {

// Cuts a byte stream into its lines: LF and CRLF end one, empty lines say nothing. What stands in a line is not looked at. Fixed memory: a line
// beyond `max_line` bytes is upstream_protocol. Linear time, however the bytes are split: no byte is searched twice. No line is copied: it is handed
// out where it arrived.
//
// The last line may lack its LF: it is complete when the body is, and an object that was cut short is seen by whoever reads it as JSON.
class JsonLinesDecoder final : public EventDecoder {
 public:
  static constexpr std::size_t default_max_line = 1024 * 1024;
  explicit JsonLinesDecoder(std::size_t max_line = default_max_line) : max_line_(max_line) {}

  void feed(std::string_view bytes) override;
  void end() override { ended_ = true; }
  // The next line that is not empty, as the data of an event without a type.
  Result<std::optional<StreamEvent>> next() override;
  bool ready() const override;

 private:
  const std::size_t max_line_;
  std::string buffer_;        // what arrived and is still needed
  std::size_t line_ = 0;      // of buffer_: where the line under way begins
  std::size_t searched_ = 0;  // up to where no LF was found
  bool ended_ = false;
};

}  // namespace genai::http

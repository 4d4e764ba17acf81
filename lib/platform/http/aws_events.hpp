// Amazon's event streams, application/vnd.amazon.eventstream: messages in binary, each with headers, a payload and two checksums.
// Format: Amazon Lex V2 Developer Guide, "Event stream encoding"; Amazon Transcribe Developer Guide, "Event stream encoding"; Smithy, "Amazon Event Stream".
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "platform/http/event_decoder.hpp"

namespace genai::http {

// Cuts a byte stream into messages. The data of an event is its payload, its type what `:event-type` says. Exceptions and errors are events,
// too: their types are "exception:" and `:exception-type`, or "error:" and `:error-code`; the data of an error is its `:error-message`.
//
// upstream_protocol: a wrong checksum, lengths or headers that contradict each other, a message beyond `max_event` bytes, one that does not say
// what it is. A length is believed once the checksum over it is right, so that no garbage makes anyone wait for gigabytes.
class AwsEventDecoder final : public EventDecoder {
 public:
  static constexpr std::size_t default_max_event = 1024 * 1024;
  explicit AwsEventDecoder(std::size_t max_event = default_max_event) : max_event_(max_event) {}

  void feed(std::string_view bytes) override;
  Result<std::optional<StreamEvent>> next() override;
  bool ready() const override;

 private:
  struct Headers;
  std::string_view rest() const { return std::string_view(buffer_).substr(begin_); }
  Error fail(std::string what);
  Result<StreamEvent> read(std::string_view message);
  StreamEvent named(const Headers& headers, std::string_view payload);

  const std::size_t max_event_;
  std::string buffer_;      // what arrived and is still needed
  std::size_t begin_ = 0;   // of buffer_: where the next message begins
  std::string type_;        // of the event that was given, where it is put together
  std::optional<Error> error_;
};

// CRC-32 as gzip has it (RFC 1952, section 8).
std::uint32_t crc32(std::string_view bytes);

}  // namespace genai::http

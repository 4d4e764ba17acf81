// W3C Trace Context (Level 1): the header `traceparent`, which says of what distributed trace a request is a part.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace genai::telemetry {

// A place in a trace. The ids are never all zero.
struct TraceContext {
  std::array<std::uint8_t, 16> trace_id{};
  std::array<std::uint8_t, 8> span_id{};  // the parent of what is done for this request
  std::uint8_t flags = 0;                 // bit 0: the caller may have recorded it (sampled); the others have no meaning yet

  bool sampled() const { return (flags & 1U) != 0; }
  std::string trace_id_text() const;  // 32 lower-case hexadecimal digits
  std::string span_id_text() const;   // 16
  // As a header value of version 00. Of the flags only `sampled` is passed on: other bits must be zero (section 3.2.2.5.2).
  std::string header() const;
  friend bool operator==(const TraceContext&, const TraceContext&) = default;
};

// Reads one header value (section 3.2.2). Version 00 has exactly its 55 characters; of a higher version the first 55 are read as those of 00 and
// what follows must begin with '-'. Version ff, upper-case digits and ids of zeros are invalid: nothing, and a new trace is to be started.
std::optional<TraceContext> parse_traceparent(std::string_view value);

// The same trace one step further down: what is sent to the upstream. An id of zeros becomes 1.
TraceContext child_of(const TraceContext& parent, std::array<std::uint8_t, 8> span_id);

// A new trace from random bytes, sampled. Ids of zeros become 1.
TraceContext new_trace(std::array<std::uint8_t, 16> trace_id, std::array<std::uint8_t, 8> span_id);

}  // namespace genai::telemetry

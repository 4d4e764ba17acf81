// Messages of Amazon's event streams, put together the slow way.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace genai::http::testing {

// One bit at a time.
inline std::uint32_t slow_crc32(std::string_view bytes) {
  std::uint32_t value = 0xFFFFFFFFU;
  for (const char c : bytes) {
    value ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit) value = (value & 1) != 0 ? (value >> 1) ^ 0xEDB88320U : value >> 1;
  }
  return ~value;
}

inline std::string big_endian(std::uint32_t value, int size) {
  std::string to;
  for (int shift = (size - 1) * 8; shift >= 0; shift -= 8) to += static_cast<char>((value >> shift) & 255);
  return to;
}

inline std::string aws_text_header(std::string_view name, std::string_view value) {
  std::string to = big_endian(static_cast<std::uint32_t>(name.size()), 1);
  return ((to += name) += big_endian(7, 1) + big_endian(static_cast<std::uint32_t>(value.size()), 2)) += value;
}

inline std::string aws_message(std::string_view headers, std::string_view payload) {
  std::string to = big_endian(static_cast<std::uint32_t>(headers.size() + payload.size() + 16), 4) + big_endian(static_cast<std::uint32_t>(headers.size()), 4);
  to += big_endian(slow_crc32(to), 4);
  (to += headers) += payload;
  return to += big_endian(slow_crc32(to), 4);
}

inline std::string aws_event(std::string_view type, std::string_view payload) {
  return aws_message(aws_text_header(":event-type", type) + aws_text_header(":content-type", "application/json") + aws_text_header(":message-type", "event"), payload);
}

inline std::string aws_exception(std::string_view type, std::string_view payload) {
  return aws_message(aws_text_header(":exception-type", type) + aws_text_header(":message-type", "exception"), payload);
}

}  // namespace genai::http::testing

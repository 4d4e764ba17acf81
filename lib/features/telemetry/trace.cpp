#include "features/telemetry/trace.hpp"

#include <algorithm>
#include <span>

namespace genai::telemetry {
namespace {

// version-traceid-parentid-flags
constexpr std::size_t trace_at = 3, parent_at = 36, flags_at = 53, length_of_00 = 55;
constexpr char digits[] = "0123456789abcdef";

void append_hex(std::string& to, std::span<const std::uint8_t> bytes) {
  for (const auto byte : bytes) {
    to += digits[byte >> 4];
    to += digits[byte & 15U];
  }
}

int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

bool read_hex(std::string_view text, std::span<std::uint8_t> bytes) {
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const int high = digit(text[2 * i]), low = digit(text[2 * i + 1]);
    if (high < 0 || low < 0) return false;
    bytes[i] = static_cast<std::uint8_t>(high << 4 | low);
  }
  return true;
}

bool is_zero(std::span<const std::uint8_t> bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](std::uint8_t byte) { return byte == 0; });
}

template <std::size_t size>
std::array<std::uint8_t, size> not_zero(std::array<std::uint8_t, size> id) {
  if (is_zero(id)) id.back() = 1;
  return id;
}

}  // namespace

std::string TraceContext::trace_id_text() const {
  std::string text;
  append_hex(text, trace_id);
  return text;
}

std::string TraceContext::span_id_text() const {
  std::string text;
  append_hex(text, span_id);
  return text;
}

std::string TraceContext::header() const {
  std::string text;
  text.reserve(length_of_00);
  text += "00-";
  append_hex(text, trace_id);
  text += '-';
  append_hex(text, span_id);
  text += sampled() ? "-01" : "-00";
  return text;
}

std::optional<TraceContext> parse_traceparent(std::string_view value) {
  if (value.size() < length_of_00) return std::nullopt;
  std::array<std::uint8_t, 1> version{}, flags{};
  if (!read_hex(value, version) || version[0] == 0xff) return std::nullopt;
  if (version[0] == 0 && value.size() != length_of_00) return std::nullopt;
  if (value.size() > length_of_00 && value[length_of_00] != '-') return std::nullopt;
  if (value[trace_at - 1] != '-' || value[parent_at - 1] != '-' || value[flags_at - 1] != '-') return std::nullopt;
  TraceContext context;
  if (!read_hex(value.substr(trace_at), context.trace_id) || !read_hex(value.substr(parent_at), context.span_id) ||
      !read_hex(value.substr(flags_at), flags)) {
    return std::nullopt;
  }
  if (is_zero(context.trace_id) || is_zero(context.span_id)) return std::nullopt;
  context.flags = flags[0];
  return context;
}

TraceContext child_of(const TraceContext& parent, std::array<std::uint8_t, 8> span_id) {
  return {.trace_id = parent.trace_id, .span_id = not_zero(span_id), .flags = parent.flags};
}

TraceContext new_trace(std::array<std::uint8_t, 16> trace_id, std::array<std::uint8_t, 8> span_id) {
  return {.trace_id = not_zero(trace_id), .span_id = not_zero(span_id), .flags = 1};
}

}  // namespace genai::telemetry

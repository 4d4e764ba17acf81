#include "platform/json/writer.hpp"

#include <charconv>

#include "platform/json/scan.hpp"

namespace genai::json {
namespace {

constexpr char hex[] = "0123456789abcdef";
constexpr std::string_view replacement = "\xEF\xBF\xBD";

void append_special(std::string& to, char c) {
  switch (c) {
    case '"': to += "\\\""; return;
    case '\\': to += "\\\\"; return;
    case '\n': to += "\\n"; return;
    case '\r': to += "\\r"; return;
    case '\t': to += "\\t"; return;
    default: {
      const auto byte = static_cast<unsigned char>(c);
      to += "\\u00";
      to += hex[byte >> 4];
      to += hex[byte & 15];
    }
  }
}

}  // namespace

void detail::append_utf8(std::string& to, unsigned code_point) {
  const auto put = [&to](unsigned byte) { to += static_cast<char>(static_cast<unsigned char>(byte)); };
  const auto tail = [&](unsigned shift) { put(0x80 | ((code_point >> shift) & 0x3F)); };
  if (code_point < 0x80) return put(code_point);
  if (code_point < 0x800) {
    put(0xC0 | (code_point >> 6));
  } else if (code_point < 0x10000) {
    put(0xE0 | (code_point >> 12));
    tail(6);
  } else {
    put(0xF0 | (code_point >> 18));
    tail(12);
    tail(6);
  }
  tail(0);
}

void append_escaped(std::string& to, std::string_view text) {
  const char* p = text.data();
  const char* const end = p + text.size();
  while (p != end) {
    const char* const special = detail::skip_plain(p, end);
    to.append(p, special);
    p = special;
    if (p == end) return;
    if (static_cast<signed char>(*p) >= 0) {
      append_special(to, *p++);
    } else if (const std::size_t size = detail::utf8_sequence(p, end)) {
      to.append(p, size);
      p += size;
    } else {
      to += replacement;
      ++p;
    }
  }
}

void append_string(std::string& to, std::string_view text) {
  to += '"';
  append_escaped(to, text);
  to += '"';
}

void append_integer(std::string& to, std::int64_t value) {
  char digits[24];
  to.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
}

}  // namespace genai::json

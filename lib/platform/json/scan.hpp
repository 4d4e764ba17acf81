// What reader and writer know about bytes. Private to this folder.
#pragma once

#include <bit>
#include <cstddef>
#include <string>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace genai::json::detail {

inline bool is_plain(char c) { return static_cast<signed char>(c) >= 0x20 && c != '"' && c != '\\'; }

// The first byte in [p, end) that needs a look inside a string: quote, backslash, control, or not ASCII.
inline const char* skip_plain(const char* p, const char* end) {
#ifdef __SSE2__
  const __m128i quote = _mm_set1_epi8('"'), backslash = _mm_set1_epi8('\\'), blank = _mm_set1_epi8(0x20);
  for (; end - p >= 16; p += 16) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
    const __m128i marked =  // signed: bytes beyond ASCII are below a blank too
        _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(bytes, quote), _mm_cmpeq_epi8(bytes, backslash)), _mm_cmplt_epi8(bytes, blank));
    if (const int mask = _mm_movemask_epi8(marked)) return p + std::countr_zero(static_cast<unsigned>(mask));
  }
#endif
  while (p != end && is_plain(*p)) ++p;
  return p;
}

// The length of the well-formed UTF-8 sequence at p (Unicode 15, table 3-7), or 0.
inline std::size_t utf8_sequence(const char* p, const char* end) {
  const auto byte = [p](std::size_t i) { return static_cast<unsigned char>(p[i]); };
  const auto tail = [&](std::size_t i) { return (byte(i) & 0xC0) == 0x80; };
  const auto left = static_cast<std::size_t>(end - p);
  if (left == 0) return 0;
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  if (first < 0xC2) return 0;
  if (first < 0xE0) return left >= 2 && tail(1) ? 2 : 0;
  if (first < 0xF0) {
    if (left < 3 || !tail(1) || !tail(2)) return 0;
    if (first == 0xE0 && byte(1) < 0xA0) return 0;  // overlong
    return first == 0xED && byte(1) >= 0xA0 ? 0 : 3;  // surrogates
  }
  if (first > 0xF4 || left < 4 || !tail(1) || !tail(2) || !tail(3)) return 0;
  if (first == 0xF0 && byte(1) < 0x90) return 0;  // overlong
  return first == 0xF4 && byte(1) >= 0x90 ? 0 : 4;  // beyond U+10FFFF
}

// A three-byte sequence of the range where every tail is legal, U+1000 to U+CFFF: most of what is not Latin, so it is asked first.
inline bool is_common_triple(const char* p, const char* end) {
  if (end - p < 3) return false;
  const auto byte = [p](std::size_t i) { return unsigned{static_cast<unsigned char>(p[i])}; };
  return byte(0) - 0xE1 <= 0xEC - 0xE1 && (byte(1) & 0xC0) == 0x80 && (byte(2) & 0xC0) == 0x80;
}

// Over well-formed sequences to the first byte that is ASCII, or not well-formed, or the end: text beyond ASCII comes in runs.
inline const char* skip_beyond_ascii(const char* p, const char* end) {
  while (p != end && static_cast<signed char>(*p) < 0) {
    const std::size_t size = is_common_triple(p, end) ? 3 : utf8_sequence(p, end);
    if (size == 0) break;
    p += size;
  }
  return p;
}

inline int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

inline std::size_t utf8_size(unsigned code_point) {
  return code_point < 0x80 ? 1 : code_point < 0x800 ? 2 : code_point < 0x10000 ? 3 : 4;
}

void append_utf8(std::string& to, unsigned code_point);

}  // namespace genai::json::detail

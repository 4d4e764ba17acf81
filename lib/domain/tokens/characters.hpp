// What pretokenizers ask of a character: its general category (Unicode 16.0.0, generated table) and White_Space. Private to this folder.
#pragma once

#include <array>
#include <cstdint>

namespace genai::tokens::detail {

#include "domain/tokens/unicode_data.inc"

enum class Class : std::uint8_t {
  other,
  upper,     // Lu, Lt
  lower,     // Ll
  caseless,  // Lm, Lo
  mark,      // M
  number,    // N
  space,     // White_Space but CR and LF
  newline,   // CR, LF
};

constexpr bool is_letter(Class c) { return c == Class::upper || c == Class::lower || c == Class::caseless; }
constexpr bool is_blank(Class c) { return c == Class::space || c == Class::newline; }

constexpr Class class_of(std::uint32_t code_point) {
  return static_cast<Class>(class_blocks[class_index[code_point >> 7] * 128u + (code_point & 127)]);
}

// The first block, for bytes of ASCII; what is beyond has no class here.
constexpr Class ascii_class(char c) { return static_cast<Class>(class_blocks[class_index[0] * 128u + (static_cast<unsigned char>(c) & 127)]); }
constexpr bool is_ascii(char c) { return static_cast<signed char>(c) >= 0; }

// A character of well-formed UTF-8.
struct Character {
  Class kind;
  std::uint8_t size;  // in bytes
};

[[gnu::always_inline]] inline Character character_at(const char* p) {
  const auto byte = [p](int i) { return static_cast<std::uint32_t>(static_cast<unsigned char>(p[i])); };
  const auto first = byte(0);
  if (first < 0x80) return {static_cast<Class>(class_blocks[class_index[0] * 128u + first]), 1};
  if (first < 0xE0) return {class_of((first & 0x1F) << 6 | (byte(1) & 0x3F)), 2};
  if (first < 0xF0) return {class_of((first & 0x0F) << 12 | (byte(1) & 0x3F) << 6 | (byte(2) & 0x3F)), 3};
  return {class_of((first & 0x07) << 18 | (byte(1) & 0x3F) << 12 | (byte(2) & 0x3F) << 6 | (byte(3) & 0x3F)), 4};
}

}  // namespace genai::tokens::detail

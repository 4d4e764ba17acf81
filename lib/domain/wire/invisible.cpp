#include "domain/wire/invisible.hpp"

#include <cstdint>
#include <utility>

namespace genai::wire {
namespace {

constexpr char32_t black_flag = 0x1F3F4, cancel_tag = 0xE007F;

// A character as it stands in the text, raw or escaped.
struct Character {
  char32_t value = 0;
  std::size_t size = 1;  // in bytes of the text
};

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// The unit of \uXXXX at `at`, or -1.
std::int32_t escaped_unit(std::string_view text, std::size_t at) {
  if (text.size() < at + 6 || text[at] != '\\' || text[at + 1] != 'u') return -1;
  std::int32_t value = 0;
  for (std::size_t i = 2; i < 6; ++i) {
    const int digit = hex_digit(text[at + i]);
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

Character escaped_at(std::string_view text, std::size_t at) {
  const auto high = escaped_unit(text, at);
  if (high < 0) return {U'\\', text.size() > at + 1 ? 2U : 1U};  // another escape, or a broken one
  if (high < 0xD800 || high >= 0xDC00) return {static_cast<char32_t>(high), 6};
  const auto low = escaped_unit(text, at + 6);
  if (low < 0xDC00 || low >= 0xE000) return {static_cast<char32_t>(high), 6};
  return {static_cast<char32_t>(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00)), 12};
}

Character character_at(std::string_view text, std::size_t at) {
  const auto byte = [text, at](std::size_t i) { return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0U; };
  const unsigned first = byte(0);
  if (first == '\\') return escaped_at(text, at);
  const std::size_t size = first < 0xC0 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  if (size == 1 || at + size > text.size()) return {first, 1};
  char32_t value = first & (0x7FU >> size);
  for (std::size_t i = 1; i < size; ++i) value = (value << 6) | (byte(i) & 0x3F);
  return {value, size};
}

bool is_tag(char32_t c) { return c >= 0xE0000 && c <= cancel_tag; }
bool is_directional(char32_t c) { return (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069); }
bool is_zero_width(char32_t c) { return (c >= 0x200B && c <= 0x200D) || c == 0x2060 || c == 0xFEFF; }

// Nearly every text has none of the bytes with which these characters begin.
bool may_hide(std::string_view text) {
  return text.find('\xE2') != text.npos || text.find('\xF3') != text.npos || text.find('\xEF') != text.npos || text.find("\\u") != text.npos;
}

// One pass: each character is kept or left out as soon as what follows has decided it.
class Scan {
 public:
  explicit Scan(std::string_view text) : text_(text) {}

  Invisible run() {
    for (std::size_t at = 0; at < text_.size();) {
      const auto character = character_at(text_, at);
      if (character.value == black_flag) at = flag(at + character.size, at);
      else if (is_tag(character.value) || is_directional(character.value)) at = hide(at, character.size);
      else if (is_zero_width(character.value)) at = zero_width(at);
      else at = keep(at, character.size);
    }
    if (result_.found == 0) result_.text.clear();
    return std::move(result_);
  }

 private:
  std::size_t keep(std::size_t at, std::size_t size) {
    result_.text.append(text_, at, size);
    return at + size;
  }
  std::size_t hide(std::size_t at, std::size_t size) {
    ++result_.found;
    return at + size;
  }
  // Tags behind a black flag are a region's flag if they end as one.
  std::size_t flag(std::size_t at, std::size_t begin) {
    std::size_t end = at;
    char32_t last = 0;
    while (end < text_.size()) {
      const auto next = character_at(text_, end);
      if (!is_tag(next.value)) break;
      last = next.value;
      end += next.size;
      if (last == cancel_tag) break;
    }
    return keep(begin, (last == cancel_tag ? end : at) - begin);
  }
  std::size_t zero_width(std::size_t begin) {
    std::size_t end = begin, count = 0;
    while (end < text_.size()) {
      const auto next = character_at(text_, end);
      if (!is_zero_width(next.value)) break;
      end += next.size;
      ++count;
    }
    if (count == 1) return keep(begin, end - begin);
    result_.found += count;
    return end;
  }

  const std::string_view text_;
  Invisible result_;
};

}  // namespace

Invisible find_invisible(std::string_view json) { return may_hide(json) ? Scan(json).run() : Invisible{}; }

}  // namespace genai::wire

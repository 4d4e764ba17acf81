#include "domain/tokens/utf8.hpp"

#include <simdjson.h>
#include <utf8proc.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>

namespace genai::tokens::detail {
namespace {

struct Sequence {
  std::size_t size;  // of the sequence, or of the maximal part that is wrong; at least 1
  bool whole;        // well-formed
  bool cut;          // right as far as the text goes
};

// Unicode 16, table 3-7: the second byte has its own range behind some first bytes.
Sequence sequence_at(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::uint8_t first = byte(0);
  if (first < 0x80) return {1, true, false};
  if (first < 0xC2 || first > 0xF4) return {1, false, false};
  const std::size_t size = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  const std::uint8_t least = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
  const std::uint8_t most = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
  for (std::size_t i = 1; i < size; ++i) {
    if (i == text.size()) return {i, false, true};
    if (byte(i) < (i == 1 ? least : 0x80) || byte(i) > (i == 1 ? most : 0xBF)) return {i, false, false};
  }
  return {size, true, false};
}

}  // namespace

bool is_utf8(std::string_view text) { return simdjson::validate_utf8(text.data(), text.size()); }

std::string to_utf8(std::string_view text) {
  std::string good;
  good.reserve(text.size() + text.size() / 8);
  while (!text.empty()) {
    const auto sequence = sequence_at(text);
    good += sequence.whole ? text.substr(0, sequence.size) : std::string_view("\xEF\xBF\xBD");
    text.remove_prefix(sequence.size);
  }
  return good;
}

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<signed char>(c) >= 0; });
}

std::string to_nfc(std::string_view text) {
  utf8proc_uint8_t* composed = nullptr;
  const auto size = utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()), static_cast<utf8proc_ssize_t>(text.size()), &composed,
                                 static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE));
  const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owned(composed, &std::free);
  if (size < 0) throw std::bad_alloc();  // the only failure for well-formed text
  return std::string(reinterpret_cast<const char*>(composed), static_cast<std::size_t>(size));
}

std::size_t unfinished(std::string_view text) {
  for (std::size_t size = 1; size <= std::min<std::size_t>(3, text.size()); ++size) {
    const auto tail = text.substr(text.size() - size);
    if ((static_cast<std::uint8_t>(tail[0]) & 0xC0) == 0x80) continue;  // not where a sequence begins
    return sequence_at(tail).cut ? size : 0;
  }
  return 0;
}

}  // namespace genai::tokens::detail

// Pretokenizers: where the next piece of a text ends. Written by hand from the ordered alternatives of the published patterns
// (openai/tiktoken, tiktoken_ext/openai_public.py; tokenizer.json of Llama-3, Qwen2 and Mistral-Nemo), since no regular expression engine
// at hand knows their look-ahead at this speed. L, N, M, Lu... are general categories, s is White_Space, first alternative that matches wins:
//
//   gpt2    's 't 're 've 'm 'll 'd |  ?L+ |  ?N+ |  ?[^sLN]+ | s+(?!S) | s+
//   cl100k  the same in any case | [^\r\nLN]?L+ | N{1,3} |  ?[^sLN]+[\r\n]* | s*[\r\n]+ | s+(?!S) | s+            Qwen2: N instead of N{1,3}
//   o200k   [^\r\nLN]? X* Y+ 's...? | [^\r\nLN]? X+ Y* 's...? | N{1,3} |  ?[^sLN]+[\r\n/]* | s*[\r\n]+ | s+(?!S) | s+
//           with X = Lu Lt Lm Lo M and Y = Ll Lm Lo M                                      Mistral-Nemo: N, and no contractions behind a word
//
// "Any case" is by Unicode's simple folding, so the long s U+017F is an s. Each piece costs time in proportion to what is looked at, and no
// byte is looked at by more than a few pieces. The text is well-formed UTF-8. Private to this folder. Test: scan_test.cpp, against a slow
// matcher of the alternatives as they stand here.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "domain/tokens/characters.hpp"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace genai::tokens::detail {

enum class Pattern : std::uint8_t { gpt2, cl100k, qwen2, o200k, tekken };

// ---- runs of ASCII letters, 16 bytes at a time where the processor can (SSE2 is part of every x86-64)

#ifdef __SSE2__
inline constexpr std::ptrdiff_t lane = 16;

// A bit for each of the 16 bytes in [first, first + 25].
inline unsigned in_alphabet(__m128i bytes, char first) {
  // Moved to the bottom of the signed range: what was in the alphabet is below -128 + 26.
  const __m128i moved = _mm_add_epi8(bytes, _mm_set1_epi8(static_cast<char>(-128 - first)));
  return static_cast<unsigned>(_mm_movemask_epi8(_mm_cmplt_epi8(moved, _mm_set1_epi8(-128 + 26))));
}

inline const char* skip_letters(const char* p, const char* end) {
  for (; end - p >= lane; p += lane) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
    const unsigned letters = in_alphabet(_mm_or_si128(bytes, _mm_set1_epi8(0x20)), 'a');
    if (letters != 0xFFFF) return p + std::countr_one(letters);
  }
  while (p != end && is_ascii(*p) && is_letter(ascii_class(*p))) ++p;
  return p;
}

// Over upper-case and then over lower-case letters.
inline const char* skip_word(const char* p, const char* end) {
  if (end - p >= lane) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
    const unsigned upper = in_alphabet(bytes, 'A'), lower = in_alphabet(bytes, 'a');
    const unsigned capitals = static_cast<unsigned>(std::countr_one(upper));
    // The bit where the run of lower-case letters that begins behind the capitals ends.
    const unsigned behind = static_cast<unsigned>(std::countr_zero(~(lower >> capitals))) + capitals;
    if (behind < 16) return p + behind;
  }
  while (p != end && is_ascii(*p) && ascii_class(*p) == Class::upper) ++p;
  while (p != end && is_ascii(*p) && ascii_class(*p) == Class::lower) ++p;
  return p;
}
#else
inline const char* skip_letters(const char* p, const char* end) {
  while (p != end && is_ascii(*p) && is_letter(ascii_class(*p))) ++p;
  return p;
}
inline const char* skip_word(const char* p, const char* end) {
  while (p != end && is_ascii(*p) && ascii_class(*p) == Class::upper) ++p;
  while (p != end && is_ascii(*p) && ascii_class(*p) == Class::lower) ++p;
  return p;
}
#endif

template <Pattern pattern>
class Scanner {
 public:
  explicit Scanner(const char* end) : end_(end) {}

  // The end of the piece that begins at p, p < end.
  const char* piece(const char* p) const {
    if constexpr (pattern == Pattern::gpt2) return gpt2(p);
    if constexpr (pattern == Pattern::cl100k || pattern == Pattern::qwen2) return cl100k(p);
    if constexpr (pattern == Pattern::o200k || pattern == Pattern::tekken) return o200k(p);
  }

 private:
  static constexpr int most_digits = pattern == Pattern::cl100k || pattern == Pattern::o200k ? 3 : 1;
  static constexpr bool slash_in_tail = pattern == Pattern::o200k || pattern == Pattern::tekken;

  static bool is_other(Class c) { return c == Class::other || c == Class::mark; }  // [^sLN]

  template <class Wanted>
  const char* skip(const char* p, Wanted wanted) const {
    while (p != end_) {
      const auto c = character_at(p);
      if (!wanted(c.kind)) break;
      p += c.size;
    }
    return p;
  }

  const char* letters(const char* p) const {
    for (;;) {
      p = skip_letters(p, end_);
      if (p == end_ || is_ascii(*p)) return p;
      const auto from = p;
      while (p != end_ && !is_ascii(*p)) {
        const auto c = character_at(p);
        if (!is_letter(c.kind)) return p;
        p += c.size;
      }
      if (p == from) return p;
    }
  }

  const char* digits(const char* p) const {
    for (int i = 0; i < most_digits && p != end_; ++i) {
      const auto c = character_at(p);
      if (c.kind != Class::number) break;
      p += c.size;
    }
    return p;
  }

  // Behind "[^sLN]+" that began before p, and its tail.
  const char* others(const char* p) const {
    p = skip(p, is_other);
    if constexpr (pattern != Pattern::gpt2) {
      while (p != end_ && (*p == '\n' || *p == '\r' || (slash_in_tail && *p == '/'))) ++p;
    }
    return p;
  }

  // White space begins at p, and the alternatives before have failed.
  const char* blanks(const char* p) const {
    const char* last_newline = nullptr;
    const char* last = p;
    const char* at = p;
    while (at != end_) {
      const auto c = character_at(at);
      if (!is_blank(c.kind)) break;
      last = at;
      at += c.size;
      if (c.kind == Class::newline) last_newline = at;
    }
    if (pattern != Pattern::gpt2 && last_newline != nullptr) return last_newline;
    return at == end_ || last == p ? at : last;
  }

  // Of the apostrophe at p and what follows: 's, 't, 're, 've, 'm, 'll, 'd; or 0.
  template <bool any_case>
  std::ptrdiff_t contraction(const char* p) const {
    const auto left = end_ - p;
    if (left < 2) return 0;
    const auto fold = [](char c) { return static_cast<char>(any_case && c >= 'A' && c <= 'Z' ? c | 0x20 : c); };
    const char a = fold(p[1]);
    if (a == 's' || a == 't' || a == 'm' || a == 'd') return 2;
    if (left < 3) return 0;
    const char b = fold(p[2]);
    if ((b == 'e' && (a == 'r' || a == 'v')) || (a == 'l' && b == 'l')) return 3;
    return any_case && p[1] == '\xC5' && p[2] == '\xBF' ? 3 : 0;  // the long s
  }

  const char* gpt2(const char* p) const {
    const auto first = character_at(p);
    if (*p == '\'') {
      if (const auto size = contraction<false>(p)) return p + size;
    }
    const auto from = *p == ' ' && p + 1 != end_ ? p + 1 : p;
    const auto c = from == p ? first : character_at(from);
    if (is_letter(c.kind)) return letters(from + c.size);
    if (c.kind == Class::number) return skip(from + c.size, [](Class kind) { return kind == Class::number; });
    if (is_other(c.kind)) return others(from + c.size);
    return blanks(p);
  }

  const char* cl100k(const char* p) const {
    const auto first = character_at(p);
    if (is_letter(first.kind)) return letters(p + first.size);
    if (first.kind == Class::number) return digits(p);
    if (*p == '\'') {
      if (const auto size = contraction<true>(p)) return p + size;
    }
    const auto next = p + first.size;
    if (first.kind == Class::newline) return blanks(p);
    if (next == end_) return next;
    const auto second = character_at(next);
    if (is_letter(second.kind)) return letters(next + second.size);
    if (is_other(first.kind)) return others(next);
    if (*p == ' ' && is_other(second.kind)) return others(next + second.size);
    return blanks(p);
  }

  // "X*Y+" at p, or null. X+ is greedy and gives back: with a lower-case letter behind the run it gives back nothing, otherwise all that is
  // behind the last character which is both X and Y.
  const char* cased(const char* p) const {
    const char* last_both = nullptr;
    while (p != end_) {
      const auto c = character_at(p);
      if (c.kind == Class::lower) return skip(p, [](Class k) { return k == Class::lower || k == Class::caseless || k == Class::mark; });
      if (c.kind != Class::upper && c.kind != Class::caseless && c.kind != Class::mark) break;
      p += c.size;
      if (c.kind != Class::upper) last_both = p;
    }
    return last_both;
  }
  const char* uppers(const char* p) const { return skip(p, [](Class kind) { return kind == Class::upper; }); }

  const char* with_contraction(const char* p) const {
    if constexpr (pattern == Pattern::tekken) return p;
    return p != end_ && *p == '\'' ? p + contraction<true>(p) : p;
  }

  // A word whose first letter is at p, when it and what follows is ASCII; or null.
  const char* ascii_word(const char* p) const {
    const auto behind = skip_word(p, end_);
    return behind == end_ || is_ascii(*behind) ? with_contraction(behind) : nullptr;
  }

  const char* o200k(const char* p) const {
    const auto first = character_at(p);
    if (is_letter(first.kind)) {
      if (const auto word = ascii_word(p)) return word;
      const auto behind = cased(p);
      return with_contraction(behind != nullptr ? behind : uppers(p));
    }
    if (first.kind == Class::number) return digits(p);
    if (first.kind == Class::newline) return blanks(p);
    const auto next = p + first.size;
    if (next == end_) return next;
    const auto second = character_at(next);
    if (is_letter(second.kind) && first.kind != Class::mark) {
      if (const auto word = ascii_word(next)) return word;
    }
    if (is_letter(second.kind) || second.kind == Class::mark || first.kind == Class::mark) {
      if (const auto behind = cased(next)) return with_contraction(behind);
      if (first.kind == Class::mark) return with_contraction(next);  // X* gave all back but the mark itself
      if (const auto behind = uppers(next); behind != next) return with_contraction(behind);
    }
    if (is_other(first.kind)) return others(next);
    if (*p == ' ' && is_other(second.kind)) return others(next + second.size);
    return blanks(p);
  }

  const char* end_;
};

}  // namespace genai::tokens::detail

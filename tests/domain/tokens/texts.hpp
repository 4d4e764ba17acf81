// Random texts that look for trouble: every kind of character, and the few that patterns name.
#pragma once

#include <string>
#include <vector>

#include "base/rng.hpp"

namespace genai::tokens {

inline const std::vector<std::string>& ingredients() {
  static const std::vector<std::string> all{
      " ", "  ", "\t", "\n", "\r\n", "\r", "\n\n", "/", "'", "'s", "'S", "'ll", "'VE", "'\u017F", "'re", "it", "don", "The", "THE", "camelCase", "XMLHttp",
      "a", "B", "zz", "0", "12", "345", "6789", "!", "...", "#!", "->", "();", "_", "\u00E9", "\u00C9t\u00E9", "\u0301", "\u0308", "\u01C5", "\u01C4", "\u02B0",
      "\u00AA", "\u4E2D", "\u4E2D\u6587", "\u3042\u308A", "\uD55C\uAE00", "\u0939\u093F\u0928\u094D\u0926\u0940", "\u0627\u0644\u0639", "\u0E44\u0E17\u0E22",
      "\U0001F600", "\U0001F468\u200D\U0001F469", "\u200D", "\uFEFF", "\u0085", "\u00A0", "\u3000", "\u2028", "\u200B", "\u180E", "\u0660", "\u2167", "\u00BD",
      "\uFF0C", "\u3002", "\u0410\u0411", "\u0431\u0432", "\u03A3\u03C3", "\uA7CB", "\u1C89", "\U00010400", "\U00010428", "\U0001D7D8", "<|endoftext|>", "\x01"};
  return all;
}

inline std::string random_text(Rng& random, std::size_t most) {
  std::string text;
  for (auto count = random.next() % (most + 1); count > 0; --count) {
    const auto& some = ingredients()[random.next() % ingredients().size()];
    for (auto times = random.next() % 8 == 0 ? 1 + random.next() % 5 : 1; times > 0; --times) text += some;
  }
  return text;
}

}  // namespace genai::tokens

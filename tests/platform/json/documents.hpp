// Documents and mutations of them, from a seed.
#pragma once

#include <string>

#include "base/rng.hpp"

namespace genai::json::testing {

inline std::size_t below(Rng& rng, std::size_t n) { return static_cast<std::size_t>(rng.next() % n); }

inline std::string random_value(Rng& rng, unsigned depth);

inline std::string random_string(Rng& rng) {
  static constexpr const char* pieces[] = {"a",      "Z9 ",  "\\n",     "\\\"",         "\\\\",         "\\/",      "\\u0041", "\\u00e9",
                                           "\\ud83d\\ude00", "é",    "漢字", "\xF0\x9F\x98\x80", "long plain text, more than sixteen bytes", "\\t", "{", "]"};
  std::string text = "\"";
  for (std::size_t i = below(rng, 5); i > 0; --i) text += pieces[below(rng, std::size(pieces))];
  return text + "\"";
}

inline std::string random_container(Rng& rng, unsigned depth, bool object) {
  std::string text(1, object ? '{' : '[');
  const std::size_t count = below(rng, 5);
  for (std::size_t i = 0; i < count; ++i) {
    if (i > 0) text += below(rng, 4) == 0 ? " ,\n" : ",";
    if (object) text += "\"k" + std::to_string(i) + "\":" + (below(rng, 4) == 0 ? "\t" : "");
    text += random_value(rng, depth - 1);
  }
  return text + (object ? '}' : ']');
}

inline std::string random_value(Rng& rng, unsigned depth) {
  static constexpr const char* scalars[] = {"0", "-0", "12", "-3.25", "1e5", "1E-7", "2.5e+3", "18446744073709551616", "true", "false", "null"};
  const std::size_t choice = below(rng, depth == 0 ? 2 : 4);
  if (choice == 0) return scalars[below(rng, std::size(scalars))];
  if (choice == 1) return random_string(rng);
  return random_container(rng, depth, choice == 2);
}

// One small change: a byte replaced, removed, doubled or inserted, or the end cut off.
inline std::string mutated(std::string text, Rng& rng) {
  static constexpr char bytes[] = "{}[]:,\"\\ 01-.eEtfnu/ab\n\t\x01\x7f\x80\xC3\xED\xF0\xFF";
  if (text.empty()) return text;
  const std::size_t at = below(rng, text.size());
  const char byte = bytes[below(rng, sizeof bytes - 1)];
  switch (below(rng, 5)) {
    case 0: text[at] = byte; break;
    case 1: text.erase(at, 1); break;
    case 2: text.insert(at, 1, text[at]); break;
    case 3: text.insert(at, 1, byte); break;
    default: text.resize(at); break;
  }
  return text;
}

}  // namespace genai::json::testing

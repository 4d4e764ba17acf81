// The slow, obvious tokenizer: ordered alternatives tried at each position by backtracking, and merging the pair of lowest rank until there
// is none. Shared by test and fuzz target.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <numeric>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "domain/tokens/characters.hpp"
#include "domain/tokens/scan.hpp"
#include "domain/tokens/tokens.hpp"

namespace genai::tokens::oracle {

using detail::Class;
using detail::Pattern;

struct Letter {
  std::uint32_t code;
  Class kind;
  std::size_t begin, end;  // bytes
};

// Of well-formed UTF-8.
inline std::vector<Letter> letters_of(std::string_view text) {
  std::vector<Letter> letters;
  for (std::size_t at = 0; at < text.size();) {
    const auto first = static_cast<unsigned char>(text[at]);
    const std::size_t size = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    std::uint32_t code = size == 1 ? first : first & (0x7Fu >> size);
    for (std::size_t i = 1; i < size; ++i) code = code << 6 | (static_cast<unsigned char>(text[at + i]) & 0x3F);
    letters.push_back({code, detail::class_of(code), at, at + size});
    at += size;
  }
  return letters;
}

using Is = std::function<bool(const Letter&)>;
// One atom of an alternative: least to most letters, greedy; or, when `ahead` is set, a look that takes nothing.
struct Atom {
  Is is;
  std::size_t least = 1, most = 1;
  bool not_ahead = false;
};
using Alternative = std::vector<Atom>;

inline std::optional<std::size_t> match(const Alternative& of, std::size_t atom, const std::vector<Letter>& in, std::size_t at) {
  if (atom == of.size()) return at;
  const auto& [is, least, most, not_ahead] = of[atom];
  if (not_ahead) return at < in.size() && is(in[at]) ? std::nullopt : match(of, atom + 1, in, at);
  std::size_t taken = 0;
  while (taken < most && at + taken < in.size() && is(in[at + taken])) ++taken;
  for (;; --taken) {
    if (taken < least) return std::nullopt;
    if (const auto end = match(of, atom + 1, in, at + taken)) return end;
    if (taken == 0) return std::nullopt;
  }
}

// The alternatives as scan.hpp writes them down; of o200k the first two may have a contraction behind them.
inline std::vector<Alternative> alternatives(Pattern pattern, std::vector<Alternative>& contractions) {
  constexpr auto many = static_cast<std::size_t>(-1);
  const auto any = [](std::initializer_list<Class> kinds) {
    return [kinds = std::vector(kinds)](const Letter& l) { return std::find(kinds.begin(), kinds.end(), l.kind) != kinds.end(); };
  };
  const auto code = [](std::u32string_view codes) {
    return [codes = std::u32string(codes)](const Letter& l) { return codes.find(static_cast<char32_t>(l.code)) != std::u32string::npos; };
  };
  const Is L = any({Class::upper, Class::lower, Class::caseless}), N = any({Class::number}), s = any({Class::space, Class::newline});
  const Is S = any({Class::upper, Class::lower, Class::caseless, Class::mark, Class::number, Class::other});
  const Is other = any({Class::other, Class::mark}), X = any({Class::upper, Class::caseless, Class::mark});
  const Is Y = any({Class::lower, Class::caseless, Class::mark}), newline = code(U"\r\n"), blank = code(U" "), tail = code(U"\r\n/");
  const Is prefix = any({Class::other, Class::mark, Class::space});
  const bool any_case = pattern != Pattern::gpt2;
  const auto letter = [&](char32_t c) {
    std::u32string codes(1, c);
    if (any_case) codes += static_cast<char32_t>(c - 32);
    if (any_case && c == U's') codes += U'\u017F';
    return Atom{code(codes)};
  };
  for (const std::u32string_view word : {U"s", U"t", U"re", U"ve", U"m", U"ll", U"d"}) {
    contractions.push_back({Atom{code(U"'")}});
    for (const auto c : word) contractions.back().push_back(letter(c));
  }
  const Alternative end_blanks{{s, 1, many}, {S, 0, 0, true}}, blanks{{s, 1, many}}, lines{{s, 0, many}, {newline, 1, many}};
  if (pattern == Pattern::gpt2) {
    auto all = contractions;
    for (const auto& kind : {L, N, other}) all.push_back({{blank, 0, 1}, {kind, 1, many}});
    all.insert(all.end(), {end_blanks, blanks});
    return all;
  }
  const std::size_t digits = pattern == Pattern::cl100k || pattern == Pattern::o200k ? 3 : 1;
  std::vector<Alternative> all;
  if (pattern == Pattern::cl100k || pattern == Pattern::qwen2) {
    all = contractions;
    all.push_back({{prefix, 0, 1}, {L, 1, many}});
    all.insert(all.end(), {{{N, 1, digits}}, {{blank, 0, 1}, {other, 1, many}, {newline, 0, many}}, lines, end_blanks, blanks});
    return all;
  }
  all.push_back({{prefix, 0, 1}, {X, 0, many}, {Y, 1, many}});
  all.push_back({{prefix, 0, 1}, {X, 1, many}, {Y, 0, many}});
  all.insert(all.end(), {{{N, 1, digits}}, {{blank, 0, 1}, {other, 1, many}, {tail, 0, many}}, lines, end_blanks, blanks});
  return all;
}

// The pieces of well-formed UTF-8.
class Splitter {
 public:
  explicit Splitter(Pattern pattern) : pattern_(pattern), alternatives_(alternatives(pattern, contractions_)) {}
  std::vector<std::string> pieces(std::string_view text) const {
    const auto letters = letters_of(text);
    std::vector<std::string> pieces;
    for (std::size_t at = 0; at < letters.size();) {
      const auto end = piece(letters, at);
      pieces.emplace_back(text.substr(letters[at].begin, letters[end - 1].end - letters[at].begin));
      at = end;
    }
    return pieces;
  }

 private:
  std::size_t piece(const std::vector<Letter>& letters, std::size_t at) const {
    for (std::size_t i = 0; i < alternatives_.size(); ++i) {
      const auto end = match(alternatives_[i], 0, letters, at);
      if (!end) continue;
      if (pattern_ == Pattern::o200k && i < 2) {
        for (const auto& contraction : contractions_) {
          if (const auto with = match(contraction, 0, letters, *end)) return *with;
        }
      }
      return *end;
    }
    throw std::logic_error("no alternative matches");
  }
  Pattern pattern_;
  std::vector<Alternative> contractions_, alternatives_;
};

// tiktoken's way: a whole piece that is a token is that token; else bytes merge by rank.
class Tokenizer {
 public:
  Tokenizer(const Encoding& encoding, Pattern pattern) : splitter_(pattern) {
    for (TokenId id = 0; id < encoding.size(); ++id) {
      const bool special = std::any_of(encoding.special_tokens().begin(), encoding.special_tokens().end(), [id](const auto& s) { return s.id == id; });
      const auto bytes = encoding.decode(std::span(&id, 1));
      if (!special && bytes) ranks_.emplace(*bytes, id);
    }
  }
  std::vector<TokenId> encode(std::string_view text) const {
    std::vector<TokenId> ids;
    for (const auto& piece : splitter_.pieces(text)) merge(piece, ids);
    return ids;
  }
  void merge(const std::string& piece, std::vector<TokenId>& ids) const {
    if (const auto whole = ranks_.find(piece); whole != ranks_.end()) return ids.push_back(whole->second);
    std::vector<std::size_t> ends(piece.size() + 1);
    std::iota(ends.begin(), ends.end(), 0u);
    for (;;) {
      TokenId best = UINT32_MAX;
      std::size_t at = 0;
      for (std::size_t i = 0; i + 2 < ends.size(); ++i) {
        const auto found = ranks_.find(piece.substr(ends[i], ends[i + 2] - ends[i]));
        if (found != ranks_.end() && found->second < best) best = found->second, at = i + 1;
      }
      if (best == UINT32_MAX) break;
      ends.erase(ends.begin() + static_cast<std::ptrdiff_t>(at));
    }
    for (std::size_t i = 0; i + 1 < ends.size(); ++i) ids.push_back(ranks_.at(piece.substr(ends[i], ends[i + 1] - ends[i])));
  }

 private:
  Splitter splitter_;
  std::unordered_map<std::string, TokenId> ranks_;
};

}  // namespace genai::tokens::oracle

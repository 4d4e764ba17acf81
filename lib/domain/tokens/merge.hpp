// Merging the bytes of one piece into tokens, in linear time. Private to this folder.
//
// Instead of merging pair by pair the tokens are found from left to right: a sequence in which each two neighbours stay apart
// (stays_apart) is what merging gives, and there is only one such sequence for each beginning of the piece. So: take the longest token that
// fits behind the last one, a shorter one if those two would not stay apart, and go back one token if none is left; a position that was
// given up is never tried again. Each position is visited once and tries at most the tokens that begin there, so the time is linear in the
// size of the piece, whatever it holds. (The idea is that of the crate `bpe` of github/rust-gems.)
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "domain/tokens/tables.hpp"

namespace genai::tokens::detail {

// Working memory of merge(), kept by its caller between pieces: 4 bytes and a bit for each byte of the longest piece.
class Merger {
 public:
  // Hands the tokens of the piece [p, p + size) to `take(const Token*, count)`; size > 0.
  template <class Take>
  void merge(const Tables& tables, const char* p, std::size_t size, Take take) {
    if (size <= small) {
      std::array<Token, small> stack;
      std::uint64_t given_up = 0;
      struct Small {
        std::uint64_t& bits;
        bool test(std::size_t at) const { return (bits >> at) & 1; }
        void set(std::size_t at) { bits |= std::uint64_t{1} << at; }
      };
      take(stack.data(), merge(tables, p, size, stack.data(), Small{given_up}));
    } else {
      stack_.resize(size);
      given_up_.assign(size / 64 + 1, 0);
      struct Large {
        std::uint64_t* bits;
        bool test(std::size_t at) const { return (bits[at / 64] >> (at % 64)) & 1; }
        void set(std::size_t at) { bits[at / 64] |= std::uint64_t{1} << (at % 64); }
      };
      take(stack_.data(), merge(tables, p, size, stack_.data(), Large{given_up_.data()}));
    }
  }

 private:
  static constexpr std::size_t small = 63;

  template <class Positions>
  static std::size_t merge(const Tables& tables, const char* p, std::size_t size, Token* stack, Positions given_up) {
    std::size_t count = 0, at = 0;
    Token next = tables.longest(p, p + size);
    for (;;) {
      const auto end = at + tables.bytes(next).size();
      if (!given_up.test(end) && (count == 0 || stays_apart(tables, stack[count - 1], next))) {
        stack[count++] = next;
        at = end;
        if (at == size) return count;
        next = tables.longest(p + at, p + size);
        continue;
      }
      const auto shorter = tables.shorter(next);
      if (shorter != no_token) {
        next = shorter;
      } else {
        given_up.set(at);  // never the beginning: it has a sequence
        next = stack[--count];
        at -= tables.bytes(next).size();
      }
    }
  }

  std::vector<Token> stack_;
  std::vector<std::uint64_t> given_up_;
};

}  // namespace genai::tokens::detail

// Merging the bytes of one piece into tokens, in linear time. Private to this folder.
//
// Instead of merging pair by pair the tokens are found from left to right: a sequence in which each two neighbours stay apart
// (stays_apart) is what merging gives, and there is only one such sequence for each beginning of the piece. So: take the longest token that
// fits behind the last one, a shorter one if those two would not stay apart, and go back one token if none is left; a position that was
// given up is never tried again. Each position is visited once and tries at most the tokens that begin there, so the time is linear in the
// size of the piece, whatever it holds. (The idea is that of the crate `bpe` of github/rust-gems.)
//
// Where a long piece has many tokens that begin at each byte (a run of dashes) the factor is large: up to 600 ns a byte. So once there
// were some thousand bytes of long pieces they are merged in the order of the merges instead, window by window: what a merge makes can only merge later, so the queue of merges is
// an array indexed by token, filled ahead of where it is read. A window begins at a token of the one before, near its end; if those two
// stay apart all neighbours do, and the whole is what merging the whole gives. If no place fits (not seen) the first way is taken.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "domain/tokens/tables.hpp"

namespace genai::tokens::detail {

// Merges one stretch of bytes in the order of the merges. Keeps its memory between stretches: some 24 bytes for each byte of the longest and
// 4 for each token of the vocabulary.
class Rounds {
 public:
  static constexpr std::size_t max_size = 64 * 1024;
  // Appends the tokens of [p, p + size), 0 < size <= max_size.
  void merge(const Tables& tables, const char* p, std::size_t size, std::vector<Token>& tokens);

 private:
  static constexpr std::uint32_t none = 0xFFFF'FFFF;
  struct Part {
    Token token;  // that begins at this byte; no_token inside one
    std::uint32_t before, behind;
  };
  struct Entry {
    std::uint32_t at, next;
  };
  void expect(const Tables& tables, std::uint32_t at);
  void merge_all(const Tables& tables, Token into);
  void join(const Tables& tables, std::uint32_t at, Token into);

  std::vector<Part> parts_;
  std::vector<std::uint32_t> heads_;    // of each token: the latest entry of a pair that may merge into it
  std::vector<std::uint64_t> waiting_;  // a bit for each token that has entries
  std::vector<Entry> entries_;
  std::vector<std::uint32_t> places_;
  std::array<Token, 256> bytes_{};
};

// Working memory of merge(), kept by its caller between pieces: some bytes for each byte of the longest piece.
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
      merge_large(tables, p, size);
      take(stack_.data(), stack_.size());
    }
  }

 private:
  static constexpr std::size_t small = 63;
  static constexpr std::size_t most_tries = 16;  // of places to begin a window at
  static constexpr std::size_t patience = 2048;  // bytes of long pieces before rounds_ takes its memory

  void merge_large(const Tables& tables, const char* p, std::size_t size);
  bool merge_windows(const Tables& tables, const char* p, std::size_t size);

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

  std::vector<Token> stack_, window_, tail_;
  std::vector<std::uint64_t> given_up_;
  Rounds rounds_;
  std::size_t long_bytes_ = 0;  // so far
};

}  // namespace genai::tokens::detail

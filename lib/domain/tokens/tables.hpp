// The tables of one vocabulary, laid out to be used where they lie: in the binary's read-only pages (made when the project is built, see
// data/make_tables.cpp) or in memory (made from a tokenizer.json). Nothing is parsed or copied at start; pages count once touched.
//
// Tokens are numbered here in the order of their merges, which for the published encodings is their id. Private to this folder.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace genai::tokens::detail {

using Token = std::uint32_t;
inline constexpr Token no_token = 0xFFFF'FFFF;
inline constexpr std::uint32_t max_tokens = 1u << 22;     // of one vocabulary
inline constexpr std::size_t max_token_size = 1024;       // bytes of one token
inline constexpr std::size_t max_key = 15;                // bytes of a piece that fits two words

// A piece of up to 15 bytes as two words: the bytes, zeros, and the size in the last byte, so that equal words mean equal pieces.
struct Key {
  std::uint64_t low, high;
  friend bool operator==(const Key&, const Key&) = default;
};

// A cache line of the table from whole pieces to tokens. The tokens that come first in the vocabulary, which are the frequent ones,
// stand first.
struct alignas(64) Bucket {
  std::array<Key, 3> keys;
  std::array<Token, 3> tokens;
  std::uint32_t spilled;  // not 0: keys that belong here stand in the next buckets
};
static_assert(sizeof(Bucket) == 64);

// A state of the trie over all tokens, as a double array: the state behind byte b is cell base + b if that cell's label is b. A cell not
// in use is a leaf without a token, so it may be reached: nothing is found there.
struct Cell {
  std::uint32_t base_and_label;  // base in the upper 24 bits (0: a leaf), the label of the way here in the lower 8
  Token token;                   // that ends here, or no_token
};

// The two tokens that merge into one; both are the token itself if nothing does.
struct Split {
  Token left, right;
};

struct Header {
  std::array<char, 8> magic;
  std::uint32_t tokens, max_size, buckets, long_slots, cells, pair_slots, bytes, spill_buckets;
};
inline constexpr std::array<char, 8> magic{'g', 'e', 'n', 'a', 'i', 'b', 'p', '1'};

inline std::uint32_t scaled(std::uint32_t hash, std::uint32_t size) {
  return static_cast<std::uint32_t>((std::uint64_t{hash} * size) >> 32);
}

inline std::uint32_t hash(Key key) {
  return static_cast<std::uint32_t>((key.low * 0x9E37'79B9'7F4A'7C15u + (key.high ^ (key.high >> 29)) * 0xC2B2'AE3D'27D4'EB4Fu) >> 32);
}

inline std::uint64_t hash_pair(Token left, Token right) {
  const std::uint64_t x = ((std::uint64_t{left} << 32) | right) * 0x9E37'79B9'7F4A'7C15u;
  return (x ^ (x >> 32)) * 0xC2B2'AE3D'27D4'EB4Fu;
}

std::uint32_t hash_long(std::string_view bytes);

struct KeyMask {
  std::uint64_t low, high, size;
};
inline constexpr auto key_masks = [] {
  std::array<KeyMask, 16> masks{};
  for (std::uint64_t size = 0; size < 16; ++size) {
    masks[size].low = size >= 8 ? ~std::uint64_t{0} : (std::uint64_t{1} << size * 8) - 1;
    masks[size].high = size > 8 ? (std::uint64_t{1} << (size - 8) * 8) - 1 : 0;
    masks[size].size = size << 56;
  }
  return masks;
}();

// size in 1..15. Reads 16 bytes at p: that many must be readable.
inline Key key_of_readable(const char* p, std::size_t size) {
  Key key;
  std::memcpy(&key, p, sizeof key);
  const KeyMask& mask = key_masks[size];
  return {key.low & mask.low, (key.high & mask.high) | mask.size};
}

inline Key key_of(std::string_view piece) {
  std::array<char, 16> padded{};
  std::memcpy(padded.data(), piece.data(), piece.size());
  return key_of_readable(padded.data(), piece.size());
}

// A view; whoever has the bytes keeps them. Any thread.
class Tables {
 public:
  // The bytes are as build() wrote them, 64-aligned. Nothing if their header or size is not.
  static std::optional<Tables> view(std::span<const std::byte> bytes);

  std::uint32_t size() const { return size_; }
  std::uint32_t max_size() const { return max_size_; }
  std::string_view bytes(Token token) const { return {bytes_ + starts_[token], starts_[token + 1] - starts_[token]}; }

  // Where a key's search begins: for asking the memory before the answer is needed.
  const Bucket* home(Key key) const { return buckets_ + scaled(hash(key), bucket_count_); }
  // The token that is this whole piece, or no_token.
  Token find(Key key) const { return find(key, home(key)); }
  static Token find(Key key, const Bucket* bucket) {
    for (;; ++bucket) {  // the last never spills
      if (bucket->keys[0] == key) return bucket->tokens[0];
      if (bucket->keys[1] == key) return bucket->tokens[1];
      if (bucket->keys[2] == key) return bucket->tokens[2];
      if (bucket->spilled == 0) return no_token;
    }
  }
  Token find_long(std::string_view piece) const;  // of more than 15 bytes
  Token find(std::string_view piece) const { return piece.size() <= max_key ? find(key_of(piece)) : find_long(piece); }

  // The longest token that [p, end) begins with. p < end; every byte is a token.
  Token longest(const char* p, const char* end) const {
    Token found = no_token;
    for (std::uint32_t state = 0; p != end; ++p) {
      const auto byte = static_cast<unsigned char>(*p);
      const std::uint32_t base = cells_[state].base_and_label >> 8;
      if (base == 0) break;
      state = base + byte;
      const Cell cell = cells_[state];
      if ((cell.base_and_label & 0xFF) != byte) break;
      if (cell.token != no_token) found = cell.token;
    }
    return found;
  }
  // The longest token that this one begins with, itself not counted; or no_token.
  Token shorter(Token token) const { return shorter_[token]; }

  Split split(Token token) const { return splits_[token]; }
  // The token that these two merge into, if that is how it comes to be; or no_token.
  Token merged(Token left, Token right) const {
    const auto h = hash_pair(left, right);
    const auto mark = static_cast<std::uint32_t>(h & 0xFF) << 24;
    for (auto slot = scaled(static_cast<std::uint32_t>(h >> 32), pair_slots_);; slot = slot + 1 == pair_slots_ ? 0 : slot + 1) {
      const auto entry = pairs_[slot];
      if (entry == no_token) return no_token;
      if ((entry & 0xFF00'0000) != mark) continue;
      const Token token = entry & 0x00FF'FFFF;
      if (splits_[token].left == left && splits_[token].right == right) return token;
    }
  }

 private:
  std::uint32_t size_ = 0, max_size_ = 0, bucket_count_ = 0, long_slots_ = 0, pair_slots_ = 0;
  const Bucket* buckets_ = nullptr;
  const std::uint32_t* longs_ = nullptr;  // hash table of tokens beyond 15 bytes: token or no_token
  const Cell* cells_ = nullptr;
  const std::uint32_t* pairs_ = nullptr;  // hash table: 8 bits of the hash, 24 of the token; or no_token
  const Split* splits_ = nullptr;
  const Token* shorter_ = nullptr;
  const std::uint32_t* starts_ = nullptr;
  const char* bytes_ = nullptr;
};

// Whether two tokens stay two when their bytes stand side by side: merging [left right] gives just these.
//
// Time runs backwards from the two tokens. At each moment some part of `left` (its right edge) touches a part of `right` (its left edge);
// had those two a merge that comes before the one which consumed either, it would have happened. The later of the two consuming merges is
// undone and the question asked again, until both parts are bytes. Of equal merges the one further left comes first, so a merge across
// beats an equal one inside `right` and loses to an equal one inside `left`. `merged(a, b)` and `split(t)` are those of Tables; tokens are
// numbered in the order of their merges. Test: bpe_test.cpp, against merging by rank.
template <class Vocabulary>
bool stays_apart(const Vocabulary& of, Token left, Token right) {
  std::uint64_t before = ~std::uint64_t{0};  // merges earlier than this would have happened; in half steps: 2t is token t's, 2t+1 just behind
  for (;;) {
    const Token across = of.merged(left, right);
    if (across != no_token && 2 * std::uint64_t{across} < before) return false;
    const Split l = of.split(left), r = of.split(right);
    const bool left_ends = l.right == left, right_ends = r.left == right;
    if (left_ends && right_ends) return true;
    if (right_ends || (!left_ends && left > right)) {
      before = 2 * std::uint64_t{left};
      left = l.right;
    } else {
      before = 2 * std::uint64_t{right} + 1;
      right = r.left;
    }
  }
}

}  // namespace genai::tokens::detail

// Making the tables of a vocabulary. Used when the project is built, for the published encodings, and at run time for a tokenizer.json.
// Private to this folder.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/error.hpp"
#include "domain/tokens/tables.hpp"

namespace genai::tokens::detail {

// 64-aligned bytes with one owner.
class TableBytes {
 public:
  explicit TableBytes(std::size_t size) : lines_(std::make_unique<Line[]>(size / sizeof(Line))), size_(size) {}
  std::span<std::byte> bytes() { return {lines_[0].bytes, size_}; }
  std::span<const std::byte> bytes() const { return {lines_[0].bytes, size_}; }

 private:
  struct alignas(64) Line {
    std::byte bytes[64];
  };
  std::unique_ptr<Line[]> lines_;
  std::size_t size_;  // a multiple of 64
};

// Collects tokens in the order of their merges and lays the tables out. One thread. The bytes of the tokens outlive it.
class Builder {
 public:
  // A token that is not merged from others: one byte.
  Token add_byte(std::string_view byte);
  // A token that two earlier ones merge into, unless another merge always comes before this one: then nothing is added.
  // Only the merges that can happen are kept: [left right] must be how their own bytes are merged by all that came before.
  std::optional<Token> add_merge(Token left, Token right, std::string_view bytes);
  // A token that no merge makes: found only when a whole piece is it. `whole`: whether even that.
  Token add_unreachable(std::string_view bytes, bool whole);

  // A token by its bytes that merges can make.
  std::optional<Token> find(std::string_view bytes) const;
  Token size() const { return static_cast<Token>(tokens_.size()); }
  bool reachable(Token token) const { return tokens_[token].kind == Kind::made; }

  // Fails when a limit of tables.hpp is passed or a byte has no token.
  Result<TableBytes> build() const;

  // For stays_apart().
  Token merged(Token left, Token right) const;
  Split split(Token token) const { return tokens_[token].split; }

 private:
  enum class Kind : std::uint8_t { made, whole, nowhere };
  struct Item {
    std::string_view bytes;
    Split split;
    Kind kind;
  };
  Token add(std::string_view bytes, Split split, Kind kind);
  std::vector<Item> tokens_;
  std::unordered_map<std::string_view, Token> by_bytes_;     // of those that are made
  std::unordered_map<std::uint64_t, Token> by_pair_;
};

// The tables of a vocabulary whose ids are its ranks, as tiktoken merges: of all neighbours the pair whose bytes are the token of the lowest
// rank. tokens[rank]; empty for a rank that is not used. Fails as build() does, and when a token comes to be by parts of a higher rank.
Result<TableBytes> build_ranked(std::span<const std::string_view> tokens);

}  // namespace genai::tokens::detail

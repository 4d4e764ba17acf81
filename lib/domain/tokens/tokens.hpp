// Counting and making tokens exactly as the models do.
//
// An Encoding is a vocabulary, a pretokenizer that cuts text into pieces, and byte pair merging inside each piece. The published ones of
// OpenAI are part of the binary: cl100k_base, o200k_base, o200k_harmony, p50k_base, p50k_edit, r50k_base. Others are read from a
// tokenizer.json (tokenizer_json.hpp). Which model has which, and how well others can be estimated: counter.hpp. What a chat request
// adds to its texts: chat_count.hpp.
//
// Texts are UTF-8. What is not is read as lossy decoding reads it: each maximal part of a sequence that is cut off or wrong becomes one
// U+FFFD (Unicode 16, section 3.9, and WHATWG's decoder). Time is linear in the size of the text, whatever it holds.
// Test: encoding_test.cpp, and tests/clients/tokens_test.mjs against npm's tiktoken.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/quantity.hpp"

namespace genai::tokens {

using TokenId = std::uint32_t;

// A token with a meaning of its own. Its text in user input is text, unless the caller asks otherwise.
struct SpecialToken {
  std::string_view text;
  TokenId id;
};

// Immutable. Any thread, any number at a time.
class Encoding {
 public:
  struct Parts;  // what it is made of, see encoding_parts.hpp
  explicit Encoding(Parts parts);
  Encoding(Encoding&&) noexcept;
  ~Encoding();

  std::string_view name() const;
  // Where its vocabulary comes from: the SHA-256 of the published file in hexadecimal, or what was read.
  std::string_view source() const;
  std::size_t size() const;        // of the vocabulary: ids are below it, special tokens included
  std::span<const SpecialToken> special_tokens() const;

  Tokens count(std::string_view text) const;
  // Appends the ids. Text of special tokens is text.
  void encode(std::string_view text, std::vector<TokenId>& ids) const;

  // The same, with the text of special tokens read as these tokens.
  Tokens count_with_special(std::string_view text) const;
  void encode_with_special(std::string_view text, std::vector<TokenId>& ids) const;
  // The first special token whose text is part of this one, the longest of those that begin there.
  struct Found {
    SpecialToken token;
    std::size_t at;
  };
  std::optional<Found> find_special(std::string_view text) const;

  // The bytes that the ids stand for; they need not be UTF-8 when the ids were cut. invalid_value, naming it, for an id without a token.
  Result<std::string> decode(std::span<const TokenId> ids) const;

  // For reading in chunks: the largest cut found in `text` so that encoding what is before it and what is behind it, whatever follows,
  // gives the ids of the whole. 0 if there is none: read on, the cut grows with the text. Cuts stand at a change between kinds of
  // characters, so they are 0 for a text of one kind only. Never inside a UTF-8 sequence, nor inside a special token's text.
  std::size_t safe_cut(std::string_view text) const;

 private:
  template <class Sink>
  void run(std::string_view text, Sink& sink) const;
  template <class Sink>
  void run_with_special(std::string_view text, Sink& sink) const;
  struct Index;
  std::unique_ptr<const Parts> parts_;
  std::unique_ptr<const Index> index_;
};

// The encodings of the binary, in alphabetical order. The vocabulary of one is touched when it is used, not before.
std::span<const Encoding> encodings();

// The encoding of that name. invalid_value, with the near name, if there is none. It lives as long as the process.
Result<const Encoding*> find_encoding(std::string_view name);

}  // namespace genai::tokens

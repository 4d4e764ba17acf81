// Counting a text that does not fit into memory, or is still coming.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "domain/tokens/tokens.hpp"

namespace genai::tokens {

// What is kept of a text while no place to cut it is found: more letters, or more blanks, in one run are refused.
inline constexpr std::size_t max_uncut = 64 * 1024 * 1024;

enum class Specials : std::uint8_t {
  as_text,
  as_tokens,  // see Encoding::encode_with_special
};

// Takes a text in chunks cut anywhere, even inside characters, and gives what encoding it as a whole gives. Keeps what stands behind the
// last safe cut: some bytes, for ordinary text. One thread; the encoding outlives it.
class Chunks {
 public:
  // No cut is looked for before `gather` bytes are kept: then tiny chunks, such as the events of a stream, cost next to nothing.
  Chunks(const Encoding& encoding, Specials specials, std::size_t gather = 0)
      : encoding_(&encoding), specials_(specials), gather_(gather), next_try_(gather) {}

  // Appends the ids that are certain by now to `ids`, or only counts if it is null. payload_too_large, once, beyond max_uncut.
  Result<void> add(std::string_view bytes, std::vector<TokenId>* ids = nullptr);
  // The text is over.
  void finish(std::vector<TokenId>* ids = nullptr);

  Tokens tokens() const { return tokens_; }  // of what is certain by now
  // The first text of a special token that was read as text, if there was one.
  std::optional<std::string_view> special_as_text() const { return special_; }

 private:
  void encode(std::string_view text, std::vector<TokenId>* ids);

  const Encoding* encoding_;
  Specials specials_;
  std::string kept_;
  std::size_t gather_;
  std::size_t next_try_;  // a cut is not looked for before so much is kept
  Tokens tokens_;
  std::optional<std::string_view> special_;
};

}  // namespace genai::tokens

// What an Encoding is made of. Private to this folder.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "domain/tokens/build_tables.hpp"
#include "domain/tokens/scan.hpp"
#include "domain/tokens/tokens.hpp"

namespace genai::tokens {

struct Encoding::Parts {
  std::string name, source;
  detail::Tables tables;
  detail::Pattern pattern = detail::Pattern::gpt2;
  std::vector<SpecialToken> specials;
  std::size_t size = 0;
  // When the numbers of the tables are not the ids: the id of each, and the other way round.
  std::vector<TokenId> ids{};
  std::vector<detail::Token> by_id{};
  // What owns the memory that `tables` and `specials` view, if it is not the binary.
  std::optional<detail::TableBytes> owned_tables{};
  std::vector<std::string> owned_texts{};
  bool normalizes = false;  // texts are brought to NFC first (Qwen)
};

}  // namespace genai::tokens

#include "base/id.hpp"

namespace genai {
namespace {
constexpr std::string_view prefix = "req_";
constexpr std::string_view alphabet = "0123456789abcdefghjkmnpqrstvwxyz";  // Crockford base32, lower case
constexpr std::size_t digits = 13;                                         // 65 bits: the first digit is 0..7
}  // namespace

std::string RowId::text() const {
  std::string text(prefix.size() + digits, '0');
  text.replace(0, prefix.size(), prefix);
  auto rest = static_cast<std::uint64_t>(value_);
  for (std::size_t at = text.size(); at > prefix.size(); rest >>= 5) text[--at] = alphabet[rest & 31];
  return text;
}

std::optional<RowId> RowId::parse(std::string_view text) {
  if (text.size() != prefix.size() + digits || !text.starts_with(prefix)) return std::nullopt;
  std::uint64_t value = 0;
  for (char c : text.substr(prefix.size())) {
    const auto digit = alphabet.find(c);
    if (digit == std::string_view::npos || value >> 59 != 0) return std::nullopt;
    value = value << 5 | digit;
  }
  if (value >> 63 != 0) return std::nullopt;
  return RowId(static_cast<std::int64_t>(value));
}

}  // namespace genai

#include "platform/crypto/encoding.hpp"

#include <cstdint>

namespace genai::crypto {
namespace {

constexpr std::string_view usual = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view of_urls = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

// Three bytes are four letters; the last ones of fewer bytes are fewer letters.
std::string encoded(std::string_view bytes, std::string_view alphabet) {
  std::string to;
  to.reserve((bytes.size() + 2) / 3 * 4);
  std::uint32_t bits = 0;
  int have = 0;
  for (const char c : bytes) {
    bits = (bits << 8) | static_cast<unsigned char>(c);
    for (have += 8; have >= 6; have -= 6) to += alphabet[(bits >> (have - 6)) & 63];
  }
  if (have > 0) to += alphabet[(bits << (6 - have)) & 63];
  return to;
}

std::optional<std::string> decoded(std::string_view text, std::string_view alphabet) {
  std::string to;
  to.reserve(text.size() * 3 / 4);
  std::uint32_t bits = 0;
  int have = 0;
  for (const char c : text) {
    const auto value = alphabet.find(c);
    if (value == alphabet.npos) return std::nullopt;
    bits = (bits << 6) | static_cast<std::uint32_t>(value);
    if (have += 6; have >= 8) to += static_cast<char>((bits >> (have -= 8)) & 255);
  }
  const bool is_whole = have < 6 && (bits & ((1U << have) - 1)) == 0;
  return is_whole ? std::optional(std::move(to)) : std::nullopt;
}

}  // namespace

std::string hex(std::string_view bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string to;
  to.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    (to += digits[byte >> 4]) += digits[byte & 15];
  }
  return to;
}

std::string base64(std::string_view bytes) {
  std::string to = encoded(bytes, usual);
  return to.append((4 - to.size() % 4) % 4, '=');
}

std::string base64url(std::string_view bytes) { return encoded(bytes, of_urls); }

std::optional<std::string> from_base64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  for (int padding = 0; padding < 2 && text.ends_with('='); ++padding) text.remove_suffix(1);
  return decoded(text, usual);
}

std::optional<std::string> from_base64url(std::string_view text) { return decoded(text, of_urls); }

}  // namespace genai::crypto

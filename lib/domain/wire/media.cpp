#include "domain/wire/media.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace genai::wire {
namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 9> endings{{
    {".png", "image/png"},
    {".jpg", "image/jpeg"},
    {".jpeg", "image/jpeg"},
    {".gif", "image/gif"},
    {".webp", "image/webp"},
    {".heic", "image/heic"},
    {".heif", "image/heif"},
    {".pdf", "application/pdf"},
    {".txt", "text/plain"},
}};

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

bool begins(std::string_view text, std::string_view with) {
  return text.size() >= with.size() && std::equal(with.begin(), with.end(), text.begin(), [](char a, char b) { return a == lower(b); });
}

bool is_letter_or_digit(char c) { return (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z'); }

bool belongs_to_base64(char c) { return is_letter_or_digit(c) || c == '+' || c == '/' || c == '-' || c == '_'; }

}  // namespace

bool is_base64(std::string_view data) {
  for (int padding = 0; padding < 2 && data.ends_with('='); ++padding) data.remove_suffix(1);
  return !data.empty() && std::all_of(data.begin(), data.end(), belongs_to_base64);
}

bool is_https(std::string_view url) {
  constexpr std::string_view scheme = "https://";
  return begins(url, scheme) && url.size() > scheme.size();
}

std::string_view media_type_of(std::string_view name) {
  name = name.substr(0, name.find_first_of("?#"));
  for (const auto& [ending, type] : endings)
    if (name.size() > ending.size() && begins(name.substr(name.size() - ending.size()), ending)) return type;
  return {};
}

std::string data_url(std::string_view media_type, std::string_view data) {
  std::string url = "data:";
  return ((url += media_type) += ";base64,") += data;
}

}  // namespace genai::wire

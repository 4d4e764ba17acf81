#include "domain/tokens/image_size.hpp"

#include <string>

namespace genai::tokens::detail {
namespace {

std::uint32_t byte(std::string_view bytes, std::size_t at) { return static_cast<unsigned char>(bytes[at]); }
std::uint32_t big(std::string_view bytes, std::size_t at, int size) {
  std::uint32_t value = 0;
  for (int i = 0; i < size; ++i) value = value << 8 | byte(bytes, at + static_cast<std::size_t>(i));
  return value;
}
std::uint32_t little(std::string_view bytes, std::size_t at, int size) {
  std::uint32_t value = 0;
  for (int i = size; i-- > 0;) value = value << 8 | byte(bytes, at + static_cast<std::size_t>(i));
  return value;
}

// Segments until a start of frame, SOF0 to SOF15 without the three markers in between that mean something else.
std::optional<ImageSize> jpeg_size(std::string_view bytes) {
  std::size_t at = 2;
  while (at + 9 <= bytes.size()) {
    if (byte(bytes, at) != 0xFF) return std::nullopt;
    const auto marker = byte(bytes, at + 1);
    if (marker == 0xFF) {
      ++at;
    } else if (marker == 0x01 || (marker >= 0xD0 && marker <= 0xD8)) {
      at += 2;
    } else if (marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC) {
      return ImageSize{big(bytes, at + 7, 2), big(bytes, at + 5, 2)};
    } else {
      at += 2 + big(bytes, at + 2, 2);
    }
  }
  return std::nullopt;
}

std::optional<ImageSize> webp_size(std::string_view bytes) {
  const auto kind = bytes.substr(12, 4);
  if (kind == "VP8X" && bytes.size() >= 30) return ImageSize{little(bytes, 24, 3) + 1, little(bytes, 27, 3) + 1};
  if (kind == "VP8L" && bytes.size() >= 25) {
    const auto bits = little(bytes, 21, 4);
    return ImageSize{(bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1};
  }
  if (kind == "VP8 " && bytes.size() >= 30) return ImageSize{little(bytes, 26, 2) & 0x3FFF, little(bytes, 28, 2) & 0x3FFF};
  return std::nullopt;
}

std::optional<ImageSize> any_size(std::string_view bytes) {
  if (bytes.starts_with("\x89PNG\r\n\x1A\n") && bytes.size() >= 24) return ImageSize{big(bytes, 16, 4), big(bytes, 20, 4)};
  if ((bytes.starts_with("GIF87a") || bytes.starts_with("GIF89a")) && bytes.size() >= 10) return ImageSize{little(bytes, 6, 2), little(bytes, 8, 2)};
  if (bytes.starts_with("\xFF\xD8")) return jpeg_size(bytes);
  if (bytes.size() >= 16 && bytes.starts_with("RIFF") && bytes.substr(8, 4) == "WEBP") return webp_size(bytes);
  return std::nullopt;
}

int base64_value(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+' || c == '-') return 62;
  return c == '/' || c == '_' ? 63 : -1;
}

std::string decoded(std::string_view base64) {
  std::string bytes;
  unsigned held = 0;
  int bits = 0;
  for (const char c : base64) {
    const int value = base64_value(c);
    if (value < 0 || bytes.size() == max_image_head) break;
    held = held << 6 | static_cast<unsigned>(value);
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes += static_cast<char>(held >> bits & 0xFF);
  }
  return bytes;
}

}  // namespace

std::optional<ImageSize> image_size(std::string_view bytes) {
  const auto size = any_size(bytes);
  return size && size->width != 0 && size->height != 0 ? size : std::nullopt;
}

std::optional<ImageSize> image_size_of_url(std::string_view url) {
  constexpr std::string_view mark = ";base64,";
  const auto at = url.substr(0, 256).find(mark);
  if (!url.starts_with("data:") || at == std::string_view::npos) return std::nullopt;
  return image_size(decoded(url.substr(at + mark.size())));
}

}  // namespace genai::tokens::detail

// Width and height of an image from its first bytes. Private to this folder.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace genai::tokens::detail {

// Of a data URL's picture no more than this is decoded: the head of a JPEG may hold a thumbnail and colour profiles.
inline constexpr std::size_t max_image_head = 256 * 1024;

struct ImageSize {
  std::uint32_t width, height;
};

// PNG, GIF, JPEG and WebP (RFC 2083, GIF89a, ITU T.81, RFC 9649). Nothing for what is none of these, is cut before its size, or has none.
std::optional<ImageSize> image_size(std::string_view bytes);

// Of "data:image/...;base64,...".
std::optional<ImageSize> image_size_of_url(std::string_view url);

}  // namespace genai::tokens::detail

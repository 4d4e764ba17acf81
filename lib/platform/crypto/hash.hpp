// SHA-256 (FIPS 180-4) and HMAC-SHA-256 (RFC 2104), and comparing what must not be guessed. Any thread.
#pragma once

#include <array>
#include <string_view>

namespace genai::crypto {

// 32 bytes.
class Digest {
 public:
  std::string_view bytes() const { return {bytes_.data(), bytes_.size()}; }
  unsigned char* data() { return reinterpret_cast<unsigned char*>(bytes_.data()); }

 private:
  std::array<char, 32> bytes_{};
};

Digest sha256(std::string_view text);

// Keys and texts of any length.
Digest hmac_sha256(std::string_view key, std::string_view text);

// The same bytes? Takes as long whichever of them differ; only the length shows.
bool equal(std::string_view left, std::string_view right);

}  // namespace genai::crypto

#include "platform/crypto/hash.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <stdexcept>

namespace genai::crypto {
namespace {

// These fail for want of memory only.
void require(bool done) {
  if (!done) throw std::runtime_error("OpenSSL cannot hash");
}

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

}  // namespace

Digest sha256(std::string_view text) {
  Digest digest;
  require(EVP_Digest(text.data(), text.size(), digest.data(), nullptr, EVP_sha256(), nullptr) == 1);
  return digest;
}

Digest hmac_sha256(std::string_view key, std::string_view text) {
  static constexpr std::string_view nothing = "\0";  // a null pointer would mean the key before
  Digest digest;
  const void* const from = key.empty() ? nothing.data() : key.data();
  require(HMAC(EVP_sha256(), from, static_cast<int>(key.size()), bytes_of(text), text.size(), digest.data(), nullptr) != nullptr);
  return digest;
}

bool equal(std::string_view left, std::string_view right) {
  return left.size() == right.size() && CRYPTO_memcmp(left.data(), right.data(), left.size()) == 0;
}

}  // namespace genai::crypto

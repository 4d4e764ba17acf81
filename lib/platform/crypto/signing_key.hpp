// Signing with an RSA key: RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017, section 8.2), which tokens call RS256 (RFC 7518, section 3.3).
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "base/secret.hpp"

namespace genai::crypto {

// A private key. Movable; may sign on any thread, one at a time.
class SigningKey {
 public:
  // Reads an unencrypted PEM ("BEGIN PRIVATE KEY" or "BEGIN RSA PRIVATE KEY"). config_error when there is none in it, or none of RSA with at
  // least 2048 bits; the text is never repeated.
  static Result<SigningKey> of_pem(const Secret& pem);
  SigningKey(SigningKey&&) noexcept;
  SigningKey& operator=(SigningKey&&) noexcept;
  ~SigningKey();

  // The signature's bytes, as many as the key has. `internal` when OpenSSL refuses.
  Result<std::string> sign(std::string_view text) const;

 private:
  struct Key;
  explicit SigningKey(std::unique_ptr<Key> key);
  std::unique_ptr<Key> key_;
};

}  // namespace genai::crypto

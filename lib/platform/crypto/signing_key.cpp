#include "platform/crypto/signing_key.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <utility>

namespace genai::crypto {
namespace {

constexpr int fewest_bits = 2048;

struct Free {
  void operator()(BIO* it) const noexcept { BIO_free(it); }
  void operator()(EVP_PKEY* it) const noexcept { EVP_PKEY_free(it); }
  void operator()(EVP_MD_CTX* it) const noexcept { EVP_MD_CTX_free(it); }
};
template <class T>
using Owned = std::unique_ptr<T, Free>;

Error unusable(std::string what) {
  ERR_clear_error();
  return Error{Code::config_error, std::move(what), {}};
}

// Nobody is there to be asked for a password.
int no_password(char*, int, int, void*) { return 0; }

}  // namespace

struct SigningKey::Key {
  Owned<EVP_PKEY> owned;
};

SigningKey::SigningKey(std::unique_ptr<Key> key) : key_(std::move(key)) {}
SigningKey::SigningKey(SigningKey&&) noexcept = default;
SigningKey& SigningKey::operator=(SigningKey&&) noexcept = default;
SigningKey::~SigningKey() = default;

Result<SigningKey> SigningKey::of_pem(const Secret& pem) {
  const Owned<BIO> text(BIO_new_mem_buf(pem.reveal().data(), static_cast<int>(pem.reveal().size())));
  Owned<EVP_PKEY> key(text ? PEM_read_bio_PrivateKey(text.get(), nullptr, no_password, nullptr) : nullptr);
  if (!key) return unusable("this is no private key in PEM without a password");
  if (EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_RSA) return unusable("this private key is not an RSA key");
  if (EVP_PKEY_get_bits(key.get()) < fewest_bits) return unusable("this RSA key has fewer than " + std::to_string(fewest_bits) + " bits");
  return SigningKey(std::unique_ptr<Key>(new Key{std::move(key)}));
}

Result<std::string> SigningKey::sign(std::string_view text) const {
  const Owned<EVP_MD_CTX> context(EVP_MD_CTX_new());
  std::string signature(static_cast<std::size_t>(EVP_PKEY_get_size(key_->owned.get())), '\0');
  std::size_t size = signature.size();
  const auto* const bytes = reinterpret_cast<const unsigned char*>(text.data());
  const bool done = context && EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key_->owned.get()) == 1 &&
                    EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size, bytes, text.size()) == 1;
  ERR_clear_error();
  if (!done) return Error{Code::internal, "the private key cannot sign", {}};
  signature.resize(size);
  return signature;
}

}  // namespace genai::crypto

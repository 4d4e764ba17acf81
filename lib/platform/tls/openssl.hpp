// OpenSSL's objects with one owner each, and what it has to say about a failure. Private to this folder.
#pragma once

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <memory>
#include <string>

namespace genai::tls {

struct Free {
  void operator()(SSL* it) const noexcept { SSL_free(it); }
  void operator()(SSL_CTX* it) const noexcept { SSL_CTX_free(it); }
  void operator()(SSL_SESSION* it) const noexcept { SSL_SESSION_free(it); }
  void operator()(X509* it) const noexcept { X509_free(it); }
  void operator()(EVP_PKEY* it) const noexcept { EVP_PKEY_free(it); }
  void operator()(BIO* it) const noexcept { BIO_free_all(it); }
};
template <class T>
using Owned = std::unique_ptr<T, Free>;

// The oldest error of this thread's queue in words, which is the cause of those that follow; the queue is empty afterwards.
inline std::string take_error() {
  const auto error = ERR_get_error();
  ERR_clear_error();
  const char* reason = error == 0 ? nullptr : ERR_reason_error_string(error);
  return reason == nullptr ? "no reason given" : reason;
}

// What both sides of a connection have in common: TLS 1.2 with forward secrecy and AEAD, or 1.3; buffers only while they hold something.
inline void set_common(SSL_CTX* context) {
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20");
  SSL_CTX_set_ciphersuites(context, "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256");
}

}  // namespace genai::tls

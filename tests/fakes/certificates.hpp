// Certificates of a test's own: authorities, and server certificates that they sign. Valid from yesterday to tomorrow.
#pragma once

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <memory>
#include <stdexcept>
#include <string>

namespace genai::fakes {

class Identity {
 public:
  // Signed by `issuer`, or by itself and then an authority. `names` as in a subjectAltName: "DNS:a.example,IP:127.0.0.1".
  explicit Identity(const std::string& common_name, const Identity* issuer = nullptr, const std::string& names = {})
      : key_(EVP_EC_gen("P-256"), EVP_PKEY_free), certificate_(X509_new(), X509_free) {
    X509* it = certificate_.get();
    X509_set_version(it, X509_VERSION_3);
    static long serial = 1;
    ASN1_INTEGER_set(X509_get_serialNumber(it), ++serial);
    X509_gmtime_adj(X509_getm_notBefore(it), -86'400);
    X509_gmtime_adj(X509_getm_notAfter(it), 86'400);
    X509_set_pubkey(it, key_.get());
    X509_NAME_add_entry_by_txt(X509_get_subject_name(it), "CN", MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(common_name.c_str()), -1, -1, 0);
    const Identity& signer = issuer != nullptr ? *issuer : *this;
    X509_set_issuer_name(it, X509_get_subject_name(signer.certificate_.get()));
    extend(NID_basic_constraints, issuer == nullptr ? "critical,CA:TRUE" : "CA:FALSE");
    if (!names.empty()) extend(NID_subject_alt_name, names);
    if (X509_sign(it, signer.key_.get(), EVP_sha256()) == 0) throw std::runtime_error("a certificate cannot be signed");
  }

  std::string certificate_pem() const {
    return pem([this](BIO* to) { return PEM_write_bio_X509(to, certificate_.get()); });
  }
  std::string key_pem() const {
    return pem([this](BIO* to) { return PEM_write_bio_PrivateKey(to, key_.get(), nullptr, nullptr, 0, nullptr, nullptr); });
  }

 private:
  void extend(int what, const std::string& value) {
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, what, value.c_str());
    if (extension == nullptr) throw std::runtime_error("no such extension: " + value);
    X509_add_ext(certificate_.get(), extension, -1);
    X509_EXTENSION_free(extension);
  }
  template <class Write>
  static std::string pem(Write write) {
    const std::unique_ptr<BIO, decltype(&BIO_free_all)> memory(BIO_new(BIO_s_mem()), BIO_free_all);
    if (write(memory.get()) != 1) throw std::runtime_error("no PEM");
    char* text = nullptr;
    const auto length = BIO_get_mem_data(memory.get(), &text);
    return {text, static_cast<std::size_t>(length)};
  }
  std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key_;
  std::unique_ptr<X509, decltype(&X509_free)> certificate_;
};

}  // namespace genai::fakes

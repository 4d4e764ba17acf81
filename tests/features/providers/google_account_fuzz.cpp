// Whatever a file or a token endpoint says: a token fits a field of HTTP and holds for a while, an account has all it needs.
#include <cstdint>
#include <cstdlib>

#include "features/providers/google_account.hpp"

using namespace genai::providers;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto token = read_token(200, text)) {
    if (token->text.empty() || token->lifetime.count() <= 0) std::abort();
    for (const char c : token->text.reveal())
      if (c <= 0x20 || c == 0x7F) std::abort();
  }
  if (read_token(400, text).has_value()) std::abort();
  if (const auto account = read_service_account(text))
    if (account->email.empty() || account->token_uri.empty()) std::abort();
  return 0;
}

extern "C" const char* const* genai_fuzz_seeds() {
  static const char* const seeds[] = {R"({"access_token":"ya29.abc","expires_in":3599,"token_type":"Bearer"})", R"({"error":"invalid_grant","error_description":"x"})",
                                      R"({"type":"service_account","client_email":"a","private_key":"-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----","token_uri":"https://a/b"})", nullptr};
  return seeds;
}

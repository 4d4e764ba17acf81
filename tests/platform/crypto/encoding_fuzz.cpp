// What is read as base64 is written as the same text again; what is written is read.
#include <cstdint>
#include <cstdlib>

#include "platform/crypto/encoding.hpp"

using namespace genai::crypto;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto bytes = from_base64(text); bytes && base64(*bytes) != text) std::abort();
  if (const auto bytes = from_base64url(text); bytes && base64url(*bytes) != text) std::abort();
  if (from_base64(base64(text)) != text || from_base64url(base64url(text)) != text) std::abort();
  return 0;
}

extern "C" const char* const* genai_fuzz_seeds() {
  static const char* const seeds[] = {"Zm9vYmE=", "Zm9vYg==", "__79_Pv6", "//79/Pv6", nullptr};
  return seeds;
}

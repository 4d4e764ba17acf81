// Egress rules: nothing breaks, and one rule allows neither everything nor what it does not name.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "platform/net/egress.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace genai;
  const std::string text(reinterpret_cast<const char*>(data), size);
  net::Egress rules;
  if (!rules.allow(text)) {
    if (rules.judge({text, 443}) != net::Egress::Verdict::refused && !text.starts_with('/')) std::abort();
    return 0;
  }
  const bool named = rules.judge({"a.example", 443}) == net::Egress::Verdict::allowed;
  const bool ranged = rules.allows(*net::IpAddress::parse("10.0.0.1"), 443);
  if (named && ranged) std::abort();
  return 0;
}

extern "C" const char* const* genai_fuzz_seeds() {
  static const char* const seeds[] = {"a.example", "*.example:443", "10.0.0.0/8", "[2001:db8::/32]:443", "[::1]:80", "0.0.0.0/0", nullptr};
  return seeds;
}

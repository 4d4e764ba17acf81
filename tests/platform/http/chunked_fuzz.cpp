// Chunked bodies: any split is the same body, end and error, and the slow oracle agrees.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "head_laws.hpp"

namespace {
using namespace genai;

void check(const std::string& wrong) {
  if (wrong.empty()) return;
  std::fprintf(stderr, "%s\n", wrong.c_str());
  std::abort();
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  check(http::laws::chunked_law(text));
  return 0;
}

extern "C" const char* const* genai_fuzz_seeds() {
  static const char* const seeds[] = {
      "5\r\nhello\r\n0\r\n\r\n",
      "A;a=b;c=\"d\"\r\n0123456789\r\n1\r\nx\r\n000\r\nT: 1\r\nU:\r\n\r\nrest",
      "7fffffffffffffff\r\nx",
      "0\r\n\r\n",
      nullptr};
  return seeds;
}

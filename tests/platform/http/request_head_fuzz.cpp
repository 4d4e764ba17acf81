// Request heads: any split is the same answer, and what is accepted the slow oracle finds clear.
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
  check(http::laws::request_law(text));
  return 0;
}

extern "C" const char* const* genai_fuzz_seeds() {
  static const char* const seeds[] = {
      "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
      "POST http://a/b?c HTTP/1.1\r\nHost: a:80\r\nContent-Length: 10\r\nConnection: close, x\r\n\r\n0123456789",
      "\r\nPOST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\nX: \ty\t\r\n\r\n",
      nullptr};
  return seeds;
}

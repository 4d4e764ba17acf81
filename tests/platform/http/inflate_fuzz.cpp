// Content codings: what was coded comes back, any split of any bytes comes to the same, and no bytes stand for more than the bounds allow.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "coded.hpp"

namespace {
using namespace genai;

void check(bool right, const char* what) {
  if (right) return;
  std::fprintf(stderr, "%s\n", what);
  std::abort();
}

constexpr http::Coding codings[] = {http::Coding::gzip, http::Coding::deflate, http::Coding::brotli};
constexpr http::coded::Wrapper wrappers[] = {http::coded::Wrapper::gzip, http::coded::Wrapper::zlib, http::coded::Wrapper::none};

}  // namespace

// The first byte chooses: bytes to decode as they are, or to code first.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const unsigned way = data[0] % 6;
  if (way < 3) {
    const http::InflateLimits limits{.bytes = 4096, .ratio = 1'000'000};
    const auto whole = http::coded::decoded(codings[way], bytes, bytes.size(), limits);
    check(whole.text.size() <= limits.bytes, "more than the bounds allow");
    const auto single = http::coded::decoded(codings[way], bytes, 1, limits);
    check(single.error.empty() == whole.error.empty() && single.complete == whole.complete, "another end byte by byte");
    check(!whole.error.empty() || single.text == whole.text, "another text byte by byte");
    return 0;
  }
  const auto wrapper = wrappers[way - 3];
  const auto coding = wrapper == http::coded::Wrapper::gzip ? http::Coding::gzip : http::Coding::deflate;
  const auto result = http::coded::decoded(coding, http::coded::deflated(bytes, wrapper), 1 + data[0] / 6);
  check(result.error.empty() && result.complete && result.text == bytes, "not what was coded");
  return 0;
}

extern "C" const char* const* genai_fuzz_seeds() {
  static const char* const seeds[] = {"\x03hello hello hello hello", "\x04" "data: {\"a\":1}\n\ndata: [DONE]\n\n", "\x05zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz",
                                      "\x06\x1f\x8b\x08", "\x01\x78\x9c\x4b\x4c\x04\x01", "\x02\x1b\x47", nullptr};
  return seeds;
}

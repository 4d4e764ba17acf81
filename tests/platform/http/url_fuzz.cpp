// URLs and endpoints: what is accepted has a host, a port and a clean path, and endpoints read back as written.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "platform/http/client.hpp"

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
  if (const auto url = http::parse_url(text)) {
    if (url->endpoint.host.empty() || !url->path.starts_with("/") || url->authority.empty()) check("a part is missing");
    for (const char c : url->path + url->authority) {
      if (c <= 0x20 || c >= 0x7f) check("a byte that does not belong on a request line");
    }
  }
  if (const auto endpoint = net::parse_endpoint(text)) {
    const auto again = net::parse_endpoint(endpoint->text());
    if (!again || !(*again == *endpoint)) check("not the same when written: " + endpoint->text());
  }
  return 0;
}

extern "C" const char* const* genai_fuzz_seeds() {
  static const char* const seeds[] = {
      "http://host:8080/v1?x=1",
      "http://[::1]:80/",
      "http://user@host/#f",
      "127.0.0.1:80",
      "unix:/run/x.sock",
      ":8080",
      nullptr};
  return seeds;
}

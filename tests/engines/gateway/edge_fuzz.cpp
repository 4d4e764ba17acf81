// Header values that the edge reads: who the client is, and what a web page may send. Whatever they hold, an address comes out, and names that can
// stand in a header.
#include "engines/gateway/edge.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>

extern "C" const char* const* genai_fuzz_seeds() {
  static const char* const seeds[] = {"203.0.113.9, 10.1.1.1,10.2.2.2", "[2001:db8::9]:80, ::1", "203.0.113.9:4711,unknown",
                                      "authorization,Content-Type, x-stainless-os\tx-stainless-arch,cookie", nullptr};
  return seeds;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace genai;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  net::AddressSet trusted;
  if (!trusted.add("10.0.0.0/8") || !trusted.add("::1")) std::abort();
  for (const auto name : {"X-Forwarded-For", "X-Real-IP"}) {
    http::RequestHead head;
    const auto half = text.size() / 2;
    head.fields.add({name, text.substr(0, half)});
    head.fields.add({name, text.substr(half)});
    const std::string peer = "10.0.0.1:80";
    const auto client = gateway::client_of(peer, head, trusted);
    if (client != peer && !net::IpAddress::parse(client)) std::abort();
    if (gateway::client_of("192.0.2.1:80", head, trusted) != "192.0.2.1:80") std::abort();
  }
  const auto allowed = gateway::allowed_headers(text);
  const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || std::string_view("!#$%&'*+-.^_`|~, ").find(c) != std::string_view::npos; };
  if (!std::all_of(allowed.begin(), allowed.end(), fits) || allowed.size() > 2 * text.size() + 2) std::abort();
  return 0;
}

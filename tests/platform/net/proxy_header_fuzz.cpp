// PROXY v2 headers: what is accepted is as long as it says, bounded, and names an address that reads back.
//
// Seeds are texts without zero bytes, which headers are full of: the input is what follows the signature, each byte turned around its sign bit.
#include "platform/net/proxy_header.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>

#include "platform/net/address.hpp"
#include "proxy_headers.hpp"

namespace {

using namespace genai;
constexpr std::size_t signature = 12;

std::string turned(std::string text) {
  for (auto& c : text) c = static_cast<char>(c ^ '\x80');
  return text;
}

void check(const std::string& header) {
  const auto length = net::proxy_header_length(header);
  const auto parsed = net::parse_proxy_header(header);
  if (parsed && (!length || *length != header.size() || *length > net::max_proxy_header)) std::abort();
  if (parsed && parsed->source && !net::IpAddress::parse(parsed->source->host)) std::abort();
}

}  // namespace

extern "C" const char* const* genai_fuzz_seeds() {
  static const std::string texts[] = {turned(net::proxy_tcp4().substr(signature)), turned(net::proxy_tcp4("\x03\x01").substr(signature)),
                                      turned(net::proxy_tcp6().substr(signature)), turned(net::proxy_local().substr(signature))};
  static const char* const seeds[] = {texts[0].c_str(), texts[1].c_str(), texts[2].c_str(), texts[3].c_str(), nullptr};
  return seeds;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string input(reinterpret_cast<const char*>(data), size);
  check(input);
  check(net::proxy_local().substr(0, signature) + turned(input));
  return 0;
}

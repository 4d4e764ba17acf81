// Texts that name proxies and places without one: nothing breaks, and no error repeats a password.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "platform/http/proxy.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace genai;
  const std::string text(reinterpret_cast<const char*>(data), size);
  (void)http::has_written_password(text);
  const auto proxy = http::parse_proxy(text);
  if (proxy && ((*proxy)->endpoint.port == 0 || (*proxy)->endpoint.host.empty())) std::abort();
  if (proxy) {  // what proves us must not be able to end its line
    for (const char c : (*proxy)->authorization.reveal()) {
      if (c < 0x20) std::abort();
    }
  }
  const auto secret = http::parse_proxy("http://u:Zq9x" + text + "@h:1");
  if (!secret && secret.error().what.find("Zq9x") != std::string::npos) std::abort();
  const http::NoProxy direct(text);
  if (direct.covers({"a.example", 443}) && text.find('*') == std::string::npos && text.find_first_of("eE") == std::string::npos) std::abort();
  return 0;
}

extern "C" const char* const* genai_fuzz_seeds() {
  static const char* const seeds[] = {"http://user:p%40ss@proxy.example:3128", "localhost,127.0.0.0/8,.internal,[::1]:80,*.a.example:443", "http://${env:U}:${env:P}@h:1", "*", nullptr};
  return seeds;
}

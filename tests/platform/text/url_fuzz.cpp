#include "platform/text/url.hpp"

#include <cstdlib>

extern "C" const char* const* genai_fuzz_seeds() {
  static const char* const seeds[] = {"http://127.0.0.1:8000/v1", "https://api.example.com/v1/", "http://[::1]:80", "http://u:p@h/?q#f", nullptr};
  return seeds;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto url = genai::text::parse_url({reinterpret_cast<const char*>(data), size});
  if (!url) return 0;
  const bool splits_a_line = (url->host + url->path).find_first_of("\r\n ?#") != std::string::npos;
  if (url->host.empty() || url->host.find('@') != std::string::npos || url->port == 0 || splits_a_line || !(url->path.empty() || url->path[0] == '/')) std::abort();
  genai::text::is_loopback(url->host);
  return 0;
}

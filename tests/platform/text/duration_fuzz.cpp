#include "platform/text/duration.hpp"

#include <cstdlib>

extern "C" const char* const* genai_fuzz_seeds() {
  static const char* const seeds[] = {"10s", "1m30s", "1.5h", "7d2h", "250ms", "0", nullptr};
  return seeds;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto value = genai::text::parse_duration(text);
  if (value && genai::text::parse_duration(genai::text::format_duration(*value)).value() != *value) std::abort();
  return 0;
}

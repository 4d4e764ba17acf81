// What is read as a traceparent can be written, and is then read as the same.
#include "features/telemetry/trace.hpp"

#include <cstdlib>

extern "C" const char* const* genai_fuzz_seeds() {
  static const char* const seeds[] = {"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                                      "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00-later", nullptr};
  return seeds;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto context = genai::telemetry::parse_traceparent({reinterpret_cast<const char*>(data), size});
  if (!context) return 0;
  context->flags &= 1U;
  const auto again = genai::telemetry::parse_traceparent(context->header());
  if (!again || !(*again == *context)) std::abort();
  return 0;
}

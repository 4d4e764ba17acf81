// A list of models has no name that is empty, and is refused or read whole.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "features/providers/model_list.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto names = genai::providers::read_model_list({reinterpret_cast<const char*>(data), size});
  if (!names) return 0;
  for (const auto& name : *names)
    if (name.empty()) std::abort();
  return 0;
}

extern "C" const char* const* genai_fuzz_seeds() {
  static const char* const seeds[] = {R"({"object":"list","data":[{"id":"gpt-4o","object":"model"},{"id":"o3"}]})", R"({"models":[{"name":"models/gemini","version":"1"}]})",
                                      R"({"data":[1,{"id":2,"name":"a"},{}],"models":null})", nullptr};
  return seeds;
}

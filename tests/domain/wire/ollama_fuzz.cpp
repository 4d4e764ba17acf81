// Whatever lines say, a client gets well-formed events, and arguments of calls that are JSON.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "answer_laws.hpp"
#include "domain/wire/ollama.hpp"

using namespace genai;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  for (const auto dialect : {chat::Dialect::ollama, chat::Dialect::ollama_generate}) {
    wire::testing::check_stream(*wire::ollama::make_decoder(dialect, true), text);
    wire::testing::check_whole(*wire::ollama::make_decoder(dialect, true), text);
  }
  return 0;
}

extern "C" const char* const* genai_fuzz_seeds() {
  static const char* const seeds[] = {
      "{\"message\":{\"role\":\"assistant\",\"content\":\"a\\u00e9\",\"thinking\":\"b\"},\"created_at\":\"2025-11-20T08:52:19Z\",\"done\":false}\n{\"done\":true,\"done_reason\":\"length\",\"prompt_eval_count\":3,\"eval_count\":1}",
      R"({"message":{"tool_calls":[{"function":{"name":"f","arguments":{"a" : ["\"x \\", 1]}}},{"id":"i","function":{"name":"g","arguments":"{ \"a\":1}"}}]},"done":true})",
      R"({"response":"x","thinking":"y","done":true,"done_reason":"stop","prompt_eval_count":3,"prompt_eval_cached_count":9,"eval_count":1})",
      R"({"error":"m"})",
      nullptr};
  return seeds;
}

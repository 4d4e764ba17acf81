// Whatever events say, a client gets well-formed ones.
#include <cstdint>
#include <string>

#include "answer_laws.hpp"
#include "domain/wire/cohere.hpp"

using namespace genai;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  wire::testing::check_stream(*wire::cohere::make_decoder(true), text, false);
  wire::testing::check_whole(*wire::cohere::make_decoder(true), text, false);
  return 0;
}

extern "C" const char* const* genai_fuzz_seeds() {
  static const char* const seeds[] = {
      "{\"id\":\"c1\",\"type\":\"message-start\",\"delta\":{\"message\":{\"role\":\"assistant\",\"content\":[],\"tool_plan\":\"\"}}}\n"
      "{\"type\":\"content-delta\",\"index\":0,\"delta\":{\"message\":{\"content\":{\"text\":\"a\\u00e9\"}}}}\n{\"type\":\"message-end\",\"delta\":{\"finish_reason\":\"COMPLETE\",\"usage\":{\"billed_units\":{\"input_tokens\":5,\"output_tokens\":1}}}}",
      "{\"type\":\"tool-call-start\",\"index\":0,\"delta\":{\"message\":{\"tool_calls\":{\"id\":\"i\",\"function\":{\"name\":\"f\",\"arguments\":\"\"}}}}}\n"
      "{\"type\":\"tool-call-delta\",\"index\":0,\"delta\":{\"message\":{\"tool_calls\":{\"function\":{\"arguments\":\"{\\\"a\\\":1\"}}}}}\n{\"type\":\"tool-call-end\",\"index\":0}",
      R"({"id":"c","finish_reason":"TOOL_CALL","message":{"tool_plan":"p","content":[{"type":"thinking","thinking":"t"}],"tool_calls":[{"id":"i","function":{"name":"f"}}]},"usage":{"tokens":{"input_tokens":5,"output_tokens":1},"cached_tokens":9}})",
      R"({"message":"invalid api token"})",
      nullptr};
  return seeds;
}

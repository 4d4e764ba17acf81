// On any bytes: positions lie inside, and a payload without its usage is still a payload, with the same tokens.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "domain/wire/openai.hpp"

namespace openai = genai::wire::openai;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view payload(reinterpret_cast<const char*>(data), size);
  const auto event = openai::decode_chunk(payload);
  if (!event) {
    openai::decode_error(400, payload);
    return 0;
  }
  if (event->usage_begin > event->usage_end || event->usage_end > payload.size()) std::abort();
  std::string into;
  const auto cut = openai::decode_chunk(openai::without_usage(*event, into));
  if (cut && (cut->token != event->token || cut->finish != event->finish)) std::abort();
  if (!cut && cut.error().what.find("choices") == std::string::npos) std::abort();  // a chunk of usage alone
  return 0;
}

extern "C" const char* const* genai_fuzz_seeds() {
  static const char* const seeds[] = {R"({"id":"x","choices":[{"index":0,"delta":{"content":"a"},"finish_reason":null}],"usage":null})",
                                      R"({"usage":{"prompt_tokens":1,"completion_tokens":2} ,"choices":[]})",
                                      R"({"error":{"message":"m","type":"t","code":429}})", nullptr};
  return seeds;
}

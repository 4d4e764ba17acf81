// On any bytes: usage of any dialect has no negative part and none larger than its whole.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "domain/wire/usage.hpp"

using namespace genai;

namespace {

void check(const std::optional<chat::Usage>& usage) {
  if (!usage) return;
  for (const auto part : {usage->cached, usage->cache_write_5m, usage->cache_write_1h, usage->audio_prompt})
    if (part < Tokens{0} || part > usage->prompt) std::abort();
  for (const auto part : {usage->reasoning, usage->audio_completion})
    if (part < Tokens{0} || part > usage->completion) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  json::Reader openai(text), gemini(text), anthropic(text), tgi(text);
  check(wire::read_openai_usage(openai));
  check(wire::read_gemini_usage(gemini));
  check(wire::read_tgi_details(tgi).usage);
  wire::AnthropicUsage reported;
  reported.read(anthropic);
  check(reported.usage());
  return 0;
}

extern "C" const char* const* genai_fuzz_seeds() {
  static const char* const seeds[] = {
      R"({"prompt_tokens":20,"completion_tokens":3,"prompt_tokens_details":{"cached_tokens":19,"audio_tokens":1},"completion_tokens_details":{"reasoning_tokens":2}})",
      R"({"input_tokens":10,"cache_creation_input_tokens":3,"cache_read_input_tokens":6,"cache_creation":{"ephemeral_5m_input_tokens":3},"output_tokens":5})",
      R"({"promptTokenCount":26,"cachedContentTokenCount":25,"candidatesTokenCount":1,"thoughtsTokenCount":6,"promptTokensDetails":[{"modality":"AUDIO","tokenCount":6}]})",
      R"({"finish_reason":"length","generated_tokens":2,"input_length":5,"prefill":[{"id":1},{"id":2}]})",
      nullptr};
  return seeds;
}

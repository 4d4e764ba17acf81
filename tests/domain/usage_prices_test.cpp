// Usage bodies of providers, with cached and reasoning tokens, to dollars. Each sum is worked out by hand in millionths of a dollar.
#include "domain/catalog/fixture.hpp"
#include "domain/wire/usage.hpp"

using namespace genai;
using namespace genai::catalog;
using namespace genai::catalog::test;

namespace {

chat::Usage openai(std::string_view body) {
  json::Reader in(body);
  return wire::read_openai_usage(in).value();
}

chat::Usage anthropic(std::string_view body) {
  json::Reader in(body);
  wire::AnthropicUsage usage;
  usage.read(in);
  return usage.usage().value();
}

chat::Usage gemini(std::string_view body) {
  json::Reader in(body);
  return wire::read_gemini_usage(in).value();
}

}  // namespace

TEST_CASE("bodies of OpenAI, priced", "[bill]") {
  // gpt-5, 1.25 / 0.125 / 10: 1000 prompt, 768 cached, 500 out of which 448 reasoning: 232 x 1.25 + 768 x 0.125 + 500 x 10 = 290 + 96 + 5000.
  CHECK(cost("gpt-5", openai(R"({"prompt_tokens":1000,"completion_tokens":500,"total_tokens":1500,"prompt_tokens_details":{"cached_tokens":768,"audio_tokens":0},)"
                             R"("completion_tokens_details":{"reasoning_tokens":448,"audio_tokens":0}})")) == "0.005386");
  // gpt-5.6-terra, 2 / 0.2 / write 2.5 / 12: 3000 prompt, 1000 cached, 1500 written, 100 out: 500 x 2 + 1000 x 0.2 + 1500 x 2.5 + 100 x 12.
  CHECK(cost("gpt-5.6-terra", openai(R"({"prompt_tokens":3000,"completion_tokens":100,"prompt_tokens_details":{"cached_tokens":1000,"cache_write_tokens":1500}})")) ==
        "0.00615");
}

TEST_CASE("bodies of Anthropic, priced", "[bill]") {
  // Sonnet 4.6, 3 / 15 / read 0.3 / write 3.75 and 6: 50 x 3 + 10 000 x 0.3 + 2000 x 3.75 + 1000 x 6 + 400 x 15 = 150 + 3000 + 7500 + 6000 + 6000.
  CHECK(cost("claude-sonnet-4-6", anthropic(R"({"input_tokens":50,"cache_read_input_tokens":10000,"cache_creation_input_tokens":3000,)"
                                            R"("cache_creation":{"ephemeral_5m_input_tokens":2000,"ephemeral_1h_input_tokens":1000},"output_tokens":400})")) == "0.02265");
  // Haiku 4.5, 1 / 5 / 0.1: 9 x 1 + 17 102 x 0.1 + 12 x 5 = 9 + 1710.2 + 60.
  CHECK(cost("claude-haiku-4-5", anthropic(R"({"input_tokens":9,"cache_read_input_tokens":17102,"cache_creation_input_tokens":0,"output_tokens":12})")) == "0.0017792");
}

TEST_CASE("bodies of Gemini, priced", "[bill]") {
  // 2.5 Pro beyond 200 000, 2.5 / 0.25 / 15: 5005 x 2.5 + 257 955 x 0.25 + (1744 + 600) x 15 = 12 512.5 + 64 488.75 + 35 160.
  CHECK(cost("gemini-2.5-pro", gemini(R"({"promptTokenCount":262960,"cachedContentTokenCount":257955,"candidatesTokenCount":1744,"thoughtsTokenCount":600})")) ==
        "0.11216125");
  // 2.5 Flash, 0.3 / audio 1 / 0.03 / 2.5: 100 text + 900 audio + 50 out + 150 thoughts: 30 + 900 + 500.
  CHECK(cost("gemini-2.5-flash", gemini(R"({"promptTokenCount":1000,"candidatesTokenCount":50,"thoughtsTokenCount":150,)"
                                        R"("promptTokensDetails":[{"modality":"TEXT","tokenCount":100},{"modality":"AUDIO","tokenCount":900}]})")) == "0.00143");
}

// Usage objects as providers document them. What they cost is checked in domain/usage_prices_test.cpp.
#include "domain/wire/usage.hpp"

#include "test.hpp"

using namespace genai;

namespace {

std::optional<chat::Usage> openai(std::string_view text) {
  json::Reader in(text);
  auto usage = wire::read_openai_usage(in);
  CHECK(in.end());
  return usage;
}

std::optional<chat::Usage> gemini(std::string_view text) {
  json::Reader in(text);
  auto usage = wire::read_gemini_usage(in);
  CHECK(in.end());
  return usage;
}

std::optional<chat::Usage> anthropic(std::initializer_list<std::string_view> reports) {
  wire::AnthropicUsage usage;
  for (const auto report : reports) {
    json::Reader in(report);
    usage.read(in);
    CHECK(in.end());
  }
  return usage.usage();
}

chat::Usage parts(std::int64_t prompt, std::int64_t completion, std::int64_t cached, std::int64_t reasoning, std::int64_t write_5m = 0, std::int64_t write_1h = 0,
                  std::int64_t audio_in = 0, std::int64_t audio_out = 0) {
  return {Tokens(prompt), Tokens(completion), Tokens(cached), Tokens(reasoning), false, Tokens(write_5m), Tokens(write_1h), Tokens(audio_in), Tokens(audio_out)};
}

}  // namespace

TEST_CASE("OpenAI's usage holds everything in its totals", "[usage]") {
  CHECK(openai(R"({"prompt_tokens":2006,"completion_tokens":300,"total_tokens":2306,"prompt_tokens_details":{"cached_tokens":1920,"audio_tokens":10},)"
               R"("completion_tokens_details":{"reasoning_tokens":64,"audio_tokens":20,"accepted_prediction_tokens":0}})") == parts(2006, 300, 1920, 64, 0, 0, 10, 20));
  CHECK(openai(R"({"prompt_tokens":100,"completion_tokens":1,"prompt_tokens_details":{"cached_tokens":20,"cache_write_tokens":50}})") == parts(100, 1, 20, 0, 50));
  CHECK(openai(R"({"prompt_tokens":100,"completion_tokens":1,"prompt_cache_hit_tokens":64,"prompt_cache_miss_tokens":36})") == parts(100, 1, 64, 0));
  CHECK(openai(R"({"prompt_tokens":10,"completion_tokens":2,"prompt_tokens_details":{"cached_tokens":11,"audio_tokens":12},"completion_tokens_details":{"reasoning_tokens":3}})") ==
        parts(10, 2, 10, 2, 0, 0, 10, 0));
  CHECK(openai(R"({"prompt_tokens":10,"completion_tokens":2,"prompt_tokens_details":null,"completion_tokens_details":{"reasoning_tokens":-4}})") == parts(10, 2, 0, 0));
  for (const char* none : {"null", "[]", "7", "{}", R"({"prompt_tokens":1})", R"({"prompt_tokens":-1,"completion_tokens":2})"}) CHECK_FALSE(openai(none));
}

TEST_CASE("usage as other services report it", "[usage]") {
  // OpenRouter
  const auto routed = openai(R"({"prompt_tokens":194,"completion_tokens":2,"total_tokens":196,"cost":0.00095,"is_byok":false,"cost_details":{"upstream_inference_cost":19},)"
                             R"("prompt_tokens_details":{"cached_tokens":10,"cache_write_tokens":100,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":0}})");
  REQUIRE(routed.has_value());
  CHECK(routed->charged == NanoUsd{950'000});
  CHECK(routed->cached == Tokens{10});
  CHECK(routed->cache_write_5m == Tokens{100});
  // Mistral
  CHECK(openai(R"({"prompt_audio_seconds":{},"prompt_tokens":13,"total_tokens":33,"completion_tokens":20})") == parts(13, 20, 0, 0));
  // Groq
  CHECK(openai(R"({"queue_time":0.04,"prompt_tokens":20,"prompt_time":0.0012,"completion_tokens":5,"completion_time":0.01,"total_tokens":25,"total_time":0.0112,"completion_tokens_details":{"reasoning_tokens":3}})") ==
        parts(20, 5, 0, 3));
  // Together
  CHECK(openai(R"({"prompt_tokens":30,"completion_tokens":4,"total_tokens":34,"cached_tokens":16})") == parts(30, 4, 16, 0));
  // Fireworks, vLLM
  CHECK(openai(R"({"prompt_tokens":30,"total_tokens":34,"completion_tokens":4,"prompt_tokens_details":{"cached_tokens":29}})") == parts(30, 4, 29, 0));
  CHECK(openai(R"({"prompt_tokens":30,"total_tokens":34,"completion_tokens":4,"prompt_tokens_details":null})") == parts(30, 4, 0, 0));
  // xAI: what was thought is in the total alone
  CHECK(openai(R"({"prompt_tokens":32,"completion_tokens":9,"total_tokens":135,"completion_tokens_details":{"reasoning_tokens":94}})") == parts(32, 103, 0, 94));
  // Integers of languages that have none
  CHECK(openai(R"({"prompt_tokens":12.0,"completion_tokens":3.00,"total_tokens":15.0})") == parts(12, 3, 0, 0));
}

TEST_CASE("U13: counts that are none", "[usage]") {
  for (const char* count : {"-1", "12.5", "1e3", "1.2e1", "1099511627777", "99999999999999999999", "\"12\"", "true", "[]", "{}", "null"}) {
    CAPTURE(count);
    CHECK_FALSE(openai(R"({"prompt_tokens":)" + std::string(count) + R"(,"completion_tokens":1})"));
    CHECK_FALSE(openai(R"({"prompt_tokens":1,"completion_tokens":)" + std::string(count) + "}"));
    CHECK(openai(R"({"prompt_tokens":1,"completion_tokens":1,"prompt_tokens_details":{"cached_tokens":)" + std::string(count) + "}}")->cached <= Tokens{1});
  }
  CHECK(openai(R"({"prompt_tokens":1099511627776,"completion_tokens":0})") == parts(std::int64_t{1} << 40, 0, 0, 0));
}

TEST_CASE("what a provider says that it charged is exact, rounded up to nano-USD", "[usage]") {
  const auto charged = [](const std::string& cost) {
    const auto usage = openai(R"({"prompt_tokens":1,"completion_tokens":1,"cost":)" + cost + "}");
    REQUIRE(usage.has_value());
    return usage->charged ? usage->charged->value() : -1;
  };
  CHECK(charged("0") == 0);
  CHECK(charged("0.0") == 0);
  CHECK(charged("0e9") == 0);
  CHECK(charged("0.00014") == 140'000);
  CHECK(charged("1.4e-4") == 140'000);
  CHECK(charged("0.0001425") == 142'500);
  CHECK(charged("0.0000000001") == 1);
  CHECK(charged("0.1234567890000000000000000001") == 123'456'790);
  CHECK(charged("12") == 12'000'000'000);
  CHECK(charged("1E+2") == 100'000'000'000);
  for (const char* none : {"-0.1", "1e400", "1e9", "99999999999999999999", "\"0.1\"", "null"}) CHECK(charged(none) == -1);
}

TEST_CASE("Anthropic's input excludes what the cache gave and took", "[usage]") {
  CHECK(anthropic({R"({"input_tokens":10,"cache_creation_input_tokens":32435,"cache_read_input_tokens":66360,)"
                   R"("cache_creation":{"ephemeral_5m_input_tokens":32000,"ephemeral_1h_input_tokens":435},"output_tokens":5120,"service_tier":"standard"})"}) ==
        parts(98'805, 5120, 66'360, 0, 32'000, 435));
  CHECK(anthropic({R"({"input_tokens":10,"output_tokens":2,"cache_creation_input_tokens":100,"cache_read_input_tokens":null})"}) == parts(110, 2, 0, 0, 100));
  CHECK(anthropic({R"({"input_tokens":10,"output_tokens":2})"}) == parts(10, 2, 0, 0));
  // More in total than by duration: the rest was written for five minutes.
  CHECK(anthropic({R"({"input_tokens":1,"output_tokens":2,"cache_creation_input_tokens":100,"cache_creation":{"ephemeral_1h_input_tokens":30}})"}) == parts(101, 2, 0, 0, 70, 30));
  // A stream: the start, then the last count of the answer.
  CHECK(anthropic({R"({"input_tokens":472,"output_tokens":1,"cache_read_input_tokens":100})", R"({"output_tokens":89})"}) == parts(572, 89, 100, 0));
  CHECK_FALSE(anthropic({}));
  CHECK_FALSE(anthropic({R"({"output_tokens":89})"}));
  CHECK_FALSE(anthropic({R"({"input_tokens":-1,"output_tokens":2})"}));
  CHECK_FALSE(anthropic({R"({"input_tokens":1,"output_tokens":2})", R"({"output_tokens":"3"})"}));
  CHECK_FALSE(anthropic({R"({"input_tokens":1,"output_tokens":2,"cache_read_input_tokens":99999999999999})"}));
}

TEST_CASE("Gemini's thoughts are no part of its candidates", "[usage]") {
  CHECK(gemini(R"({"promptTokenCount":262960,"cachedContentTokenCount":257955,"candidatesTokenCount":1744,"thoughtsTokenCount":600,"totalTokenCount":265304})") ==
        parts(262'960, 2344, 257'955, 600));
  CHECK(gemini(R"({"promptTokenCount":100,"toolUsePromptTokenCount":20,"candidatesTokenCount":5,"promptTokensDetails":[{"modality":"TEXT","tokenCount":40},)"
               R"({"modality":"AUDIO","tokenCount":60}],"cacheTokensDetails":[{"modality":"AUDIO","tokenCount":25}],"cachedContentTokenCount":25,)"
               R"("candidatesTokensDetails":[{"modality":"AUDIO","tokenCount":4}]})") == parts(120, 5, 25, 0, 0, 0, 35, 4));
  CHECK(gemini(R"({"promptTokenCount":7,"totalTokenCount":7})") == parts(7, 0, 0, 0));  // blocked: no answer
  for (const char* none : {"null", "{}", R"({"candidatesTokenCount":1})", R"({"promptTokenCount":1,"thoughtsTokenCount":-5})", R"({"promptTokenCount":1.5})"})
    CHECK_FALSE(gemini(none));
}

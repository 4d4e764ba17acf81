// What decoding costs, beside simdjson's parse of the same bytes. Not run by default: test_domain_wire "[perf]" of a release build.
#include <simdjson.h>

#include <cstdio>
#include <string>

#include "base/clock.hpp"
#include "domain/wire/openai.hpp"
#include "test.hpp"

using namespace genai;
namespace openai = genai::wire::openai;

namespace {

// A conversation of about `size` bytes in messages of a usual length.
std::string chat_of(std::size_t size, std::string_view sentence) {
  std::string body = R"({"model":"gpt-4o","temperature":0.7,"max_tokens":512,"stream":true,"stream_options":{"include_usage":true},"user":"u-1","messages":[)";
  while (body.size() < size) {
    std::string text;
    while (text.size() < 300 && body.size() + text.size() < size) text += sentence;
    body += R"({"role":"user","content":")" + text + R"(\n"},)";
  }
  body.back() = ']';
  return body += '}';
}

// Microseconds of one call, the best of five rounds.
template <class Work>
double cost_us(Work work) {
  const SystemClock clock;
  double best = 1e9;
  for (int round = 0; round < 5; ++round) {
    constexpr int calls = 2'000;
    const auto start = clock.now();
    for (int i = 0; i < calls; ++i) work();
    best = std::min(best, std::chrono::duration<double, std::micro>(clock.now() - start).count() / calls);
  }
  return best;
}

void report(const char* name, const std::string& text, double ours, double theirs) {
  std::printf("%-22s %6zu bytes  decode %8.3f us  simdjson dom %8.3f us\n", name, text.size(), ours, theirs);
}

double simdjson_us(const std::string& text) {
  simdjson::dom::parser parser;
  const simdjson::padded_string padded(text);
  return cost_us([&] { REQUIRE(parser.parse(padded).error() == simdjson::SUCCESS); });
}

}  // namespace

TEST_CASE("decoding is cheap", "[.][perf]") {
  for (const std::size_t size : {1'000, 8'000, 64'000}) {
    const std::string english = chat_of(size, "The quiet river follows every copper bridge, and nobody asks why. ");
    report("chat", english, cost_us([&] { if (!openai::decode_chat(english)) std::abort(); }), simdjson_us(english));
    const std::string chinese = chat_of(size, "安静的河流沿着每一座铜桥流淌，没有人问为什么。");
    report("chat, Chinese", chinese, cost_us([&] { if (!openai::decode_chat(chinese)) std::abort(); }), simdjson_us(chinese));
  }
  const std::string chunk = R"({"id":"chatcmpl-ETXJvisiastmRk2PktFrIIxrhhUBv","object":"chat.completion.chunk","created":1800000000,"model":"gpt-4o",)"
                            R"("choices":[{"index":0,"delta":{"content":" river"},"logprobs":null,"finish_reason":null}],"usage":null})";
  report("chunk", chunk, cost_us([&] { if (!openai::decode_chunk(chunk)) std::abort(); }), simdjson_us(chunk));
}

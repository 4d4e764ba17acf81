#include "domain/tokens/running_count.hpp"

#include "base/rng.hpp"
#include "test.hpp"

using namespace genai;
using namespace genai::tokens;

namespace {

std::string prose(Rng& rng, std::size_t words) {
  constexpr const char* some[] = {"the ", "Zebra ", "naïve ", "日本語 ", "x=1;\n", "  ", "don't ", "1234567 ", "\r\n\r\n", "🙂 "};
  std::string text;
  for (std::size_t i = 0; i < words; ++i) text += some[rng.next() % std::size(some)];
  return text;
}

}  // namespace

TEST_CASE("a text in pieces counts as the whole text, however it is cut", "[tokens]") {
  SeededRng rng(7);
  const auto& encoding = **find_encoding("o200k_base");
  for (int round = 0; round < 20; ++round) {
    const auto text = prose(rng, 6'000);
    RunningCount count(encoding);
    CHECK(count.empty());
    for (std::size_t at = 0; at < text.size();) {
      const auto size = std::min<std::size_t>(1 + rng.next() % 200, text.size() - at);
      count.add(std::string_view(text).substr(at, size));
      at += size;
    }
    CHECK(count.total() == encoding.count(text));
    CHECK_FALSE(count.empty());
  }
}

TEST_CASE("a text without a place to cut keeps its bound", "[tokens]") {
  const auto& encoding = **find_encoding("cl100k_base");
  RunningCount count(encoding);
  const std::string run(1000, 'a');
  for (int i = 0; i < 300; ++i) count.add(run);
  const auto whole = encoding.count(std::string(300'000, 'a'));
  CHECK(count.total() >= whole);
  CHECK(count.total() <= whole + Tokens{5});
}

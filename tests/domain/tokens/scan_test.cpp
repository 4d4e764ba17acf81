#include "domain/tokens/scan.hpp"

#include "oracle.hpp"
#include "test.hpp"
#include "texts.hpp"

using namespace genai;
using namespace genai::tokens;
using detail::Pattern;

namespace {

template <Pattern pattern>
std::vector<std::string> pieces(const std::string& text) {
  std::vector<std::string> pieces;
  const char* const end = text.data() + text.size();
  const detail::Scanner<pattern> scanner(end);
  for (const char* p = text.data(); p != end;) {
    const char* behind = scanner.piece(p);
    REQUIRE(behind > p);
    REQUIRE(behind <= end);
    pieces.emplace_back(p, behind);
    p = behind;
  }
  return pieces;
}

template <Pattern pattern>
void agrees(std::uint64_t seed) {
  const oracle::Splitter slow(pattern);
  SeededRng random(seed);
  for (int i = 0; i < 1500; ++i) {
    const auto text = random_text(random, 1 + static_cast<std::size_t>(i) % 24);
    INFO(text);
    REQUIRE(pieces<pattern>(text) == slow.pieces(text));
  }
}

using Pieces = std::vector<std::string>;

}  // namespace

TEST_CASE("scan: pieces are those of the ordered alternatives, on random texts of all kinds of characters") {
  SECTION("gpt2") { agrees<Pattern::gpt2>(1); }
  SECTION("cl100k") { agrees<Pattern::cl100k>(2); }
  SECTION("qwen2") { agrees<Pattern::qwen2>(3); }
  SECTION("o200k") { agrees<Pattern::o200k>(4); }
  SECTION("tekken") { agrees<Pattern::tekken>(5); }
}

TEST_CASE("scan: words, contractions and numbers") {
  CHECK(pieces<Pattern::gpt2>("It's 2024, DON'T") == Pieces{"It", "'s", " 2024", ",", " DON", "'", "T"});
  CHECK(pieces<Pattern::cl100k>("It's 2024, DON'T") == Pieces{"It", "'s", " ", "202", "4", ",", " DON", "'T"});
  CHECK(pieces<Pattern::qwen2>("It's 24") == Pieces{"It", "'s", " ", "2", "4"});
  CHECK(pieces<Pattern::o200k>("It's 2024, DON'T XMLHttp a/b") == Pieces{"It's", " ", "202", "4", ",", " DON'T", " XMLHttp", " a", "/b"});
  CHECK(pieces<Pattern::tekken>("It's 24") == Pieces{"It", "'s", " ", "2", "4"});
}

TEST_CASE("scan: the last blank goes to the next piece, newlines end a piece") {
  CHECK(pieces<Pattern::gpt2>("a   b \n c") == Pieces{"a", "  ", " b", " \n", " c"});
  CHECK(pieces<Pattern::cl100k>("a   b \n\n  c  ") == Pieces{"a", "  ", " b", " \n\n", " ", " c", "  "});
  CHECK(pieces<Pattern::cl100k>("x;\n\ny") == Pieces{"x", ";\n\n", "y"});
  CHECK(pieces<Pattern::o200k>("x;/\n/y") == Pieces{"x", ";/\n/", "y"});
  CHECK(pieces<Pattern::cl100k>("\u00A0\u00A0a\u0085b") == Pieces{"\u00A0", "\u00A0a", "\u0085b"});
}

TEST_CASE("scan: o200k gives back what is no lower case") {
  CHECK(pieces<Pattern::o200k>("\u4E2DAB") == Pieces{"\u4E2D", "AB"});
  CHECK(pieces<Pattern::o200k>("\u4E2DABc") == Pieces{"\u4E2DABc"});
  CHECK(pieces<Pattern::o200k>("\u0301AB") == Pieces{"\u0301", "AB"});  // the mark alone is a word of the first alternative
  CHECK(pieces<Pattern::o200k>("\u0301\u0301AB") == Pieces{"\u0301\u0301", "AB"});
  CHECK(pieces<Pattern::o200k>("\u01C5x\u01C5") == Pieces{"\u01C5x", "\u01C5"});
}

TEST_CASE("scan: runs longer than what is looked at in one step") {
  for (std::size_t size = 1; size < 70; ++size) {
    const std::string lower(size, 'a'), upper(size, 'A');
    CHECK(pieces<Pattern::o200k>(upper + lower + " b") == Pieces{upper + lower, " b"});
    CHECK(pieces<Pattern::o200k>(" " + lower + upper) == Pieces{" " + lower, upper});
    CHECK(pieces<Pattern::cl100k>(upper + lower + "\u00E9 b") == Pieces{upper + lower + "\u00E9", " b"});
  }
}

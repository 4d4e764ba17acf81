#include "domain/tokens/chunks.hpp"
#include "domain/tokens/tokens.hpp"
#include "domain/tokens/utf8.hpp"
#include "oracle.hpp"
#include "test.hpp"
#include "texts.hpp"

using namespace genai;
using namespace genai::tokens;
using detail::Pattern;

namespace {

using Ids = std::vector<TokenId>;

const Encoding& named(std::string_view name) { return **find_encoding(name); }

Ids encoded(const Encoding& encoding, std::string_view text) {
  Ids ids;
  encoding.encode(text, ids);
  CHECK(encoding.count(text) == Tokens(static_cast<std::int64_t>(ids.size())));
  return ids;
}

void agrees(const Encoding& encoding, Pattern pattern) {
  const oracle::Tokenizer slow(encoding, pattern);
  SeededRng random(7);
  for (int i = 0; i < 400; ++i) {
    const auto text = random_text(random, 1 + static_cast<std::size_t>(i) % 40);
    INFO(text);
    const auto ids = encoded(encoding, text);
    REQUIRE(ids == slow.encode(text));
    REQUIRE(*encoding.decode(ids) == text);
  }
  // Long pieces: letters only.
  const std::vector<std::string> alphabets[] = {{"a", "b"}, {"e", "t", "a", "o", "i", "n", "s", "h", "r"}, {"\u4E2D", "\u6587", "\u7684", "\u3042"}};
  for (int i = 0; i < 150; ++i) {
    const auto& letters = alphabets[i % 3];
    std::string piece;
    for (auto size = 1 + random.next() % 150; size > 0; --size) piece += letters[random.next() % letters.size()];
    INFO(piece);
    REQUIRE(encoded(encoding, piece) == slow.encode(piece));
  }
}

}  // namespace

TEST_CASE("tokens: ids are those of merging by rank, on random texts and long pieces") {
  SECTION("cl100k_base") { agrees(named("cl100k_base"), Pattern::cl100k); }
  SECTION("o200k_base") { agrees(named("o200k_base"), Pattern::o200k); }
  SECTION("p50k_base") { agrees(named("p50k_base"), Pattern::gpt2); }
  SECTION("r50k_base") { agrees(named("r50k_base"), Pattern::gpt2); }
}

TEST_CASE("tokens: ids of the published encodings") {  // as npm's tiktoken 1.0.22 gives them
  const std::string hello = "hello world", mixed = "It's 2024, DON'T panic: na\u00EFve caf\u00E9", odd = "\uFEFFusing\u0085x\u00A0y \u01C5ungla";
  const std::string code = "for (int i = 0; i < 10; ++i) {\n        total += values[i];\n}\n\n\n   <|endoftext|>";
  const auto& cl100k = named("cl100k_base");
  CHECK(encoded(cl100k, hello) == Ids{15339, 1917});
  CHECK(encoded(cl100k, mixed) == Ids{2181, 596, 220, 2366, 19, 11, 45373, 17773, 22743, 25, 95980, 588, 53050});
  CHECK(encoded(cl100k, odd) == Ids{4117, 126, 227, 87, 4194, 88, 220, 131, 227, 2234, 4355});
  CHECK(encoded(cl100k, code) == Ids{2000, 320, 396, 602, 284, 220, 15, 26, 602, 366, 220, 605, 26, 3526, 72, 8, 341, 286, 2860, 1447, 2819, 1004, 947, 3818, 256, 83739, 8862, 728, 428, 91, 29});
  const auto& o200k = named("o200k_base");
  CHECK(encoded(o200k, hello) == Ids{24912, 2375});
  CHECK(encoded(o200k, mixed) == Ids{15834, 220, 1323, 19, 11, 153384, 40130, 25, 153475, 737, 30469});
  CHECK(encoded(o200k, odd) == Ids{9251, 126, 227, 87, 5310, 88, 220, 131, 227, 988, 1675});
  CHECK(encoded(o200k, code) == Ids{1938, 350, 491, 575, 314, 220, 15, 26, 575, 464, 220, 702, 26, 7600, 72, 8, 405, 309, 3609, 2757, 4824, 1768, 1735, 8751, 256, 464, 91, 419, 1440, 919, 91, 29});
  CHECK(encoded(named("o200k_harmony"), mixed) == encoded(o200k, mixed));
  CHECK(encoded(named("p50k_base"), mixed) == Ids{1026, 338, 48609, 11, 23917, 6, 51, 13619, 25, 41492, 40304});
  CHECK(encoded(named("p50k_edit"), mixed) == encoded(named("p50k_base"), mixed));
  CHECK(encoded(named("p50k_base"), code) == Ids{1640, 357, 600, 1312, 796, 657, 26, 1312, 1279, 838, 26, 19969, 72, 8, 1391, 198, 50262, 2472, 15853, 3815, 58, 72, 11208, 198, 92, 628, 198, 50257, 1279, 91, 437, 1659, 5239, 91, 29});
  CHECK(encoded(named("r50k_base"), code) == Ids{1640, 357, 600, 1312, 796, 657, 26, 1312, 1279, 838, 26, 19969, 72, 8, 1391, 198, 220, 220, 220, 220, 220, 220, 220, 2472, 15853, 3815, 58, 72, 11208, 198, 92, 628, 198, 220, 220, 1279, 91, 437, 1659, 5239, 91, 29});
  CHECK(encoded(cl100k, "").empty());
}

TEST_CASE("tokens: bytes that are no UTF-8 count as the U+FFFD that lossy decoding makes of them") {
  const auto& encoding = named("o200k_base");
  const std::pair<std::string, std::string> cases[] = {
      {"a\xFF" "b", "a\uFFFDb"}, {"\xC3", "\uFFFD"}, {"\xED\xA0\x80", "\uFFFD\uFFFD\uFFFD"},  // a lone surrogate
      {"\xF0\x9F\x98", "\uFFFD"}, {"\xF0\x9F\x98z", "\uFFFDz"}, {"\xE4\xB8 \xE4\xB8\xAD", "\uFFFD \u4E2D"},
      {"\xC0\xAF", "\uFFFD\uFFFD"}, {"\xF4\x90\x80\x80", "\uFFFD\uFFFD\uFFFD\uFFFD"}, {"\x80\x80", "\uFFFD\uFFFD"}};
  for (const auto& [broken, good] : cases) {
    CHECK(detail::to_utf8(broken) == good);
    CHECK(encoded(encoding, broken) == encoded(encoding, good));
  }
}

TEST_CASE("tokens: special tokens are text unless asked for") {
  const auto& encoding = named("o200k_harmony");
  const std::string text = "<|start|>user<|message|>hi<|end|><|reserved_201087|><|nonsense|>";
  Ids special;
  encoding.encode_with_special(text, special);
  CHECK(special == Ids{200006, 1428, 200008, 3686, 200007, 201087, 27, 91, 77, 173135, 91, 29});
  CHECK(encoding.count_with_special(text) == Tokens(12));
  CHECK(encoded(encoding, text).size() > 12);
  CHECK(*encoding.decode(special) == text);
  CHECK(encoding.find_special("no <|start") == std::nullopt);
  const auto found = encoding.find_special("a <|end|> b");
  REQUIRE(found);
  CHECK(found->at == 2);
  CHECK(found->token.id == 200007);
  CHECK(*named("o200k_base").decode(Ids{199999}) == "<|endoftext|>");
}

TEST_CASE("tokens: an id without a token is refused by name") {
  CHECK(named("cl100k_base").decode(Ids{100256}).error().what == "cl100k_base has no token 100256");
  CHECK(named("p50k_base").decode(Ids{4'000'000'000}).error().code == Code::invalid_value);
  CHECK(named("p50k_base").size() == 50281);
  CHECK(named("o200k_harmony").size() == 201088);
}

TEST_CASE("tokens: an unknown encoding is an error that knows the near name") {
  const auto missing = find_encoding("o200k");
  REQUIRE(!missing);
  CHECK(missing.error().what.find("there are cl100k_base, o200k_base, o200k_harmony, p50k_base, p50k_edit, r50k_base") != std::string::npos);
  CHECK(find_encoding("cl10k_base").error().what.find("did you mean cl100k_base?") != std::string::npos);
}

TEST_CASE("tokens: any cutting at safe cuts gives the ids of the whole") {
  for (const char* name : {"cl100k_base", "o200k_base", "r50k_base"}) {
    const auto& encoding = named(name);
    SeededRng random(11);
    int cuts = 0;
    for (int i = 0; i < 300; ++i) {
      const auto text = random_text(random, 60) + (i % 5 == 0 ? "\xF0\x9F" : "");
      INFO(text);
      Ids whole, special_whole, parts, special_parts;
      encoding.encode(text, whole);
      encoding.encode_with_special(text, special_whole);
      Chunks plain(encoding, Specials::as_text), special(encoding, Specials::as_tokens);
      for (std::size_t at = 0; at < text.size();) {
        const auto size = std::min<std::size_t>(1 + random.next() % 30, text.size() - at);
        const auto chunk = std::string_view(text).substr(at, size);
        REQUIRE(plain.add(chunk, &parts).has_value());
        REQUIRE(special.add(chunk, &special_parts).has_value());
        at += size;
        cuts += !parts.empty();
      }
      plain.finish(&parts);
      special.finish(&special_parts);
      CHECK(plain.tokens() == encoding.count(text));
      CHECK(plain.special_as_text().has_value() == encoding.find_special(text).has_value());
      REQUIRE(parts == whole);
      REQUIRE(special_parts == special_whole);
    }
    CHECK(cuts > 300);
  }
}

TEST_CASE("tokens: both ways to merge a piece give the same, windows included") {
  const auto& encoding = named("o200k_base");
  SeededRng random(19);
  for (const std::string_view letters : {"ab", "etaoinshr", "-=", "-", "\xE4\xB8\xAD\xE6\x96\x87"}) {
    for (int i = 0; i < 4; ++i) {
      std::string piece;
      const auto size = i == 3 ? 150'000 : 1 + random.next() % 400;
      while (piece.size() < size) piece += letters.size() == 6 ? letters.substr(random.next() % 2 * 3, 3) : letters.substr(random.next() % letters.size(), 1);
      const auto whole = encoded(encoding, piece);  // long ones: in rounds
      // a Merger that has not seen much takes the first way
      Ids parts;
      if (piece.size() < 2000) {
        const auto behind = std::string(3000, 'x') + "\n" + piece;  // here the second way is on
        encoding.encode(behind, parts);
        const auto before = encoding.count(std::string(3000, 'x') + "\n").value();
        CHECK(Ids(parts.begin() + before, parts.end()) == whole);
      }
      CHECK(*encoding.decode(whole) == piece);
    }
  }
}

TEST_CASE("tokens: runs without a place to cut are read in linear time") {  // quadratic merging would take minutes
  for (const auto& encoding : encodings()) {
    for (const char* letter : {"a", " ", "\n", "0", "-", "\u4E2D", "\u0939", "\u0301", "\U0001F600"}) {
      std::string text;
      while (text.size() < 60'000) text += letter;
      CHECK(*encoding.decode(encoded(encoding, text)) == text);
    }
  }
}

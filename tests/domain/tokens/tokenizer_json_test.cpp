#include "domain/tokens/tokenizer_json.hpp"

#include <map>
#include <nlohmann/json.hpp>

#include "base/rng.hpp"
#include "domain/tokens/utf8.hpp"
#include "oracle.hpp"
#include "test.hpp"
#include "texts.hpp"

using namespace genai;
using namespace genai::tokens;
using nlohmann::json;

namespace {

using Ids = std::vector<TokenId>;
using Merges = std::vector<std::pair<std::string, std::string>>;  // of bytes

// GPT-2's alphabet (its encoder.py): printing bytes are themselves, others U+0100 onwards.
std::string spelled(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    unsigned letter = 0x100;
    for (unsigned b = 0; b <= byte; ++b) {
      const bool prints = (b >= 33 && b <= 126) || (b >= 161 && b <= 172) || b >= 174;
      if (b == byte) letter = prints ? b : letter;
      else if (!prints) ++letter;
    }
    if (letter < 0x80) text += static_cast<char>(letter);
    else text += {static_cast<char>(0xC0 | letter >> 6), static_cast<char>(0x80 | (letter & 0x3F))};
  }
  return text;
}

// Ids are scattered on purpose: they are not the order of the merges.
json tokenizer(const Merges& merges, const std::vector<std::string>& others = {}) {
  std::vector<std::string> tokens;
  for (int byte = 0; byte < 256; ++byte) tokens.emplace_back(1, static_cast<char>(byte));
  for (const auto& [left, right] : merges)
    if (std::find(tokens.begin(), tokens.end(), left + right) == tokens.end()) tokens.push_back(left + right);
  tokens.insert(tokens.end(), others.begin(), others.end());
  json file{{"version", "1.0"}, {"normalizer", nullptr},
            {"added_tokens", {{{"id", 5000}, {"content", "<|end|>"}, {"special", true}, {"lstrip", false}, {"rstrip", false}, {"single_word", false}}}},
            {"pre_tokenizer", {{"type", "ByteLevel"}, {"add_prefix_space", false}, {"use_regex", true}}}};
  auto& model = file["model"];
  model = {{"type", "BPE"}, {"dropout", nullptr}, {"unk_token", nullptr}, {"byte_fallback", false}, {"ignore_merges", false}};
  for (std::size_t i = 0; i < tokens.size(); ++i) model["vocab"][spelled(tokens[i])] = (i * 7919) % 4999;
  model["merges"] = json::array();
  for (const auto& [left, right] : merges) model["merges"].push_back(spelled(left) + " " + spelled(right));
  return file;
}

Ids ids_of(const Encoding& encoding, std::string_view text) {
  Ids ids;
  encoding.encode(text, ids);
  return ids;
}

std::string refusal(const json& file) {
  const auto encoding = read_tokenizer_json(file.dump(), "t");
  REQUIRE(!encoding.has_value());
  return encoding.error().what;
}

// Merging by the list, the slow way: over and over the merge that stands first in it, leftmost.
std::vector<std::string> merged(const std::string& piece, const Merges& merges) {
  std::vector<std::string> parts;
  for (const char c : piece) parts.emplace_back(1, c);
  for (;;) {
    std::size_t best = merges.size(), at = 0;
    for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
      const auto rank = static_cast<std::size_t>(std::find(merges.begin(), merges.end(), std::pair(parts[i], parts[i + 1])) - merges.begin());
      if (rank < best) best = rank, at = i;
    }
    if (best == merges.size()) return parts;
    parts[at] += parts[at + 1];
    parts.erase(parts.begin() + static_cast<std::ptrdiff_t>(at) + 1);
  }
}

}  // namespace

TEST_CASE("tokenizer.json: merging is by the list, on random vocabularies") {
  SeededRng random(3);
  for (int round = 0; round < 30; ++round) {
    Merges merges;
    std::vector<std::string> parts{"a", "b", "c", "d", " "};
    for (int i = 0; i < 40; ++i) {  // as training does: each merge from parts that are there; some make a token that is there already
      const auto left = parts[random.next() % parts.size()], right = parts[random.next() % parts.size()];
      if (left.size() + right.size() > 12 || std::find(merges.begin(), merges.end(), std::pair(left, right)) != merges.end()) continue;
      if (right.find(' ') != std::string::npos) continue;
      merges.emplace_back(left, right);
      parts.push_back(left + right);
    }
    const auto file = tokenizer(merges);
    const auto encoding = read_tokenizer_json(file.dump(), "random");
    REQUIRE(encoding.has_value());
    const oracle::Splitter splitter(detail::Pattern::gpt2);
    for (int i = 0; i < 40; ++i) {
      std::string text;
      for (auto size = random.next() % 40; size > 0; --size) text += "abcd "[random.next() % 5];
      Ids wanted;
      for (const auto& piece : splitter.pieces(text))
        for (const auto& part : merged(piece, merges)) wanted.push_back(file["model"]["vocab"][spelled(part)]);
      INFO(text);
      REQUIRE(ids_of(*encoding, text) == wanted);
      CHECK(*encoding->decode(wanted) == text);
    }
  }
}

TEST_CASE("tokenizer.json: a token that merges cannot make is found whole only where the model looks first") {
  auto file = tokenizer({{"a", "b"}, {"b", "c"}}, {"abc"});
  const TokenId whole = file["model"]["vocab"]["abc"], ab = file["model"]["vocab"]["ab"], c = file["model"]["vocab"]["c"];
  CHECK(ids_of(*read_tokenizer_json(file.dump(), "t"), "abc") == Ids{ab, c});
  file["model"]["ignore_merges"] = true;
  CHECK(ids_of(*read_tokenizer_json(file.dump(), "t"), "abc") == Ids{whole});
  CHECK(ids_of(*read_tokenizer_json(file.dump(), "t"), "abca") == Ids{ab, c, file["model"]["vocab"]["a"]});
}

TEST_CASE("tokenizer.json: merges as pairs, added tokens, sizes") {
  auto file = tokenizer({{"a", "b"}});
  file["model"]["merges"] = json::array({json::array({"a", "b"})});
  const auto encoding = read_tokenizer_json(file.dump(), "pairs");
  REQUIRE(encoding.has_value());
  CHECK(encoding->name() == "pairs");
  CHECK(encoding->size() == 5001);
  Ids ids;
  encoding->encode_with_special("ab<|end|>", ids);
  CHECK(ids == Ids{file["model"]["vocab"]["ab"], 5000});
  CHECK(encoding->count("<|end|>") == Tokens(7));
}

TEST_CASE("tokenizer.json: NFC comes first where the file says so") {
  auto file = tokenizer({{"\xC3", "\xA9"}});
  const std::string composed = "caf\u00E9", decomposed = "cafe\u0301";
  const auto plain = read_tokenizer_json(file.dump(), "t");
  CHECK(ids_of(*plain, composed) != ids_of(*plain, decomposed));
  file["normalizer"] = {{"type", "NFC"}};
  const auto normal = read_tokenizer_json(file.dump(), "t");
  CHECK(ids_of(*normal, composed) == ids_of(*normal, decomposed));
  CHECK(ids_of(*normal, composed) == ids_of(*plain, composed));
  CHECK(detail::to_nfc("\u1112\u1161\u11AB \u212B") == "\uD55C \u00C5");
}

TEST_CASE("tokenizer.json: patterns of the common families are known") {
  const std::pair<const char*, const char*> patterns[] = {
      {R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)", "it|'S| |123|4"},
      {R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)", "it|'S| |1|2|3|4"},
      {R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)", "it|'|S| 1234"},
      {R"([^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+)",
       "it'S| |123|4"},
      {R"([^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+)",
       "it|'S| |1|2|3|4"}};
  for (const auto& [pattern, pieces] : patterns) {
    // A vocabulary in which each piece would be one token: then its ids are the pieces.
    auto file = tokenizer({}, {"it", "'S", "it'S", " 1234", "123"});
    file["model"]["ignore_merges"] = true;
    file["pre_tokenizer"] = {{"type", "Sequence"},
                             {"pretokenizers", {{{"type", "Split"}, {"pattern", {{"Regex", pattern}}}, {"behavior", "Isolated"}, {"invert", false}},
                                                {{"type", "ByteLevel"}, {"add_prefix_space", false}, {"trim_offsets", true}, {"use_regex", false}}}}};
    const auto encoding = read_tokenizer_json(file.dump(), "t");
    INFO(pattern);
    REQUIRE(encoding.has_value());
    std::string found;
    for (const auto id : ids_of(*encoding, "it'S 1234")) found += (found.empty() ? "" : "|") + *encoding->decode(std::span(&id, 1));
    CHECK(found == pieces);
  }
}

TEST_CASE("tokenizer.json: what is not byte-level BPE is refused by its name") {
  auto file = tokenizer({{"a", "b"}});
  const auto with = [&](const char* pointer, const json& value) {
    auto changed = file;
    changed[json::json_pointer(pointer)] = value;
    return refusal(changed);
  };
  CHECK(with("/model/type", "Unigram") == "model.type: \"Unigram\"; only byte-level BPE is read");
  CHECK(with("/model/byte_fallback", true).find("SentencePiece") != std::string::npos);
  CHECK(with("/model/dropout", 0.1).find("model.dropout") != std::string::npos);
  CHECK(with("/normalizer", json{{"type", "Lowercase"}}) == "normalizer: \"Lowercase\"; none and NFC are known here");
  CHECK(with("/pre_tokenizer", json{{"type", "Whitespace"}}).find("\"Whitespace\" is not known here") != std::string::npos);
  CHECK(with("/pre_tokenizer", nullptr).find("there is none") != std::string::npos);
  CHECK(with("/pre_tokenizer/add_prefix_space", true).find("add_prefix_space") != std::string::npos);
  CHECK(with("/pre_tokenizer", json{{"type", "Sequence"}, {"pretokenizers", {{{"type", "Split"}, {"pattern", {{"Regex", "\\d+"}}}, {"behavior", "Isolated"}},
        {{"type", "ByteLevel"}, {"add_prefix_space", false}, {"use_regex", false}}}}}) == "pre_tokenizer: this pattern is not known here: \\d+");
  CHECK(with("/added_tokens/0/lstrip", true).find("lstrip") != std::string::npos);
  CHECK(with("/model/vocab/a", -1).find("whole number") != std::string::npos);
  CHECK(with("/model/merges/0", "x y").find("makes no token") != std::string::npos);
  CHECK(with("/model/merges/0", "xy").find("two tokens") != std::string::npos);
  CHECK(with("/model/vocab/▁a", 4999).find("byte alphabet") != std::string::npos);
  auto bytes = file;
  bytes["model"]["vocab"].erase("q");
  CHECK(refusal(bytes).find("256 bytes") != std::string::npos);
  CHECK(refusal(json::object()).find("not a tokenizer.json") != std::string::npos);
  CHECK(read_tokenizer_json("{", "t").error().code == Code::invalid_json);
  // "abc" would come before "bc", of which it is made.
  CHECK(refusal(tokenizer({{"a", "bc"}, {"b", "c"}})).find("merge 0 stands before the merges that make its parts") != std::string::npos);
}

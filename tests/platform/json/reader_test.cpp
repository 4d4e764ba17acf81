#include "platform/json/reader.hpp"

#include <nlohmann/json.hpp>
#include <vector>

#include "base/clock.hpp"
#include "base/rng.hpp"
#include "documents.hpp"
#include "platform/json/writer.hpp"
#include "test.hpp"

using namespace genai;
using namespace std::string_literals;
using json::Reader;

namespace {

Code code_of(std::string_view text) {
  const auto error = json::check(text);
  REQUIRE(error);
  return error->code;
}

std::string what_of(std::string_view text) {
  const auto error = json::check(text);
  REQUIRE(error);
  return error->what;
}

// Every string of a document, as the reader gives it.
void strings_of(Reader& in, std::vector<std::string>& into) {
  std::string_view key;
  switch (in.kind()) {
    case json::Kind::object:
      in.enter_object();
      while (in.next_member(key)) {
        into.emplace_back(key);
        strings_of(in, into);
      }
      break;
    case json::Kind::array:
      in.enter_array();
      while (in.next_element()) strings_of(in, into);
      break;
    case json::Kind::string: into.push_back(in.string()->unescaped()); break;
    default: in.skip();
  }
}

void strings_of(const nlohmann::ordered_json& value, std::vector<std::string>& into) {
  if (value.is_string()) into.push_back(value.get<std::string>());
  for (const auto& [key, member] : value.items()) {
    if (!value.is_structured()) break;
    if (value.is_object()) into.push_back(key);
    strings_of(member, into);
  }
}

}  // namespace

TEST_CASE("J1 what is not JSON is refused with its place", "[json]") {
  for (const char* text : {"", " ", "{", "}", "[", "]", "[1,]", "{\"a\":1,}", "[,1]", "{,}", "[1 2]", "{\"a\" 1}", "{\"a\":}", "{a:1}", "{'a':1}", "nul",
                           "nulll", "tru", "True", "NaN", "Infinity", "-", "01", "-01", "1.", ".5", "1e", "1e+", "+1", "0x10", "1 2", "{} {}", "[1]]",
                           "// c\n1", "/* c */1", "[1]#", "\xEF\xBB\xBF{}", "\"abc", "\"a\\x\"", "\"\\u12g4\"", "\"a\nb\"", "\"\\\"", "[\"a\"b]",
                           "12\"abc\"", "\f1", "{\"a\":1 \"b\":2}", "{\"a\"}", "{1:2}"}) {
    CAPTURE(text);
    CHECK(code_of(text) == Code::invalid_json);
  }
  CHECK(code_of(std::string_view("{}\0", 3)) == Code::invalid_json);
  CHECK(what_of("{\n  \"a\": tru\n}") == "expected true, false or null (byte 9, line 2, column 8)");
  CHECK(what_of("[\"é漢\", x]") == "no JSON value begins like this (byte 10, line 1, column 8)");
  CHECK(what_of("") == "the text ends where a value is due (byte 0, line 1, column 1)");
  CHECK(what_of("{} x") == "something follows the end of the document (byte 3, line 1, column 4)");
}

TEST_CASE("J2 invalid UTF-8 and lone surrogates are refused", "[json]") {
  for (const char* text : {"\"\\ud800\"", "\"\\udc00\"", "\"\\ud800\\ud800\"", "\"\\ud800\\n\"", "\"\\ud800x\"", "\"\xC0\xAF\"", "\"\xED\xA0\x80\"", "\"\xE2\x82\"",
                           "\"\xF5\x80\x80\x80\"", "\"\xF4\x90\x80\x80\"", "\"\xE0\x9F\xBF\"", "\"\xF0\x8F\xBF\xBF\"", "\"\x80\"", "\"\xFF\"",
                           "{\"\xC3\":1}", "{\"\\udfff\":1}"}) {
    CAPTURE(text);
    CHECK(code_of(text) == Code::invalid_unicode);
  }
  CHECK_FALSE(json::check("\"\\ud83d\\ude00 \xF4\x8F\xBF\xBF \xED\x9F\xBF \xEE\x80\x80\""));
}

TEST_CASE("J3 nesting beyond 64 is refused, fast and in bounded memory", "[json]") {
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  CHECK_FALSE(json::check(nested(64)));
  CHECK(code_of(nested(65)) == Code::json_too_deep);
  CHECK(code_of(std::string(10'000'000, '[')) == Code::json_too_deep);
  std::string objects;
  for (int i = 0; i < 65; ++i) objects += "{\"a\":";
  CHECK(code_of(objects) == Code::json_too_deep);
  std::string siblings = "[";
  for (int i = 0; i < 1000; ++i) siblings += "[{}],";
  CHECK_FALSE(json::check(siblings + "0]"));
}

TEST_CASE("J4 the same key twice is refused at every level, with its path", "[json]") {
  const auto path_of = [](std::string_view text) {
    const auto error = json::check(text);
    REQUIRE(error);
    CHECK(error->code == Code::duplicate_key);
    return error->param;
  };
  CHECK(path_of(R"({"a":1,"a":1})") == "a");
  CHECK(path_of(R"({"model":1,"mod\u0065l":1})") == "model");
  CHECK(path_of(R"({"messages":[{"role":"a"},{"role":"a","x":{},"role":"b"}]})") == "messages[1].role");
  CHECK(path_of(R"([[{"a":{"b":[0,{"c":1,"c":2}]}}]])") == "[0][0].a.b[1].c");
  CHECK(path_of(R"({"":1,"":2})").empty());
  std::string large = "{";
  for (int i = 0; i < 1000; ++i) large += "\"key" + std::to_string(i) + "\":" + std::to_string(i) + ",";
  CHECK_FALSE(json::check(large + "\"last\":0}"));
  CHECK(path_of(large + "\"key500\":0}") == "key500");
  CHECK_FALSE(json::check(R"({"a":{"a":{"a":1}},"b":{"a":1}})"));
  Reader allowed(R"({"a":1,"a":1})", json::Manner::lenient);
  allowed.skip();
  CHECK(allowed.end());
}

TEST_CASE("J5 numbers keep their exact text", "[json]") {
  for (const char* text : {"1e400", "18446744073709551616", "-0", "0.10", "1E+2", "123456789012345678901234567890.5e-9999"}) {
    Reader in(text);
    CHECK(in.number() == text);
    CHECK(in.end());
  }
}

TEST_CASE("values of another kind are skipped and checked", "[json]") {
  Reader in(R"({"a": [1, {"b": "x"}], "c": "d\n\u00e9\ud83d\ude00", "e": false, "f": null, "g": 1})");
  std::string_view key;
  REQUIRE(in.enter_object());
  REQUIRE(in.next_member(key));
  CHECK_FALSE(in.comma_at());
  CHECK(in.key_at() == 1);
  CHECK_FALSE(in.string());
  REQUIRE(in.next_member(key));
  CHECK(in.comma_at() == 21);
  const auto text = in.string();
  REQUIRE(text);
  CHECK(text->escaped());
  CHECK(text->unescaped() == "d\n\xC3\xA9\xF0\x9F\x98\x80");
  CHECK(text->size == text->unescaped().size());
  REQUIRE(in.next_member(key));
  CHECK(in.boolean() == false);
  REQUIRE(in.next_member(key));
  CHECK(in.null());
  REQUIRE(in.next_member(key));
  CHECK_FALSE(in.enter_array());
  CHECK_FALSE(in.next_member(key));
  CHECK(in.end());

  Reader bad(R"({"a": [1, nul], "b": 2})");
  REQUIRE(bad.enter_object());
  REQUIRE(bad.next_member(key));
  CHECK_FALSE(bad.string());
  CHECK(bad.failed());
  CHECK_FALSE(bad.next_member(key));
  CHECK_FALSE(bad.end());
}

TEST_CASE("the reader agrees with nlohmann on generated and mutated documents", "[json]") {
  SeededRng rng(7);
  std::size_t accepted = 0, refused = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string text = json::testing::random_value(rng, 4);
    for (std::size_t changes = json::testing::below(rng, 3); changes > 0; --changes) text = json::testing::mutated(std::move(text), rng);
    CAPTURE(round, text);
    const auto ours = json::check(text);
    const auto theirs = nlohmann::ordered_json::parse(text, nullptr, false);
    if (ours && ours->code == Code::duplicate_key) continue;                            // they take these
    if (text.starts_with("\xEF\xBB\xBF") || (!ours && text.find_first_of("eE") != text.npos && theirs.is_discarded())) continue;  // and not 1e55555
    REQUIRE(!ours == !theirs.is_discarded());
    (ours ? refused : accepted)++;
    if (ours) continue;
    std::vector<std::string> read, expected;
    Reader in(text);
    strings_of(in, read);
    strings_of(theirs, expected);
    REQUIRE(read == expected);
  }
  CHECK(accepted > 5'000);
  CHECK(refused > 5'000);
}

TEST_CASE("written strings read back", "[json]") {
  SeededRng rng(3);
  for (int round = 0; round < 2'000; ++round) {
    std::string text;
    for (std::size_t i = json::testing::below(rng, 40); i > 0; --i) text += static_cast<char>(json::testing::below(rng, 128));
    if (round % 2 == 0) text += "é漢\xF0\x9F\x98\x80";
    std::string written;
    json::append_string(written, text);
    Reader in(written);
    const auto read = in.string();
    REQUIRE(read);
    CHECK(read->unescaped() == text);
    CHECK(nlohmann::json::parse(written).get<std::string>() == text);
  }
  std::string written;
  json::append_string(written, "a\xFFz\xE2\x82");
  CHECK(written == "\"a\xEF\xBF\xBDz\xEF\xBF\xBD\xEF\xBF\xBD\"");
}

#include "platform/http/json_lines.hpp"

#include "json_lines_oracle.hpp"
#include "test.hpp"

using namespace genai;
using http::JsonLinesDecoder;

namespace {

std::vector<std::string> lines_of(JsonLinesDecoder& decoder) {
  std::vector<std::string> lines;
  for (auto event = decoder.next(); event && *event; event = decoder.next()) {
    CHECK((*event)->type.empty());
    lines.emplace_back((*event)->data);
  }
  return lines;
}

}  // namespace

TEST_CASE("lines of JSON leave as they are, split anywhere", "[http]") {
  const std::string text = "{\"a\":1}\n\r\n {\"b\" : \"\xC3\xA9\"} \r\n\n{\"c\":3}";
  for (std::size_t step = 1; step <= text.size(); ++step) {
    JsonLinesDecoder decoder;
    std::vector<std::string> lines;
    for (std::size_t at = 0; at < text.size(); at += step) {
      decoder.feed(std::string_view(text).substr(at, step));
      for (auto& line : lines_of(decoder)) lines.push_back(std::move(line));
    }
    CHECK(lines == std::vector<std::string>{"{\"a\":1}", " {\"b\" : \"\xC3\xA9\"} "});
    CHECK_FALSE(decoder.ready());
    decoder.end();
    CHECK(decoder.ready());
    CHECK(lines_of(decoder) == std::vector<std::string>{"{\"c\":3}"});
    CHECK_FALSE(decoder.ready());
    CHECK(lines_of(decoder).empty());
  }
}

TEST_CASE("a line that is ready is given; what is no line yet is not ready", "[http]") {
  JsonLinesDecoder decoder;
  decoder.feed("\n \r\n{\"a\":");
  CHECK_FALSE(decoder.ready());
  decoder.feed("1}\n{");
  CHECK(decoder.ready());
  CHECK(lines_of(decoder).size() == 1);
  CHECK_FALSE(decoder.ready());
}

TEST_CASE("U6: a line without an end is refused in fixed memory, and stays refused", "[http]") {
  JsonLinesDecoder decoder(100);
  const std::string whole(100, '1');
  decoder.feed(whole + "\n");
  CHECK(lines_of(decoder) == std::vector<std::string>{whole});
  decoder.feed(whole);
  CHECK(decoder.next().has_value());
  decoder.feed("1");
  CHECK(decoder.next().error().code == Code::upstream_protocol);
  decoder.feed("\n{}\n");
  CHECK(decoder.next().error().code == Code::upstream_protocol);
}

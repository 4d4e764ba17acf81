#include "platform/http/sse.hpp"

#include <string>
#include <vector>

#include "base/rng.hpp"
#include "sse_oracle.hpp"
#include "test.hpp"

using namespace genai;
using http::SseDecoder;
using http::testing::Plain;

namespace {

// Events of a body that arrives in the given pieces.
std::vector<Plain> events_of(const std::vector<std::string_view>& pieces, std::size_t max_event = SseDecoder::default_max_event) {
  SseDecoder decoder(max_event);
  std::vector<Plain> events;
  for (const auto piece : pieces) {
    decoder.feed(piece);
    for (;;) {
      const bool promised = decoder.ready();
      const auto event = decoder.next();
      if (!event) return events.push_back({"error", std::string(row(event.error().code).name)}), events;
      if (!*event) {
        CHECK_FALSE(promised);
        break;
      }
      events.push_back({std::string((*event)->data), std::string((*event)->type)});
    }
  }
  return events;
}

const std::vector<std::string> transcripts{
    "data: {\"a\":1}\n\ndata: {\"b\":2}\n\ndata: [DONE]\n\n",
    "data: a\r\n\r\ndata: b\r\n\r\n",
    "data: a\r\rdata: b\r\r",
    "\xEF\xBB\xBF" "data: after a bom\n\n",
    "\xEF\xBB" "data: not a bom\n\ndata: x\n\n",
    ": comment\n\n: another\ndata: a\n: between\ndata: b\ndata: c\n\n",
    "event: error\ndata: {\"x\":1}\n\ndata: plain again\n\n",
    "event: lost\n\ndata: a\n\n",
    "data\n\ndata:\n\ndata:\ndata:\n\ndata:  two blanks\n\n",
    "id: 7\nretry: 10\nunknown: x\ndata:no blank\n\n",
    "data: \xE6\xBC\xA2\xE5\xAD\x97 \xF0\x9F\x98\x80\n\n",
    "data: mixed\r\ndata: ends\rdata: here\n\r\ndata: next\n\n",
    "data: not complete\n",
    "\n\n\r\n\rdata: x\n\n\n\n\n",
    ":\n:\n:\n:\n:\n:\n:\n",
};

}  // namespace

TEST_CASE("U6 legal event streams give the same events at every split", "[sse]") {
  for (const auto& text : transcripts) {
    CAPTURE(text);
    const auto expected = http::testing::slow_events(text);
    CHECK(events_of({text}) == expected);
    for (std::size_t i = 0; i <= text.size(); ++i) {
      const std::string_view view(text);
      REQUIRE(events_of({view.substr(0, i), view.substr(i)}) == expected);
      for (std::size_t j = i; j <= text.size(); ++j) REQUIRE(events_of({view.substr(0, i), view.substr(i, j - i), view.substr(j)}) == expected);
    }
    std::vector<std::string_view> bytes;
    for (std::size_t i = 0; i < text.size(); ++i) bytes.push_back(std::string_view(text).substr(i, 1));
    CHECK(events_of(bytes) == expected);
  }
}

TEST_CASE("U6 the decoder agrees with a slow one on random streams", "[sse]") {
  SeededRng rng(11);
  static constexpr const char* pieces[] = {"data", ":", " ", "\n", "\r", "\r\n", "\n\n", "x", "data: y\n\n", "event: z\n", ": c\n", "\xEF\xBB\xBF"};
  for (int round = 0; round < 5'000; ++round) {
    std::string text;
    for (auto i = rng.next() % 30; i > 0; --i) text += pieces[rng.next() % std::size(pieces)];
    std::vector<std::string_view> parts;
    for (std::size_t at = 0; at < text.size();) {
      const auto size = std::min<std::size_t>(1 + rng.next() % 7, text.size() - at);
      parts.push_back(std::string_view(text).substr(at, size));
      at += size;
    }
    CAPTURE(text);
    REQUIRE(events_of(parts) == http::testing::slow_events(text));
  }
}

TEST_CASE("U6 an event beyond the limit ends the stream, however it is split", "[sse]") {
  const std::string fits = "data: " + std::string(100, 'x') + "\n";
  const std::string text = "data: first\n\n" + fits + fits + "\n";
  const std::vector<Plain> all{{"first", ""}, {std::string(100, 'x') + "\n" + std::string(100, 'x'), ""}};
  const std::vector<Plain> cut{{"first", ""}, {"error", "upstream_protocol"}};
  for (std::size_t i = 0; i <= text.size(); ++i) {
    const std::string_view view(text);
    REQUIRE(events_of({view.substr(0, i), view.substr(i)}, 214) == all);
    REQUIRE(events_of({view.substr(0, i), view.substr(i)}, 213) == cut);
  }
  SseDecoder decoder(64);
  decoder.feed(std::string(100, 'x'));
  CHECK(decoder.next().has_error());
  decoder.feed("\n\ndata: later\n\n");
  CHECK(decoder.next().has_error());  // the error stays
}

TEST_CASE("U6 heartbeats without an empty line may go on for ever", "[sse]") {
  SseDecoder decoder(64);
  for (int i = 0; i < 1'000; ++i) {
    decoder.feed(": heartbeat\n");
    REQUIRE_FALSE(decoder.next().value());
  }
  CHECK_FALSE(decoder.partial());
  decoder.feed("data: x\n\n");
  CHECK(decoder.next().value()->data == "x");
}

TEST_CASE("a decoder knows what is left", "[sse]") {
  SseDecoder decoder;
  CHECK_FALSE(decoder.partial());
  decoder.feed("data: a\n\ndata: b\n\ndat");
  REQUIRE(decoder.next().value());
  CHECK(decoder.ready());
  REQUIRE(decoder.next().value());
  CHECK_FALSE(decoder.ready());
  CHECK_FALSE(decoder.next().value());
  CHECK(decoder.partial());
  decoder.feed("a: c\r\n\r");
  CHECK(decoder.next().value()->data == "c");
  decoder.feed("\n");
  CHECK_FALSE(decoder.next().value());
  CHECK_FALSE(decoder.partial());
}

TEST_CASE("one-line data is handed out where it arrived", "[sse]") {
  SseDecoder decoder;
  decoder.feed("data: abcdefghijklmnopqrstuvwxyz\n\ndata: 2\n\n");
  const auto first = decoder.next().value()->data;
  const auto second = decoder.next().value()->data;
  CHECK(second.data() - first.data() == 26 + 2 + 6);
}

TEST_CASE("written events read back", "[sse]") {
  std::string body;
  http::append_event(body, "{}");
  http::append_event(body, "[DONE]");
  CHECK(events_of({body}) == std::vector<Plain>{{"{}", ""}, {"[DONE]", ""}});
}

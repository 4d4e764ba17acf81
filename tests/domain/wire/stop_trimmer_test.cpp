// Answers without the sequence that stopped them, whichever way they come in pieces.
#include "domain/wire/stop_trimmer.hpp"

#include <nlohmann/json.hpp>

#include "domain/wire/tgi.hpp"
#include "platform/json/reader.hpp"
#include "test.hpp"

using namespace genai;

namespace {

struct Heard {
  std::string text;  // pieces in a row, a '|' behind each event
  std::string stop;
  std::string counted;
};

std::string token(const std::string& text, bool is_last, const std::string& reason) {
  nlohmann::json event{{"token", {{"text", text}, {"special", false}}}, {"generated_text", nullptr}, {"details", nullptr}};
  if (is_last) event["generated_text"] = "x", event["details"] = {{"finish_reason", reason}, {"generated_tokens", 1}, {"input_length", 1}};
  return event.dump();
}

Heard hear(const std::vector<std::string>& tokens, std::vector<std::string> stops, const std::string& reason = "stop_sequence") {
  const auto decoder = wire::without_stops(wire::tgi::make_decoder(true), std::move(stops));
  Heard heard;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const std::string payload = token(tokens[i], i + 1 == tokens.size(), reason);
    const auto event = decoder->event("", payload);
    REQUIRE(event.has_value());
    std::string piece;
    for (const auto& delta : (*event)->deltas) piece += json::unescaped(delta.text);
    CHECK((*event)->visible == !piece.empty());
    CHECK((*event)->token == !tokens[i].empty());
    heard.text += piece + "|";
    heard.counted += (*event)->text;
    heard.stop = json::unescaped((*event)->stop_sequence);
  }
  return heard;
}

}  // namespace

TEST_CASE("the sequence that stopped an answer is not part of it", "[wire]") {
  CHECK(hear({"one", " two", "\n\n"}, {"\n\n"}).text == "one| two||");
  CHECK(hear({"one", "\n", "\n"}, {"\n\n"}).text == "one|||");
  CHECK(hear({"one", "\n", "two\n", "\n"}, {"\n\n"}).text == "one||\ntwo||");
  CHECK(hear({"a", "END"}, {"END", "ND"}).text == "a||");
  CHECK(hear({"a", "END"}, {"END", "ND"}).stop == "END");
  CHECK(hear({"a \"q\" ", "é!"}, {"é!"}).text == "a \"q\" ||");
  CHECK(hear({"a \"q\" ", "é!"}, {"é!"}).counted == "a \"q\" é!");
}

TEST_CASE("what only began as one is said after all", "[wire]") {
  CHECK(hear({"one\n", "two", "\n"}, {"\n\n"}, "eos_token").text == "one|\ntwo|\n|");
  CHECK(hear({"EN", "EN", "D"}, {"END"}, "length").text == "|EN|END|");  // it was cut before the server saw it
  CHECK(hear({"EN", "EN", "D"}, {"END"}).text == "|EN||");
  CHECK(hear({"x", ""}, {"x"}, "eos_token").text == "|x|");
  CHECK(hear({"a", "b"}, {"zz"}).text == "a|b|");
  CHECK(hear({"a", "b"}, {"zz"}).stop.empty());
}

TEST_CASE("without sequences nothing is held back", "[wire]") {
  CHECK(hear({"a", "b"}, {}).text == "a|b|");
  CHECK(hear({"a", "b"}, {""}).text == "a|b|");
}

TEST_CASE("a whole answer ends before its sequence", "[wire]") {
  const auto decoder = wire::without_stops(wire::tgi::make_decoder(true), {"END"});
  const std::string body = R"({"generated_text":"a \"b\" END","details":{"finish_reason":"stop_sequence","generated_tokens":4,"prefill":[],"tokens":[]}})";
  const auto event = decoder->whole(body);
  REQUIRE(event.has_value());
  REQUIRE(event->deltas.size() == 1);
  CHECK(event->deltas[0].text == R"(a \"b\" )");
  CHECK(event->stop_sequence == "END");
}

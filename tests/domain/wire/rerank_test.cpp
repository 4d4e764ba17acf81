#include "domain/wire/rerank.hpp"

#include "test.hpp"

using namespace genai;
using chat::Dialect;

namespace {

std::string refused(std::string body) {
  const auto chat = wire::rerank::decode(std::move(body));
  REQUIRE(chat.has_error());
  return std::string(row(chat.error().code).name) + " " + chat.error().param;
}

std::optional<chat::Usage> usage_of(std::string_view body) {
  const auto event = wire::make_decoder(Dialect::rerank, true)->whole(body);
  if (!event) FAIL(event.error().what);
  CHECK(event->payload == body);
  return event->usage;
}

chat::Usage prompt(std::int64_t tokens) { return {Tokens(tokens), Tokens(0), Tokens(0), Tokens(0), false}; }

}  // namespace

TEST_CASE("a reranking passes byte for byte but for its model", "[wire]") {
  const std::string body = R"({"query":"capital?","model": "m","documents":["Ulm",{"text":"Bern","id":"7"}],"top_n":1,"x_unknown":{"kept":[1]}})";
  const auto chat = wire::rerank::decode(body);
  REQUIRE(chat.has_value());
  CHECK(chat->model == "m");
  CHECK(chat->prompt_estimate == Tokens(6));  // 2 queries of 8 bytes, documents of 3 and 4 + 1 bytes: 24 bytes
  const auto sent = wire::encode(*chat, Dialect::rerank, "up");
  CHECK(*sent == R"({"query":"capital?","model": "up","documents":["Ulm",{"text":"Bern","id":"7"}],"top_n":1,"x_unknown":{"kept":[1]}})");
  CHECK(wire::encode(*chat, Dialect::gemini, "up").error().code == Code::unsupported_parameter);
}

TEST_CASE("what is no request for a reranking", "[wire]") {
  CHECK(refused("[]") == "expected_object ");
  CHECK(refused(R"({"query":"q","documents":["a"]})") == "missing_field model");
  CHECK(refused(R"({"model":"m","documents":["a"]})") == "missing_field query");
  CHECK(refused(R"({"model":"m","query":"q"})") == "missing_field documents");
  CHECK(refused(R"({"model":"m","query":"","documents":["a"]})") == "invalid_value query");
  CHECK(refused(R"({"model":"m","query":["q"],"documents":["a"]})") == "invalid_value query");
  CHECK(refused(R"({"model":"m","query":"q","documents":[]})") == "invalid_value documents");
  CHECK(refused(R"({"model":"m","query":"q","documents":"a"})") == "invalid_value documents");
  CHECK(refused(R"({"model":"m","query":"q","documents":[1]})") == "invalid_value documents");
  CHECK(refused(R"({"model":"m","query":"q","documents":["a"],"top_n":0})") == "invalid_value top_n");
  CHECK(refused(R"({"model":"m","query":"q","documents":["a"],"api_base":"https://a"})") == "forbidden_field api_base");
  std::string many = R"({"model":"m","query":"q","documents":["")";
  for (int i = 0; i < 10'000; ++i) many += ",\"\"";
  CHECK(refused(many + "]}") == "invalid_value documents");
}

TEST_CASE("U13: tokens of a reranking, where the provider says them", "[wire]") {
  CHECK(usage_of(R"({"id":"i","results":[{"index":1,"relevance_score":0.9}],"meta":{"billed_units":{"search_units":1}}})") == std::nullopt);
  CHECK(usage_of(R"({"results":[],"meta":{"billed_units":{"search_units":1},"tokens":{"input_tokens":13,"output_tokens":0}}})") == prompt(13));
  CHECK(usage_of(R"({"model":"m","usage":{"total_tokens":56},"results":[]})") == prompt(56));
  CHECK(usage_of(R"({"model":"m","usage":{"prompt_tokens":50,"total_tokens":56},"results":[]})") == prompt(50));
  CHECK(usage_of(R"({"model":"m","usage":{"total_tokens":-56},"results":[]})") == std::nullopt);
}

TEST_CASE("U5: what is no answer to a reranking", "[wire]") {
  const auto code_of = [](std::string_view body) { return wire::make_decoder(Dialect::rerank, true)->whole(body).error().code; };
  CHECK(code_of("{}") == Code::upstream_protocol);
  CHECK(code_of("[]") == Code::upstream_protocol);
  CHECK(code_of("7}") == Code::upstream_protocol);
  CHECK(code_of(R"({"meta":7,"usage":[]}})") == Code::upstream_protocol);
  CHECK(code_of(R"({"results":7})") == Code::upstream_protocol);
  CHECK(code_of(R"({"error":{"message":"m"}})") == Code::upstream_error);
}

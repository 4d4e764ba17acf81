#include "domain/wire/cohere.hpp"

#include <nlohmann/json.hpp>

#include "domain/wire/openai.hpp"
#include "test.hpp"

using namespace genai;
namespace cohere = genai::wire::cohere;
using chat::Part;
using chat::Role;
using nlohmann::json;

namespace {

Part part(Part::Kind kind, std::string text = {}) {
  Part part;
  part.kind = kind;
  part.text = std::move(text);
  return part;
}

template <class Change>
Result<std::string> changed(Change change) {
  chat::Conversation asked;
  asked.messages.push_back({Role::user, {part(Part::Kind::text, "hi")}});
  change(asked);
  return cohere::write(asked, "m");
}

template <class Change>
json written(Change change) {
  const auto body = changed(change);
  if (!body) FAIL(body.error().what);
  return json::parse(*body);
}

// "code param"
template <class Change>
std::string refused(Change change) {
  const auto body = changed(change);
  REQUIRE(body.has_error());
  return std::string(row(body.error().code).name) + " " + body.error().param;
}

Result<chat::Event> answered(std::string_view body) { return cohere::make_decoder(true)->whole(body); }

}  // namespace

TEST_CASE("what Cohere cannot say is refused", "[wire]") {
  using Choice = chat::ToolChoice;
  const auto two = [](auto& c) { c.tools = {{"f", "", "{}", true}, {"g", "", "{}", {}}}; };
  CHECK(refused(two) == "unsupported_parameter tools[1].strict");
  CHECK(refused([](auto& c) { c.tools.push_back({"f", "", "{}", {}}), c.parallel_tool_calls = false; }) == "unsupported_parameter parallel_tool_calls");
  CHECK(refused([](auto& c) { c.tools = {{"f", "", "{}", {}}, {"g", "", "{}", {}}}, c.tool_choice = Choice{Choice::Kind::one, "g"}; }) == "unsupported_parameter tool_choice");
  CHECK(refused([](auto& c) { c.stop.assign(6, "x"); }) == "unsupported_parameter stop");
  CHECK(refused([](auto& c) { c.presence_penalty = "-0.5"; }) == "unsupported_parameter presence_penalty");
  CHECK(refused([](auto& c) { c.frequency_penalty = "1.5"; }) == "unsupported_parameter frequency_penalty");
  CHECK(refused([](auto& c) { c.top_k = "501"; }) == "unsupported_parameter top_k");
  CHECK(refused([](auto& c) { c.effort = "xhigh"; }) == "unsupported_parameter reasoning_effort");
  CHECK(refused([](auto& c) { c.messages[0].parts.push_back(part(Part::Kind::document)); }) == "unsupported_parameter messages[0]");
  CHECK(refused([](auto& c) { c.messages[0] = {Role::system, {part(Part::Kind::image)}}; }) == "unsupported_parameter messages[0]");
}

TEST_CASE("what no dialect could say to Cohere is wrong", "[wire]") {
  CHECK(refused([](auto& c) { c.messages.clear(); }) == "invalid_value messages");
  CHECK(refused([](auto& c) { c.messages[0] = {Role::assistant, {part(Part::Kind::tool_call, "[")}}; }) == "invalid_value messages[0]");
  CHECK(refused([](auto& c) { c.tool_choice = chat::ToolChoice{chat::ToolChoice::Kind::any, {}}; }) == "invalid_value tool_choice");
  CHECK(refused([](auto& c) { c.tools.push_back({"f", "", "7", {}}); }) == "invalid_value tools[0]");
}

TEST_CASE("the scales of Cohere's sampling", "[wire]") {
  const auto body = written([](auto& c) { c.top_p = "1", c.top_k = "-1", c.presence_penalty = "0.5"; });
  CHECK(body["p"] == 0.99);
  CHECK(body["k"] == 0);
  CHECK(body["presence_penalty"] == 0.5);
  CHECK(written([](auto& c) { c.top_p = "0"; })["p"] == 0.01);
  CHECK(written([](auto& c) { c.top_p = "0.5"; })["p"] == 0.5);
}

TEST_CASE("whether and how much a Cohere model thinks", "[wire]") {
  const auto thinking = [](std::string effort, std::optional<std::int64_t> budget) {
    return written([&](auto& c) { c.effort = effort, c.reasoning_budget = budget; })["thinking"].dump();
  };
  CHECK(thinking("", {}) == "null");
  CHECK(thinking("none", {}) == R"({"type":"disabled"})");
  CHECK(thinking("low", {}) == R"({"token_budget":1024,"type":"enabled"})");
  CHECK(thinking("high", {}) == R"({"type":"enabled"})");
  CHECK(thinking("", 0) == R"({"type":"disabled"})");
  CHECK(thinking("none", 500) == R"({"token_budget":500,"type":"enabled"})");
}

TEST_CASE("to demand the only tool of a request is to demand a tool of Cohere's", "[wire]") {
  using Choice = chat::ToolChoice;
  CHECK(written([](auto& c) { c.tools = {{"f", "", "", true}}, c.tool_choice = Choice{Choice::Kind::one, "f"}; })["tool_choice"] == "REQUIRED");
  CHECK(written([](auto& c) { c.tools = {{"f", "", "", true}}; })["strict_tools"] == true);
}

TEST_CASE("U13: Cohere's usage is what it bills, else what it counts", "[wire]") {
  const auto usage = [](std::string said) {
    const auto event = answered(R"({"finish_reason":"COMPLETE","message":{"content":[{"type":"text","text":"a"}]},"usage":)" + said + "}");
    REQUIRE(event.has_value());
    return event->usage;
  };
  CHECK(usage(R"({"billed_units":{"input_tokens":5,"output_tokens":9},"tokens":{"input_tokens":71,"output_tokens":11},"cached_tokens":64})") == chat::Usage{Tokens(5), Tokens(9), Tokens(0), Tokens(0), false});
  CHECK(usage(R"({"tokens":{"input_tokens":71,"output_tokens":11},"cached_tokens":640})") == chat::Usage{Tokens(71), Tokens(11), Tokens(71), Tokens(0), false});
  CHECK(usage(R"({"billed_units":{"input_tokens":5},"tokens":{"input_tokens":-1,"output_tokens":11}})") == std::nullopt);
  CHECK(usage("null") == std::nullopt);
}

TEST_CASE("U5, U6: what is no answer of Cohere's", "[wire]") {
  CHECK(answered("{}").error().code == Code::upstream_protocol);
  CHECK(answered("[1]").error().code == Code::upstream_protocol);
  CHECK(answered(R"({"message":"no such model"})").error().code == Code::upstream_error);
  const auto decoder = cohere::make_decoder(true);
  CHECK(decoder->event("", "{}").error().code == Code::upstream_protocol);
  CHECK(decoder->event("", R"({"type":"message-end","delta":{}})").error().code == Code::upstream_protocol);
  CHECK(decoder->event("message-end", R"({"delta":{"finish_reason":"COMPLETE"}})").value()->last);
}

TEST_CASE("U10: Cohere's error answers keep their status and sentence", "[wire]") {
  const auto error = wire::openai::decode_error(422, R"({"id":"e1","message":"unsupported value for 'p'"})");
  CHECK(error.code == Code::upstream_rejected);
  CHECK(error.status() == 422);
  CHECK(error.what == "unsupported value for 'p'");
}

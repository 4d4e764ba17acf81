#include "domain/wire/ollama.hpp"

#include <nlohmann/json.hpp>

#include "test.hpp"

using namespace genai;
namespace ollama = genai::wire::ollama;
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
  return ollama::write_chat(asked, "m");
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

std::optional<chat::Usage> usage_of(std::string_view line) {
  const auto decoder = ollama::make_decoder(chat::Dialect::ollama, true);
  const auto event = decoder->event("", line);
  REQUIRE(event.has_value());
  return (*event)->usage;
}

Code code_of(std::string_view line) {
  const auto event = ollama::make_decoder(chat::Dialect::ollama, true)->event("", line);
  REQUIRE(event.has_error());
  return event.error().code;
}

}  // namespace

TEST_CASE("what Ollama cannot say is refused", "[wire]") {
  using Choice = chat::ToolChoice;
  const auto tool = [](auto& c) { c.tools.push_back({"f", "", "{}", {}}); };
  CHECK(refused([&](auto& c) { tool(c), c.parallel_tool_calls = false; }) == "unsupported_parameter parallel_tool_calls");
  CHECK(refused([&](auto& c) { tool(c), c.tool_choice = Choice{Choice::Kind::any, {}}; }) == "unsupported_parameter tool_choice");
  CHECK(refused([&](auto& c) { tool(c), c.tool_choice = Choice{Choice::Kind::one, "f"}; }) == "unsupported_parameter tool_choice");
  CHECK(refused([](auto& c) { c.tools.push_back({"f", "", "{}", true}); }) == "unsupported_parameter tools[0].strict");
  CHECK(refused([](auto& c) { c.effort = "xhigh"; }) == "unsupported_parameter reasoning_effort");
  CHECK(refused([](auto& c) { c.messages[0].parts.push_back(part(Part::Kind::image)), c.messages[0].parts[1].url = "https://a/b.png"; }) == "unsupported_parameter messages[0]");
  CHECK(refused([](auto& c) { c.messages[0].parts.push_back(part(Part::Kind::document)); }) == "unsupported_parameter messages[0]");
  CHECK(refused([](auto& c) { c.format = {chat::OutputFormat::Kind::json_schema, "n", "described", "{}", true}; }) == "unsupported_parameter format.description");
}

TEST_CASE("what no dialect could say to Ollama is wrong", "[wire]") {
  CHECK(refused([](auto& c) { c.messages.clear(); }) == "invalid_value messages");
  CHECK(refused([](auto& c) { c.messages[0].parts.push_back(part(Part::Kind::tool_result)); }) == "invalid_value messages[0]");
  CHECK(refused([](auto& c) { c.messages[0] = {Role::assistant, {part(Part::Kind::tool_call, "[")}}; }) == "invalid_value messages[0]");
  CHECK(refused([](auto& c) { c.tools.push_back({"f", "", "7", {}}); }) == "invalid_value tools[0]");
  chat::Conversation talk;
  talk.messages.push_back({Role::system, {part(Part::Kind::text, "s")}});
  talk.messages.push_back({Role::user, {part(Part::Kind::text, "u")}});
  CHECK(ollama::write_generate(talk, "m").error().param == "prompt");
}

TEST_CASE("whether and how much an Ollama model thinks", "[wire]") {
  const auto think = [](std::string effort, std::optional<std::int64_t> budget) {
    return written([&](auto& c) { c.effort = effort, c.reasoning_budget = budget; })["think"].dump();
  };
  CHECK(think("", {}) == "null");
  CHECK(think("none", {}) == "false");
  CHECK(think("minimal", {}) == "\"low\"");
  CHECK(think("high", {}) == "\"high\"");
  CHECK(think("", 0) == "false");
  CHECK(think("high", 500) == "true");
}

TEST_CASE("thoughts go back to Ollama unless another provider has signed them", "[wire]") {
  const auto messages = written([](auto& c) {
    Part foreign = part(Part::Kind::reasoning, "signed");
    foreign.signature = "s";
    c.messages.push_back({Role::assistant, {part(Part::Kind::reasoning, "own"), foreign, part(Part::Kind::text, "a"), part(Part::Kind::refusal, "b")}});
  })["messages"];
  CHECK(messages[1].dump() == R"({"content":"a\nb","role":"assistant","thinking":"own"})");
}

TEST_CASE("U13: counts that Ollama leaves out, or says to be 0, are no usage", "[wire]") {
  CHECK(usage_of(R"({"message":{"content":"a"},"done":true,"prompt_eval_count":3,"eval_count":1})") == chat::Usage{Tokens(3), Tokens(1), Tokens(0), Tokens(0), false});
  CHECK(usage_of(R"({"message":{"content":"a"},"done":true,"eval_count":1})") == std::nullopt);
  CHECK(usage_of(R"({"message":{"content":"a"},"done":true,"prompt_eval_count":0,"eval_count":1})") == std::nullopt);
  CHECK(usage_of(R"({"message":{"content":"a"},"done":true,"prompt_eval_count":3,"eval_count":0})") == std::nullopt);
  CHECK(usage_of(R"({"message":{"content":"a"},"done":true,"prompt_eval_count":-3,"eval_count":1})") == std::nullopt);
  CHECK(usage_of(R"({"message":{"content":""},"done":true,"prompt_eval_count":3})") == chat::Usage{Tokens(3), Tokens(0), Tokens(0), Tokens(0), false});
  CHECK(usage_of(R"({"message":{"content":"a"},"done":false,"prompt_eval_count":3,"eval_count":1})") == std::nullopt);
}

TEST_CASE("U5, U6: lines that are no answers of Ollama", "[wire]") {
  CHECK(code_of("{}") == Code::upstream_protocol);
  CHECK(code_of("[]") == Code::upstream_protocol);
  CHECK(code_of(R"({"message":{"content":"a"},"done":fal)") == Code::upstream_protocol);
  CHECK(code_of(R"({"error":"m"})") == Code::upstream_error);
  const auto cut = ollama::make_decoder(chat::Dialect::ollama, true)->whole(R"({"message":{"content":"a"},"done":false})");
  CHECK(cut.error().code == Code::upstream_protocol);
}

TEST_CASE("arguments of calls may come as text of an object; other text is none", "[wire]") {
  const auto decoder = ollama::make_decoder(chat::Dialect::ollama, true);
  const auto event = decoder->whole(R"({"message":{"tool_calls":[{"function":{"name":"f","arguments":"{\"a\" :1}"}},{"function":{"name":"g","arguments":"a"}}]},"done":true})");
  REQUIRE(event.has_value());
  REQUIRE(event->deltas.size() == 4);
  CHECK(event->deltas[1].text == R"({\"a\" :1})");
  CHECK(event->deltas[2].id == "call_1");
  CHECK(event->deltas[3].text == "{}");
}

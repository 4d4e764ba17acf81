#include "domain/wire/gemini.hpp"

#include <nlohmann/json.hpp>

#include "test.hpp"

using namespace genai;
namespace gemini = genai::wire::gemini;
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

chat::Conversation plain() {
  chat::Conversation asked;
  asked.messages.push_back({Role::user, {part(Part::Kind::text, "hi")}});
  return asked;
}

json written(const chat::Conversation& asked, std::string_view model = {}) {
  const auto body = gemini::write(asked, model);
  if (!body) FAIL(body.error().what);
  return json::parse(*body);
}

template <class Change>
Error refused(Change change) {
  auto asked = plain();
  change(asked);
  const auto body = gemini::write(asked, {});
  REQUIRE(body.has_error());
  return body.error();
}

Part call(std::string id, std::string name, std::string arguments = "{}") {
  Part made = part(Part::Kind::tool_call, std::move(arguments));
  made.id = std::move(id);
  made.name = std::move(name);
  return made;
}

Part result(std::string id, std::string text) {
  Part made = part(Part::Kind::tool_result);
  made.id = std::move(id);
  made.parts.push_back(part(Part::Kind::text, std::move(text)));
  return made;
}

}  // namespace

TEST_CASE("what Gemini cannot say is refused", "[wire]") {
  const auto unsupported = [](auto change) {
    const auto error = refused(change);
    CHECK(error.code == Code::unsupported_parameter);
    return error.param;
  };
  CHECK(unsupported([](auto& c) { c.parallel_tool_calls = false; }) == "parallel_tool_calls");
  CHECK(unsupported([](auto& c) { c.tools.push_back({"f", "", "{}", true}); }) == "tools[0].strict");
  CHECK(unsupported([](auto& c) { c.stop.assign(6, "x"); }) == "stop");
  CHECK(unsupported([](auto& c) { c.effort = "xhigh"; }) == "reasoning_effort");
  CHECK(unsupported([](auto& c) { c.messages.push_back({Role::system, {part(Part::Kind::text, "later")}}); }) == "messages[1]");
  CHECK(unsupported([](auto& c) { c.messages[0].parts.push_back(part(Part::Kind::image)), c.messages[0].parts[1].url = "http://a/b.png"; }) == "messages[0]");
  CHECK(unsupported([](auto& c) { c.format = {chat::OutputFormat::Kind::json_schema, "n", "described", "{}", true}; }) == "format.description");
}

TEST_CASE("what no dialect could say is wrong", "[wire]") {
  const auto wrong = [](auto change) {
    const auto error = refused(change);
    CHECK(error.code == Code::invalid_value);
    return error.param;
  };
  CHECK(wrong([](auto& c) { c.messages.clear(); }) == "messages");
  CHECK(wrong([](auto& c) { c.messages[0].parts.push_back(result("nobody", "x")); }) == "messages[0]");
  CHECK(wrong([](auto& c) { c.messages.push_back({Role::assistant, {call("1", "f", "[")}}); }) == "messages[1]");
  CHECK(wrong([](auto& c) { c.tool_choice = chat::ToolChoice{chat::ToolChoice::Kind::any, {}}; }) == "tool_choice");
  CHECK(wrong([](auto& c) { c.tools.push_back({"f", "", "7", {}}); }) == "tools[0]");
}

TEST_CASE("results find the name of their call, the latest of that id", "[wire]") {
  auto asked = plain();
  asked.messages.push_back({Role::assistant, {call("1", "f")}});
  asked.messages.push_back({Role::user, {result("1", "a")}});
  asked.messages.push_back({Role::assistant, {call("1", "g")}});
  asked.messages.push_back({Role::user, {result("1", "b")}});
  asked.messages.back().parts[0].is_error = true;
  const auto contents = written(asked)["contents"];
  CHECK(contents[2]["parts"][0]["functionResponse"].dump() == R"({"id":"1","name":"f","response":{"output":"a"}})");
  CHECK(contents[4]["parts"][0]["functionResponse"].dump() == R"({"id":"1","name":"g","response":{"error":"b"}})");
}

TEST_CASE("messages of one role are one content, and signatures find their part", "[wire]") {
  auto asked = plain();
  Part thought = part(Part::Kind::reasoning, "thought");
  thought.signature = "s1";
  Part hidden = part(Part::Kind::hidden_reasoning);
  hidden.data = "s2";
  asked.messages.push_back({Role::user, {part(Part::Kind::text, "there")}});
  asked.messages.push_back({Role::assistant, {thought, call("1", "f"), call("2", "g")}});
  asked.messages.push_back({Role::assistant, {hidden}});
  asked.messages.push_back({Role::user, {result("1", "a"), result("2", "b")}});
  const auto contents = written(asked)["contents"];
  REQUIRE(contents.size() == 3);
  CHECK(contents[0]["parts"].size() == 2);
  CHECK(contents[1].dump() == R"({"parts":[{"text":"thought","thought":true},{"functionCall":{"args":{},"id":"1","name":"f"},"thoughtSignature":"s1"},)"
                              R"({"functionCall":{"args":{},"id":"2","name":"g"}},{"text":"","thoughtSignature":"s2"}],"role":"model"})");
}

TEST_CASE("efforts and budgets of thinking", "[wire]") {
  const auto thinking = [](std::string effort, std::optional<std::int64_t> budget, std::string_view model) {
    auto asked = plain();
    asked.effort = std::move(effort);
    asked.reasoning_budget = budget;
    return written(asked, model)["generationConfig"]["thinkingConfig"].dump();
  };
  CHECK(thinking("", {}, "gemini-3-pro") == "null");
  CHECK(thinking("none", {}, "gemini-2.5-flash") == R"({"thinkingBudget":0})");
  CHECK(thinking("low", {}, "gemini-2.5-flash") == R"({"includeThoughts":true,"thinkingBudget":1024})");
  CHECK(thinking("high", {}, "") == R"({"includeThoughts":true,"thinkingBudget":24576})");
  CHECK(thinking("high", {}, "gemini-3-pro-preview") == R"({"includeThoughts":true,"thinkingLevel":"high"})");
  CHECK(thinking("high", 500, "gemini-3-pro-preview") == R"({"includeThoughts":true,"thinkingBudget":500})");
  CHECK(thinking("", 0, "gemini-2.5-flash") == R"({"thinkingBudget":0})");
}

TEST_CASE("a call whose signature was lost says so to newer models", "[wire]") {
  auto asked = plain();
  asked.messages.push_back({Role::assistant, {call("1", "f"), call("2", "g")}});
  asked.messages.push_back({Role::user, {result("1", "a"), result("2", "b")}});
  CHECK(written(asked, "gemini-2.5-pro").dump().find("thoughtSignature") == std::string::npos);
  const auto parts = written(asked, "gemini-3-pro-preview")["contents"][1]["parts"];
  CHECK(parts[0]["thoughtSignature"] == "skip_thought_signature_validator");
  CHECK_FALSE(parts[1].contains("thoughtSignature"));
}

TEST_CASE("low detail is said where it can be", "[wire]") {
  auto asked = plain();
  asked.messages[0].parts.push_back(part(Part::Kind::image));
  asked.messages[0].parts[1].url = "https://a/b.png";
  asked.messages[0].parts[1].detail = "low";
  CHECK(gemini::write(asked, "gemini-2.5-pro").has_error());
  CHECK(written(asked, "gemini-3-pro")["contents"][0]["parts"][1]["mediaResolution"]["level"] == "MEDIA_RESOLUTION_LOW");
}

TEST_CASE("everything a request can be asked for", "[wire]") {
  auto asked = plain();
  asked.max_tokens = 9;
  asked.temperature = "0.50";
  asked.top_p = "1";
  asked.top_k = "40";
  asked.seed = "7";
  asked.presence_penalty = "0.1";
  asked.frequency_penalty = "0.2";
  asked.stop = {"a", "\n"};
  asked.format.kind = chat::OutputFormat::Kind::json_object;
  const auto body = gemini::write(asked);
  REQUIRE(body.has_value());
  CHECK(body->find(R"("generationConfig":{"maxOutputTokens":9,"temperature":0.50,"topP":1,"topK":40,"seed":7,"presencePenalty":0.1,"frequencyPenalty":0.2,)"
                   R"("stopSequences":["a","\n"],"responseMimeType":"application/json"})") != std::string::npos);
}

TEST_CASE("answers of Gemini that are none", "[wire]") {
  const auto code = [](std::string_view data) {
    const auto event = gemini::make_decoder(true)->event("", data);
    REQUIRE(event.has_error());
    return event.error().code;
  };
  for (const char* data : {"", "nul", "{", "[]", "\"x\"", "<html>", "{}", "[DONE]", R"({"ping":1})", R"({"candidates":[01]})"}) CHECK(code(data) == Code::upstream_protocol);
  CHECK(code(R"({"error":{"code":429,"message":"m","status":"RESOURCE_EXHAUSTED"}})") == Code::upstream_rate_limited);
  CHECK(code(R"({"error":{"code":400,"message":"m","status":"INVALID_ARGUMENT"}})") == Code::upstream_rejected);
  CHECK(code(R"({"error":{"code":403,"message":"m","status":"PERMISSION_DENIED"}})") == Code::upstream_auth);
  CHECK(code(R"({"candidates":[{"content":{"parts":[{"inlineData":{"mimeType":"image/png","data":"AA=="}}]}}]})") == Code::upstream_error);
  CHECK(gemini::make_decoder(true)->whole(R"({"candidates":[{"content":{"parts":[{"text":"x"}]}}]})").error().code == Code::upstream_protocol);
  CHECK(gemini::make_decoder(true)->whole(R"({"candidates":[]})").error().code == Code::upstream_protocol);
}

TEST_CASE("reasons to finish", "[wire]") {
  const auto finish = [](std::string reason) {
    const std::string data = R"({"candidates":[{"content":{},"finishReason":")" + reason + R"("}]})";
    const auto decoder = gemini::make_decoder(true);
    CHECK_FALSE(decoder->may_end());
    const auto event = decoder->event("", data);
    REQUIRE((event && *event));
    CHECK(decoder->may_end() == ((*event)->finish != chat::Finish::none));
    return (*event)->finish;
  };
  CHECK(finish("STOP") == chat::Finish::stop);
  CHECK(finish("MAX_TOKENS") == chat::Finish::length);
  for (const char* reason : {"SAFETY", "RECITATION", "LANGUAGE", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "IMAGE_SAFETY"}) CHECK(finish(reason) == chat::Finish::content_filter);
  for (const char* reason : {"OTHER", "SOMETHING_NEW"}) CHECK(finish(reason) == chat::Finish::stop);
  CHECK(finish("FINISH_REASON_UNSPECIFIED") == chat::Finish::none);
}

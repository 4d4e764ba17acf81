#include "domain/wire/converse.hpp"

#include <nlohmann/json.hpp>

#include "domain/wire/openai.hpp"
#include "domain/wire/usage.hpp"
#include "platform/json/reader.hpp"
#include "test.hpp"

using namespace genai;
namespace converse = genai::wire::converse;
using chat::Part;
using chat::Role;
using Json = nlohmann::json;

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

template <class Change>
Json written(Change change, std::string_view model) {
  auto asked = plain();
  change(asked);
  const auto body = converse::write(asked, model);
  if (!body) FAIL(body.error().what);
  return Json::parse(*body);
}

template <class Change>
Error refused(Change change, std::string_view model = "meta.llama4-maverick-17b-instruct-v1:0") {
  auto asked = plain();
  change(asked);
  const auto body = converse::write(asked, model);
  REQUIRE(body.has_error());
  return body.error();
}

constexpr std::string_view claude = "arn:aws:bedrock:eu-west-1:1:inference-profile/eu.anthropic.claude-sonnet-4-5-20250929-v1:0";

}  // namespace

TEST_CASE("what Converse cannot say is refused", "[wire]") {
  const auto unsupported = [](auto change) {
    const auto error = refused(change);
    CHECK(error.code == Code::unsupported_parameter);
    return error.param;
  };
  CHECK(unsupported([](auto& c) { c.seed = "1"; }) == "seed");
  CHECK(unsupported([](auto& c) { c.presence_penalty = "1"; }) == "presence_penalty");
  CHECK(unsupported([](auto& c) { c.frequency_penalty = "1"; }) == "frequency_penalty");
  CHECK(unsupported([](auto& c) { c.temperature = "1.01"; }) == "temperature");
  CHECK(unsupported([](auto& c) { c.top_k = "4"; }) == "top_k");
  CHECK(unsupported([](auto& c) { c.effort = "low"; }) == "reasoning_effort");
  CHECK(unsupported([](auto& c) { c.format.kind = chat::OutputFormat::Kind::json_object; }) == "response_format");
  CHECK(unsupported([](auto& c) { c.tools.push_back({"f", "", "{}", {}}), c.parallel_tool_calls = false; }) == "parallel_tool_calls");
  CHECK(unsupported([](auto& c) { c.tools.push_back({"f", "", "{}", {}}), c.tool_choice = chat::ToolChoice{chat::ToolChoice::Kind::none, {}}; }) == "tool_choice");
  CHECK(unsupported([](auto& c) { c.messages.push_back({Role::system, {part(Part::Kind::text, "later")}}); }) == "messages[1]");
  CHECK(unsupported([](auto& c) { c.messages[0].parts.push_back(part(Part::Kind::image)), c.messages[0].parts[1].url = "https://a/b.png"; }) == "messages[0]");
  CHECK(unsupported([](auto& c) {
          c.messages[0].parts.push_back(part(Part::Kind::image)), c.messages[0].parts[1].data = "AA==", c.messages[0].parts[1].media_type = "image/tiff";
        }) == "messages[0]");
}

TEST_CASE("what no dialect could say is wrong, also for Converse", "[wire]") {
  const auto wrong = [](auto change) {
    const auto error = refused(change);
    CHECK(error.code == Code::invalid_value);
    return error.param;
  };
  CHECK(wrong([](auto& c) { c.messages.clear(); }) == "messages");
  CHECK(wrong([](auto& c) { c.messages[0].parts[0].text.clear(); }) == "messages");
  CHECK(wrong([](auto& c) { c.messages.push_back({Role::assistant, {part(Part::Kind::tool_call, "[")}}); }) == "messages[1]");
  CHECK(wrong([](auto& c) { c.tool_choice = chat::ToolChoice{chat::ToolChoice::Kind::any, {}}; }) == "tool_choice");
  CHECK(wrong([](auto& c) { c.tools.push_back({"f", "", "7", {}}); }) == "tools[0]");
}

TEST_CASE("what models of one family know alone is said in their words", "[wire]") {
  const auto additions = [](auto change, std::string_view model) { return written(change, model).value("additionalModelRequestFields", Json()).dump(); };
  const auto top_k = [](auto& c) { c.top_k = "40"; };
  const auto low = [](auto& c) { c.effort = "low"; };
  CHECK(additions(top_k, claude) == R"({"top_k":40})");
  CHECK(additions(top_k, "us.amazon.nova-pro-v1:0") == R"({"inferenceConfig":{"topK":40}})");
  CHECK(additions(top_k, "mistral.mistral-large-2402-v1:0") == R"({"top_k":40})");
  CHECK(additions(low, claude) == R"({"output_config":{"effort":"low"}})");
  CHECK(additions(low, "us.amazon.nova-2-lite-v1:0") == R"({"reasoningConfig":{"maxReasoningEffort":"low","type":"enabled"}})");
  CHECK(additions([](auto& c) { c.effort = "none"; }, "us.amazon.nova-2-lite-v1:0") == R"({"reasoningConfig":{"type":"disabled"}})");
  CHECK(additions(low, "openai.gpt-oss-120b-1:0") == R"({"reasoning_effort":"low"})");
  CHECK(additions([](auto& c) { c.reasoning_budget = 2000; }, claude) == R"({"thinking":{"budget_tokens":2000,"type":"enabled"}})");
  CHECK(additions([](auto& c) { c.reasoning_budget = 0; }, claude) == R"({"thinking":{"type":"disabled"}})");
  CHECK(additions([](auto& c) { c.reasoning_budget = 2000; }, "meta.llama4-maverick-17b-instruct-v1:0") == "null");
  CHECK(refused(top_k, "openai.gpt-oss-120b-1:0").param == "top_k");
  CHECK(refused(low, "mistral.mistral-large-2402-v1:0").param == "reasoning_effort");
  CHECK(refused([](auto& c) { c.effort = "minimal"; }, claude).param == "reasoning_effort");
  CHECK(refused([](auto& c) { c.effort = "xhigh"; }, "us.amazon.nova-2-lite-v1:0").param == "reasoning_effort");
}

TEST_CASE("names of documents have the letters that are allowed, and are told apart", "[wire]") {
  const auto body = written(
      [](auto& c) {
        for (const char* name : {"Q3 (final) [v2]", "a__b", "a..b", "\xC3\xBC", "", "  x  y", "document"}) {
          auto document = part(Part::Kind::document);
          document.name = name;
          document.data = "AA==";
          document.media_type = "application/pdf";
          c.messages[0].parts.push_back(std::move(document));
        }
      },
      claude);
  std::vector<std::string> names;
  for (const auto& block : body["messages"][0]["content"])
    if (block.contains("document")) names.push_back(block["document"]["name"]);
  CHECK(names == std::vector<std::string>{"Q3 (final) [v2]", "a-b", "a-b (2)", "document", "document (2)", " x y", "document (3)"});
}

TEST_CASE("Bedrock's usage: the input excludes what was cached", "[wire]") {
  const auto usage = [](std::string_view text) {
    json::Reader in(text);
    return wire::read_converse_usage(in);
  };
  CHECK(usage(R"({"inputTokens":10,"outputTokens":5,"totalTokens":15})") == chat::Usage{Tokens(10), Tokens(5), Tokens(0), Tokens(0)});
  const auto cached = usage(R"({"inputTokens":10,"outputTokens":5,"cacheReadInputTokens":100,"cacheWriteInputTokens":50,"cacheDetails":[{"ttl":"1h","inputTokens":30},{"ttl":"5m","inputTokens":20}]})");
  REQUIRE(cached);
  CHECK(cached->prompt == Tokens(160));
  CHECK(cached->cached == Tokens(100));
  CHECK(cached->cache_write_1h == Tokens(30));
  CHECK(cached->cache_write_5m == Tokens(20));
  CHECK(usage(R"({"inputTokens":10,"outputTokens":5,"cacheReadInputTokens":null,"cacheWriteInputTokens":7,"cacheDetails":[{"ttl":"1h","inputTokens":30},7]})")->cache_write_1h == Tokens(7));
  for (const char* text : {"{}", "[]", "null", R"({"inputTokens":10})", R"({"inputTokens":-1,"outputTokens":5})", R"({"inputTokens":1.5,"outputTokens":5})", R"({"inputTokens":1,"outputTokens":5,"cacheReadInputTokens":"x"})"})
    CHECK_FALSE(usage(text));
}

TEST_CASE("what went wrong at Bedrock is no fault of the caller's", "[wire]") {
  const auto told = [](int status, std::string_view body) {
    const auto error = wire::openai::decode_error(status, body);
    return std::string(row(error.code).name) + " " + std::to_string(error.status()) + " " + error.what;
  };
  CHECK(told(408, R"({"message":"Model has timed out"})") == "upstream_timeout 504 the provider gave up waiting for its model (HTTP 408): Model has timed out");
  CHECK(told(424, R"({"message":"The model died","originalStatusCode":500})") == "upstream_error 502 the provider failed (HTTP 424): The model died");
  CHECK(told(400, R"({"message":"Malformed input request"})") == "upstream_rejected 400 Malformed input request");
  CHECK(told(403, R"({"Message":"The security token included in the request is invalid."})") == "upstream_auth 502 the provider refused the gateway's credentials (HTTP 403)");
}

TEST_CASE("answers of Converse that are none", "[wire]") {
  const auto error_of = [](std::string_view type, std::string_view data) {
    const auto event = converse::make_decoder(true)->event(type, data);
    REQUIRE(event.has_error());
    return std::string(row(event.error().code).name) + " " + std::to_string(event.error().status());
  };
  CHECK(error_of("messageStart", "[]") == "upstream_protocol 502");
  CHECK(error_of("messageStart", "{") == "upstream_protocol 502");
  CHECK(error_of("metadata", R"({"usage":{}})") == "upstream_protocol 502");
  CHECK(error_of("contentBlockStart", R"({"start":{"image":{"format":"png"}}})") == "upstream_error 502");
  CHECK(error_of("exception:somethingNewException", "not JSON") == "upstream_error 502");
  CHECK(error_of("exception:accessDeniedException", R"({"message":"no"})") == "upstream_auth 502");
  CHECK(error_of("exception:resourceNotFoundException", R"({"message":"no"})") == "upstream_rejected 404");
  for (const char* body : {"{}", "[]", R"({"output":{}})", R"({"output":{"message":{"content":[]}}})", R"({"stopReason":"end_turn"})", R"({"message":"no"})"}) {
    const auto whole = converse::make_decoder(true)->whole(body);
    REQUIRE(whole.has_error());
    CHECK(whole.error().code == Code::upstream_protocol);
  }
}

#include <nlohmann/json.hpp>

#include "domain/wire/openai.hpp"
#include "test.hpp"

using namespace genai;
using namespace std::string_literals;
namespace openai = genai::wire::openai;

namespace {

chat::Event chunk(const std::string& payload) {
  static std::string kept;
  kept = payload;
  CAPTURE(payload);
  const auto event = openai::decode_chunk(kept);
  if (!event) FAIL(event.error().what);
  CHECK(event->payload == payload);
  return *event;
}

chat::Event delta(std::string_view delta) { return chunk(R"({"choices":[{"index":0,"delta":)" + std::string(delta) + R"(,"finish_reason":null}]})"); }

Error broken(const std::string& payload) {
  const auto event = openai::decode_chunk(payload);
  REQUIRE(event.has_error());
  return event.error();
}

std::string cut(const std::string& payload) {
  std::string into;
  return std::string(openai::without_usage(chunk(payload), into));
}

}  // namespace

TEST_CASE("tokens of every channel are seen", "[wire]") {
  CHECK_FALSE(delta(R"({"role":"assistant","content":""})").token);
  CHECK_FALSE(delta(R"({"role":"assistant","content":null,"tool_calls":[],"reasoning":null})").token);
  CHECK_FALSE(delta("{}").token);
  CHECK(delta(R"({"content":"x"})").visible);
  CHECK(delta(R"({"content":"x"})").token);
  for (const char* hidden : {R"({"reasoning_content":"x"})", R"({"reasoning":"x"})", R"({"refusal":"x"})", R"({"tool_calls":[{"index":0}]})",
                             R"({"function_call":{"name":"f"}})"}) {
    CHECK(delta(hidden).token);
    CHECK_FALSE(delta(hidden).visible);
  }
  CHECK(chunk(R"({"choices":[{"text":"x"}]})").visible);
  CHECK_FALSE(chunk(R"({"choices":[{"text":""}]})").token);
  CHECK(chunk(R"({"choices":[{"delta":{},"finish_reason":"stop"}]})").finish == chat::Finish::stop);
  CHECK(delta("{}").finish == chat::Finish::none);
  CHECK(chunk(R"({"choices":[{"delta":{}},{"delta":{"content":"b"}}]})").token);
}

TEST_CASE("what the model says can be collected, whatever the channel", "[wire]") {
  const auto said = [](std::string_view payload) {
    std::string text;
    const auto event = openai::decode_chunk(payload, &text);
    if (!event) FAIL(event.error().what);
    return text;
  };
  CHECK(said(R"({"choices":[{"delta":{"role":"assistant","content":"a\u00e9\n"},"finish_reason":"stop"}]})") == "a\u00e9\n");
  CHECK(said(R"({"choices":[{"delta":{"reasoning_content":"think ","content":"say"}}]})") == "think say");
  CHECK(said(R"({"choices":[{"delta":{"tool_calls":[{"index":0,"id":"call_1","function":{"name":"f","arguments":"{\"x\":1}"}}]}}]})") == R"(f{"x":1})");
  CHECK(said(R"({"choices":[{"delta":{"function_call":{"name":"g","arguments":"{}"}}}]})") == "g{}");
  CHECK(said(R"({"choices":[{"message":{"content":[{"type":"text","text":"one"},{"type":"text","text":"two"}]}}]})") == "onetwo");
  CHECK(said(R"({"choices":[{"delta":{"content":null}}],"usage":null})").empty());
}

TEST_CASE("usage is read from the last chunk", "[wire]") {
  const auto event = chunk(R"({"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":12,"total_tokens":21,"prompt_tokens_details":{"cached_tokens":4},)"
                           R"("completion_tokens_details":{"reasoning_tokens":5}}})");
  CHECK(event.only_usage);
  CHECK(event.usage == chat::Usage{Tokens(9), Tokens(12), Tokens(4), Tokens(5), false});
  CHECK_FALSE(chunk(R"({"choices":[],"usage":null})").only_usage);
  CHECK_FALSE(chunk(R"({"choices":[]})").only_usage);
  const auto last = chunk(R"({"choices":[{"delta":{},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":2}})");
  CHECK_FALSE(last.only_usage);
  CHECK(last.usage.has_value());
}

TEST_CASE("U13 usage that cannot be true counts as missing", "[wire]") {
  for (const char* usage : {R"({"prompt_tokens":-1,"completion_tokens":2})", R"({"prompt_tokens":1,"completion_tokens":99999999999999})", R"({"prompt_tokens":1})",
                            R"({"prompt_tokens":1.5,"completion_tokens":2})", R"({"prompt_tokens":"1","completion_tokens":2})", "{}", "[]", "7"}) {
    const auto event = chunk(R"({"choices":[],"usage":)"s + usage + "}");
    CHECK_FALSE(event.usage);
    CHECK(event.usage_begin != event.usage_end);
  }
  const auto event = chunk(R"({"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2,"prompt_tokens_details":{"cached_tokens":7},"completion_tokens_details":null}})");
  CHECK(event.usage->cached == Tokens(3));
}

TEST_CASE("usage can be cut out", "[wire]") {
  CHECK(cut(R"({"choices":[],"usage":null})") == R"({"choices":[]})");
  CHECK(cut(R"({"choices":[] , "usage" : {"prompt_tokens":1} })") == R"({"choices":[]  })");
  CHECK(cut(R"({"usage":null,"choices":[]})") == R"({"choices":[]})");
  CHECK(cut(R"({ "usage":null , "choices":[]})") == R"({  "choices":[]})");
  CHECK(cut(R"({"a":1,"usage":{},"choices":[]})") == R"({"a":1,"choices":[]})");
  CHECK(cut(R"({"usage":{}})") == "{}");
  CHECK(cut(R"({"choices":[]})") == R"({"choices":[]})");
}

TEST_CASE("a whole answer", "[wire]") {
  const std::string body = R"({"id":"x","choices":[{"index":0,"message":{"role":"assistant","content":"hello"},"finish_reason":"stop"}],)"
                           R"("usage":{"prompt_tokens":1,"completion_tokens":2}})";
  const auto event = openai::decode_answer(body);
  REQUIRE(event.has_value());
  CHECK((event->whole && event->token && event->visible && event->finish == chat::Finish::stop && event->usage));
  CHECK(openai::decode_answer("{}").error().code == Code::upstream_protocol);
  CHECK(openai::decode_answer(R"({"usage":{}})").error().code == Code::upstream_protocol);
}

TEST_CASE("U6 malformed events", "[wire]") {
  for (const char* payload : {"", "nul", "{", "[]", "\"x\"", "<html>", R"({"choices":[01]})", R"({"choices":[]}x)", R"({"ping":1})", "{}"})
    CHECK(broken(payload).code == Code::upstream_protocol);
}

TEST_CASE("U5 error bodies inside a good status", "[wire]") {
  const auto error = [](std::string_view value) { return broken("{\"error\":" + std::string(value) + "}"); };
  CHECK(error(R"({"message":"slow down","code":429})").code == Code::upstream_rate_limited);
  CHECK(error(R"({"message":"slow down","type":"rate_limit_error"})").code == Code::upstream_rate_limited);
  CHECK(error(R"({"message":"no","type":"invalid_request_error","param":"messages"})").code == Code::upstream_rejected);
  CHECK(error(R"({"message":"no","type":"invalid_request_error","param":"messages"})").param == "messages");
  CHECK(error(R"({"message":"key","type":"authentication_error"})").code == Code::upstream_auth);
  CHECK(error(R"({"message":"busy","type":"overloaded_error"})").status() == 503);
  CHECK(error(R"({"message":"boom"})").what == "the provider reported an error: boom");
  CHECK(error(R"("a sentence")").what == "the provider reported an error: a sentence");
  CHECK(error("{}").code == Code::upstream_error);
  CHECK_FALSE(chunk(R"({"choices":[],"error":null})").token);
}

TEST_CASE("U8 U9 U10 error answers of an upstream", "[wire]") {
  const auto body = [](std::string_view message) { return R"({"error":{"message":)" + nlohmann::json(message).dump() + R"(,"type":"t","param":"p","code":"c"}})"; };
  for (const int status : {400, 404, 413, 422}) {
    const Error error = openai::decode_error(status, body("too long"));
    CHECK(error.code == Code::upstream_rejected);
    CHECK(error.status() == status);
    CHECK(error.what == "too long");
    CHECK(error.param == "p");
  }
  for (const int status : {401, 403}) {
    const Error error = openai::decode_error(status, body("Incorrect API key provided: sk-abcdef123456"));
    CHECK(error.code == Code::upstream_auth);
    CHECK(error.status() == 502);
    CHECK(error.what.find("sk-") == std::string::npos);
  }
  CHECK(openai::decode_error(429, body("slow")).status() == 429);
  CHECK(openai::decode_error(500, "<html><h1>Oops</h1></html>").what == "the provider failed (HTTP 500)");
  CHECK(openai::decode_error(500, body("<HTML>x")).what == "the provider failed (HTTP 500)");
  CHECK(openai::decode_error(500, body("x")).status() == 502);
  CHECK(openai::decode_error(529, "").status() == 503);
  CHECK(openai::decode_error(302, "").code == Code::upstream_protocol);
  CHECK(openai::decode_error(400, body("your key sk-proj-abcdef123 and Bearer abcdefgh are wrong")).what == "your key sk-*** and Bearer *** are wrong");
  CHECK(openai::decode_error(400, body("task-management sk-1")).what == "task-management sk-1");
  CHECK(openai::decode_error(400, body("a\x1b[31mb\n")).what == "a [31mb ");
  const Error error = openai::decode_error(400, body(std::string(999, 'a') + "\xC3\xA9\xC3\xA9"));
  CHECK(error.what == std::string(999, 'a') + "...");
}

TEST_CASE("errors on the wire", "[wire]") {
  CHECK(openai::encode_error({Code::invalid_value, "'n' \"bad\"\n", "n"}) ==
        R"({"error":{"message":"'n' \"bad\"\n","type":"invalid_request_error","param":"n","code":"invalid_value"}})");
  CHECK(openai::encode_error({Code::draining, "x", ""}) == R"({"error":{"message":"x","type":"server_error","param":null,"code":"draining"}})");
}

// What differs among upstreams of one dialect.
#include <nlohmann/json.hpp>

#include "domain/wire/dialect.hpp"
#include "test.hpp"

using namespace genai;
using chat::Dialect;
using Json = nlohmann::json;

namespace {

constexpr std::string_view version = "vertex-2023-10-16";

std::string encoded(Dialect from, std::string body, Dialect to, const wire::Manner& manner) {
  const auto chat = wire::decode(from, std::move(body));
  if (!chat) FAIL(chat.error().what);
  const auto written = wire::encode(*chat, to, "upstream-model", manner);
  if (!written) FAIL(written.error().what);
  return *written;
}

}  // namespace

TEST_CASE("Anthropic's dialect with its version in the body, in which no model stands", "[wire]") {
  const wire::Manner manner{.anthropic_version = version};
  CHECK(encoded(Dialect::messages, R"({"max_tokens":5, "model" : "m","messages":[{"role":"user","content":"hi"}],"x":[1.50]})", Dialect::messages, manner) ==
        R"({"max_tokens":5, "anthropic_version":"vertex-2023-10-16","messages":[{"role":"user","content":"hi"}],"x":[1.50]})");
  CHECK(encoded(Dialect::messages, R"({"model":"upstream-model","max_tokens":5,"messages":[{"role":"user","content":"hi"}],"stream":true})", Dialect::messages, manner) ==
        R"({"anthropic_version":"vertex-2023-10-16","max_tokens":5,"messages":[{"role":"user","content":"hi"}],"stream":true})");
  const auto translated = Json::parse(encoded(Dialect::chat_completions, R"({"model":"m","messages":[{"role":"user","content":"model"}]})", Dialect::messages, manner));
  CHECK(translated["anthropic_version"] == version);
  CHECK_FALSE(translated.contains("model"));
  CHECK(encoded(Dialect::chat_completions, R"({"model":"m","messages":[{"role":"user","content":"hi"}]})", Dialect::gemini, manner).find("anthropic") == std::string::npos);
}

TEST_CASE("Gemini's dialect without ids of calls", "[wire]") {
  const std::string body = R"({"model":"m","messages":[{"role":"user","content":"hi"},)"
                           R"({"role":"assistant","tool_calls":[{"id":"call_1","type":"function","function":{"name":"f","arguments":"{}"}}]},)"
                           R"({"role":"tool","tool_call_id":"call_1","content":"done"}]})";
  const auto ids_of = [&](wire::ToolIds ids) {
    const auto contents = Json::parse(encoded(Dialect::chat_completions, body, Dialect::gemini, {.tool_ids = ids}))["contents"];
    return contents[1]["parts"][0]["functionCall"].value("id", "") + "/" + contents[2]["parts"][0]["functionResponse"].value("id", "");
  };
  CHECK(ids_of(wire::ToolIds::any) == "call_1/call_1");
  CHECK(ids_of(wire::ToolIds::left_out) == "/");
}

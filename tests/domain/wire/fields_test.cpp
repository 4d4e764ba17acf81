// Fields that servers call otherwise.
#include "domain/wire/fields.hpp"

#include "test.hpp"

using namespace genai;
using wire::Rename;
using wire::ToolIds;

namespace {

constexpr std::array renames{Rename{"max_completion_tokens", "max_tokens"}, Rename{"seed", "random_seed"}, Rename{"stream_options", ""}, Rename{"user", ""}};

std::string encoded(std::string body, chat::Dialect to, const wire::Manner& manner, chat::Dialect from = chat::Dialect::chat_completions) {
  const auto chat = wire::decode(from, std::move(body));
  if (!chat) FAIL(chat.error().what);
  const auto encoded = wire::encode(*chat, to, "m", manner);
  return encoded ? *encoded : encoded.error().what;
}

}  // namespace

TEST_CASE("members are renamed or left out, all others keep their bytes", "[wire]") {
  const auto to = [](std::string body) { return wire::renamed(std::move(body), renames); };
  CHECK(to(R"({"model":"m","seed":7, "temperature" : 1.50 })") == R"({"model":"m","random_seed":7,"temperature":1.50})");
  CHECK(to(R"({"user":"u","stream_options":{"include_usage":true},"model":"m"})") == R"({"model":"m"})");
  CHECK(to(R"({"user":"u"})") == "{}");
  CHECK(to("{}") == "{}");
  CHECK(to(R"({"max_tokens":5,"max_completion_tokens":7,"x":1})") == R"({"max_tokens":7,"x":1})");
  CHECK(to(R"({"max_completion_tokens":7,"max_tokens":5})") == R"({"max_tokens":7})");
  CHECK(to(R"({"max_tokens":5})") == R"({"max_tokens":5})");
  CHECK(to(R"({"messages":[{"user":"u","seed":1}],"a\"b":2})") == R"({"messages":[{"user":"u","seed":1}],"a\"b":2})");
  CHECK(wire::renamed(R"( { "user" : 1 } )", {}) == R"( { "user" : 1 } )");
  CHECK(to(R"({"messages":[{"role":"user","content":"x","user":1}],"seed":{"seed":2},"n":1})") == R"({"messages":[{"role":"user","content":"x","user":1}],"random_seed":{"seed":2},"n":1})");
}

TEST_CASE("ids of calls fit where they must", "[wire]") {
  CHECK(wire::tool_id("call_1", ToolIds::any) == "call_1");
  CHECK(wire::tool_id("D681PevKs", ToolIds::nine_letters) == "D681PevKs");
  const auto made = wire::tool_id("call_1", ToolIds::nine_letters);
  CHECK(made.size() == 9);
  CHECK(made == wire::tool_id("call_1", ToolIds::nine_letters));
  CHECK(made != wire::tool_id("call_2", ToolIds::nine_letters));
  CHECK(wire::tool_id("call_1234", ToolIds::nine_letters) != "call_1234");
  CHECK(wire::tool_id("", ToolIds::nine_letters).size() == 9);
}

TEST_CASE("a chat for a server that calls its fields otherwise", "[wire]") {
  const wire::Manner manner{.renames = renames, .tool_ids = ToolIds::nine_letters};
  CHECK(encoded(R"({"model":"x","messages":[{"role":"user","content":"hi"}],"stream":true,"max_completion_tokens":9,"user":"u"})", chat::Dialect::chat_completions, manner) ==
        R"({"model":"m","messages":[{"role":"user","content":"hi"}],"stream":true,"max_tokens":9})");
  CHECK(encoded(R"({"model":"x","max_tokens":9,"messages":[{"role":"user","content":"hi"},{"role":"assistant","content":[{"type":"tool_use","id":"toolu_01","name":"f","input":{}}]},)"
                R"({"role":"user","content":[{"type":"tool_result","tool_use_id":"toolu_01","content":"7"}]}],"stream":true})",
                chat::Dialect::chat_completions, manner, chat::Dialect::messages) ==
        R"({"model":"m","messages":[{"role":"user","content":"hi"},{"role":"assistant","content":null,"tool_calls":[{"id":"esnIagsEA","type":"function","function":{"name":"f","arguments":"{}"}}]},)"
        R"({"role":"tool","tool_call_id":"esnIagsEA","content":"7"}],"max_tokens":9,"stream":true})");
}

TEST_CASE("top_k is said where it is taken", "[wire]") {
  const std::string body = R"({"model":"x","max_tokens":9,"messages":[{"role":"user","content":"hi"}],"top_k":40})";
  CHECK(encoded(body, chat::Dialect::chat_completions, {.takes_top_k = true}, chat::Dialect::messages).find(R"("top_k":40)") != std::string::npos);
  CHECK(encoded(body, chat::Dialect::chat_completions, {}, chat::Dialect::messages) == "'top_k' cannot be said to the provider of this model: it has no such field");
}

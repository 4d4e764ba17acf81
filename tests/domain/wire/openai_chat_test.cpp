#include <nlohmann/json.hpp>

#include "base/rng.hpp"
#include "domain/wire/openai.hpp"
#include "test.hpp"

using namespace genai;
using namespace std::string_literals;
namespace openai = genai::wire::openai;
using Json = nlohmann::ordered_json;

namespace {

const std::string minimal = R"({"model":"m","messages":[{"role":"user","content":"hi"}]})";

// The minimal body with more members at its end.
std::string with(std::string_view members) { return minimal.substr(0, minimal.size() - 1) + "," + std::string(members) + "}"; }
std::string messages(std::string_view list) { return R"({"model":"m","messages":)" + std::string(list) + "}"; }

chat::Chat good(std::string body) {
  CAPTURE(body);
  auto chat = openai::decode_chat(std::move(body));
  if (!chat) FAIL(chat.error().what);
  return std::move(*chat);
}

Error bad(std::string body) {
  CAPTURE(body);
  const auto chat = openai::decode_chat(std::move(body));
  REQUIRE(chat.has_error());
  return chat.error();
}

void refuses(const std::string& body, Code code, std::string_view param) {
  const Error error = bad(body);
  CAPTURE(body, error.what);
  CHECK(row(error.code).name == row(code).name);
  CHECK(error.param == param);
}

std::string_view at(const chat::Chat& chat, chat::Span span) { return std::string_view(chat.body).substr(span.begin, span.end - span.begin); }

}  // namespace

TEST_CASE("a chat is read and its bytes are kept", "[wire]") {
  const std::string body =
      " {\"model\" : \"gpt\\u002d4o\", \"user\":\"u\\n1\", \"stream\":true,\"stream_options\": {\"x\":1, \"include_usage\": true},\"max_tokens\":7,\n"
      "\"unknown\":{\"deep\":[1e400,18446744073709551616]},\"messages\":[{\"role\":\"system\",\"content\":\"abcd\"},"
      "{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"\\u00e9fgh\"},{\"type\":\"image_url\",\"image_url\":{\"url\":\"https://x\"}}]}]}\n";
  // A control character is not allowed in `user`; take it out for the good case.
  std::string clean = body;
  clean.erase(clean.find("\\n1"), 2);
  const auto chat = good(clean);
  CHECK(chat.body == clean);
  CHECK(chat.model == "gpt-4o");
  CHECK(at(chat, chat.model_value) == "\"gpt\\u002d4o\"");
  CHECK(chat.user == "u1");
  CHECK(chat.stream);
  CHECK(chat.include_usage);
  CHECK(at(chat, chat.include_usage_value) == "true");
  CHECK(at(chat, chat.stream_options_value) == R"({"x":1, "include_usage": true})");
  CHECK(chat.max_tokens == Tokens(7));
  CHECK(chat.prompt_estimate == Tokens(9 / 4 + 1 + 6));
  CHECK(chat.body[chat.open_brace] == '{');
}

TEST_CASE("J1 a body that is no JSON object is refused with its place", "[wire]") {
  refuses("", Code::invalid_json, "");
  CHECK(bad("{\"model\":\n nul}").what.find("byte 11, line 2, column 2") != std::string::npos);
  refuses(minimal + "{}", Code::invalid_json, "");
  refuses(R"({"model":5,"messages":[}})", Code::invalid_json, "");  // before what is wrong in it
  for (const char* text : {"[]", "1", "\"x\"", "null", " true "}) refuses(text, Code::expected_object, "");
  refuses("[", Code::invalid_json, "");
}

TEST_CASE("J2 J3 J4 of a chat", "[wire]") {
  refuses(with(R"("user":"\ud800")"), Code::invalid_unicode, "");
  refuses(with("\"x\":" + std::string(64, '[') + std::string(64, ']')), Code::json_too_deep, "");
  refuses(with("\"x\":" + std::string(10'000'000, '[')), Code::json_too_deep, "");
  refuses(with(R"("model":"m")"), Code::duplicate_key, "model");
  refuses(with(R"("stream":true,"stream_options":{"include_usage":true,"include_usage":false})"), Code::duplicate_key, "stream_options.include_usage");
  refuses(messages(R"([{"role":"user","content":[{"type":"text","type":"text","text":"x"}]}])"), Code::duplicate_key, "messages[0].content[0].type");
  refuses(with(R"("tools":[{"function":{"name":"a","name":"b"}}])"), Code::duplicate_key, "tools[0].function.name");
}

TEST_CASE("J5 numbers are taken exactly or refused by name", "[wire]") {
  for (const char* value : {"18446744073709551616", "5.5", "\"5\"", "1e2", "0", "-1", "true"}) {
    refuses(with("\"max_tokens\":"s + value), Code::invalid_value, "max_tokens");
    refuses(with("\"max_completion_tokens\":"s + value), Code::invalid_value, "max_completion_tokens");
    refuses(with("\"n\":"s + value), Code::invalid_value, "n");
  }
  refuses(with("\"temperature\":1e400"), Code::invalid_value, "temperature");
}

TEST_CASE("J6 control characters in names", "[wire]") {
  refuses(R"({"model":"a\u0000b","messages":[{"role":"user","content":""}]})", Code::invalid_value, "model");
  refuses(with(R"("user":"a\n")"), Code::invalid_value, "user");
  refuses(with(R"("metadata":{"a\u0007":"x"})"), Code::invalid_value, "metadata");
  good(with(R"("metadata":{"a":"x\n"})"));
  good(messages(R"([{"role":"user","content":"a\u0000\n"}])"));
}

TEST_CASE("the model's name", "[wire]") {
  refuses(R"({"messages":[{"role":"user","content":"x"}]})", Code::missing_field, "model");
  for (const char* value : {"5", "null", "[]", "\"\""}) refuses(R"({"messages":[{"role":"user","content":"x"}],"model":)"s + value + "}", Code::invalid_value, "model");
  refuses(R"({"messages":[{"role":"user","content":"x"}],"model":")" + std::string(257, 'x') + "\"}", Code::invalid_value, "model");
}

TEST_CASE("S2 messages", "[wire]") {
  refuses(R"({"model":"m"})", Code::missing_field, "messages");
  for (const char* list : {"[]", "{}", "null", "\"x\""}) refuses(messages(list), Code::invalid_value, "messages");
  refuses(messages("[1]"), Code::invalid_value, "messages[0]");
  const auto fourth = [](std::string_view message) {
    const std::string fine = R"({"role":"user","content":"x"},)";
    return messages("[" + fine + fine + fine + std::string(message) + "]");
  };
  refuses(fourth(R"({"content":"x"})"), Code::missing_field, "messages[3].role");
  refuses(fourth(R"({"role":"robot","content":"x"})"), Code::invalid_value, "messages[3].role");
  refuses(fourth(R"({"role":1,"content":"x"})"), Code::invalid_value, "messages[3].role");
  refuses(fourth(R"({"role":"user"})"), Code::missing_field, "messages[3].content");
  refuses(fourth(R"({"role":"user","content":null})"), Code::invalid_value, "messages[3].content");
  refuses(fourth(R"({"role":"user","content":{}})"), Code::invalid_value, "messages[3].content");
  refuses(fourth(R"({"role":"user","content":[]})"), Code::invalid_value, "messages[3].content");
  refuses(fourth(R"({"role":"user","content":["x"]})"), Code::invalid_value, "messages[3].content[0]");
  refuses(fourth(R"({"role":"user","content":[{"text":"x"}]})"), Code::missing_field, "messages[3].content[0].type");
  refuses(fourth(R"({"role":"user","content":[{"type":"text"}]})"), Code::missing_field, "messages[3].content[0].text");
  refuses(fourth(R"({"role":"user","content":[{"type":"text","text":1}]})"), Code::invalid_value, "messages[3].content[0].text");
  refuses(fourth(R"({"role":"assistant"})"), Code::missing_field, "messages[3].content");
  refuses(fourth(R"({"role":"assistant","content":null,"tool_calls":[]})"), Code::invalid_value, "messages[3].content");
  refuses(fourth(R"({"role":"tool","content":"x"})"), Code::missing_field, "messages[3].tool_call_id");
  refuses(fourth(R"({"role":"tool","content":"x","tool_call_id":"c"})"), Code::invalid_value, "messages[3].tool_call_id");
  good(fourth(R"({"role":"assistant","tool_calls":[{"id":"c"}]},{"role":"tool","content":"x","tool_call_id":"c"})"));
  refuses(fourth(R"({"role":"user","content":[{"type":"image_url","image_url":{"url":"x"}}]})"), Code::invalid_value, "messages[3].content[0].image_url.url");
  refuses(fourth(R"({"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,SGVsbG8sIHdvcmxk"}}]})"), Code::invalid_value,
          "messages[3].content[0].image_url.url");
  good(fourth(R"({"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,iVBORw0KGgo="}}]})"));
  good(fourth(R"({"role":"assistant","tool_calls":[{"id":"c"}]})"));
  good(fourth(R"({"content":null,"role":"assistant","function_call":{}})"));
  good(fourth(R"({"role":"developer","content":""})"));
}

TEST_CASE("S3 ranges and contradictions", "[wire]") {
  refuses(with(R"("max_tokens":1,"max_completion_tokens":2)"), Code::invalid_value, "max_tokens");
  CHECK(good(with(R"("max_tokens":2,"max_completion_tokens":2)")).max_tokens == Tokens(2));
  CHECK_FALSE(good(with(R"("max_tokens":null)")).max_tokens);
  for (const char* value : {"-0.1", "2.1", "\"1\"", "[]"}) refuses(with("\"temperature\":"s + value), Code::invalid_value, "temperature");
  for (const char* value : {"-1", "1.01"}) refuses(with("\"top_p\":"s + value), Code::invalid_value, "top_p");
  for (const char* value : {"1", "[]", R"({"50256":101})", R"({"50256":"1"})"}) refuses(with("\"logit_bias\":"s + value), Code::invalid_value, "logit_bias");
  good(with(R"("logit_bias":{"50256":-100,"1":2.5})"));
  refuses(with("\"n\":129"), Code::invalid_value, "n");
  CHECK(good(with("\"n\":3")).choices == 3);
  for (const char* value : {"1", "\"true\"", "{}"}) refuses(with("\"stream\":"s + value), Code::invalid_value, "stream");
  refuses(with(R"("stream_options":{"include_usage":true})"), Code::invalid_value, "stream_options");
  refuses(with(R"("stream":true,"stream_options":[])"), Code::invalid_value, "stream_options");
  refuses(with(R"("stream":true,"stream_options":{"include_usage":1})"), Code::invalid_value, "stream_options.include_usage");
  for (const char* value : {"1", "[1]", R"(["a","b","c","d","e"])", "{}"}) refuses(with("\"stop\":"s + value), Code::invalid_value, "stop");
  good(with(R"("temperature":2,"top_p":0,"stop":["a","b"],"stream":null,"stream_options":null,"user":null)"));
}

TEST_CASE("S5 no request steers where credentials are sent", "[wire]") {
  for (const char* field : {"api_base", "base_url", "api_key", "user_config", "extra_headers"})
    refuses(with("\""s + field + "\":null"), Code::forbidden_field, field);
}

TEST_CASE("S6 unknown fields pass", "[wire]") {
  const auto body = with(R"("reasoning_effort":"low","x-y":[1,{"a":0.10}])");
  CHECK(openai::encode_chat(good(body), "m") == body);
}

TEST_CASE("a body for an upstream is the client's with splices", "[wire]") {
  const auto encoded = [](const std::string& body, std::string_view model) { return openai::encode_chat(good(body), model); };
  CHECK(encoded(minimal, "m") == minimal);
  CHECK(encoded(minimal, "gpt\"4") == R"({"model":"gpt\"4","messages":[{"role":"user","content":"hi"}]})");
  CHECK(encoded(with(R"("stream":true)"), "m") ==
        R"({"stream_options":{"include_usage":true},"model":"m","messages":[{"role":"user","content":"hi"}],"stream":true})");
  CHECK(encoded(with(R"("stream":true,"stream_options":null)"), "m") == with(R"("stream":true,"stream_options":{"include_usage":true})"));
  CHECK(encoded(with(R"("stream":true,"stream_options":{ })"), "m") == with(R"("stream":true,"stream_options":{"include_usage":true })"));
  CHECK(encoded(with(R"("stream":true,"stream_options":{"x":1})"), "n") ==
        R"({"model":"n","messages":[{"role":"user","content":"hi"}],"stream":true,"stream_options":{"include_usage":true,"x":1}})");
  CHECK(encoded(with(R"("stream":true,"stream_options":{"include_usage":false})"), "m") == with(R"("stream":true,"stream_options":{"include_usage":true})"));
  CHECK(encoded(with(R"("stream":true,"stream_options":{"include_usage":null})"), "m") == with(R"("stream":true,"stream_options":{"include_usage":true})"));
  CHECK(encoded(with(R"("stream":true,"stream_options":{"include_usage":true})"), "m") == with(R"("stream":true,"stream_options":{"include_usage":true})"));
}

TEST_CASE("splices change what they say and nothing else", "[wire]") {
  SeededRng rng(5);
  static constexpr const char* blanks[] = {"", " ", "\n\t"};
  for (int round = 0; round < 2'000; ++round) {
    const auto blank = [&] { return std::string(blanks[rng.next() % 3]); };
    std::vector<std::string> members{"\"model\"" + blank() + ":" + blank() + "\"m\\u006f\"", R"("messages": [{"content" :"x","role":"user"}])", "\"z\":1.50"};
    const bool stream = rng.next() % 4 != 0;
    if (stream) {
      static constexpr const char* options[] = {"", "null", "{}", "{ }", "{\"a\":[]}", "{\"include_usage\":false}", "{\"a\":1 ,\"include_usage\" : true}"};
      members.push_back("\"stream\":true");
      if (const std::string chosen = options[rng.next() % std::size(options)]; !chosen.empty()) members.push_back("\"stream_options\":" + blank() + chosen);
    }
    std::string body = blank() + "{" + blank();
    for (std::size_t i = members.size(); i > 0; --i) {
      const auto pick = rng.next() % i;
      body += members[pick] + blank() + (i > 1 ? "," : "") + blank();
      std::swap(members[pick], members[i - 1]);
    }
    body += "}" + blank();
    CAPTURE(body);
    const auto chat = good(body);
    const std::string to = openai::encode_chat(chat, "other");
    auto expected = Json::parse(body), actual = Json::parse(to);
    CHECK(actual["model"] == "other");
    if (stream) CHECK(actual["stream_options"]["include_usage"] == true);
    // Taking the splices out again gives the client's bytes.
    std::string back = to;
    back.replace(back.find("\"other\""), 7, "\"mo\"");
    const auto undo = [&](std::string_view spliced, std::string_view original) {
      if (const auto found = back.find(spliced); found != back.npos) back.replace(found, spliced.size(), original);
    };
    std::string plain = body;
    plain.replace(plain.find("\"m\\u006f\""), 9, "\"mo\"");
    if (plain != back && stream && chat.stream_options_value.empty()) undo(R"("stream_options":{"include_usage":true},)", "");
    if (plain != back && !chat.include_usage_value.empty()) undo("\"include_usage\":true", "\"include_usage\":false");
    if (plain != back && at(chat, chat.stream_options_value) == "null") undo(R"({"include_usage":true})", "null");
    if (plain != back) undo("\"include_usage\":true,", "");
    if (plain != back) undo("\"include_usage\":true", "");
    REQUIRE(back == plain);
  }
}

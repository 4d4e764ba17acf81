#include "domain/wire/responses.hpp"

#include <nlohmann/json.hpp>

#include "domain/wire/usage.hpp"
#include "platform/json/reader.hpp"
#include "test.hpp"

using namespace genai;
namespace responses = genai::wire::responses;
using Kind = chat::Delta::Kind;

namespace {

chat::Chat decoded(const std::string& body) {
  CAPTURE(body);
  auto chat = responses::decode(body);
  if (!chat) FAIL(chat.error().what);
  CHECK(chat->body == body);
  return *chat;
}

Error refused(const std::string& body) {
  CAPTURE(body);
  const auto chat = responses::decode(body);
  REQUIRE(chat.has_error());
  return chat.error();
}

chat::Conversation conversation(const std::string& body) {
  CAPTURE(body);
  auto read = responses::read(decoded(body));
  if (!read) FAIL(read.error().what);
  return *read;
}

// A member beside a model and an input.
std::string with(const std::string& member) { return R"({"model":"m","input":"hi",)" + member + "}"; }
std::string with_item(const std::string& item) { return R"({"model":"m","input":[)" + item + "]}"; }

Error untranslatable(const std::string& body) {
  CAPTURE(body);
  const auto read = responses::read(decoded(body));
  REQUIRE(read.has_error());
  return read.error();
}

struct Script {
  std::unique_ptr<wire::Encoder> encoder = responses::make_encoder({"r1", "m", 7});
  std::string sent;
  void say(std::vector<chat::Delta> deltas, chat::Finish finish = chat::Finish::none) {
    chat::Event event;
    event.deltas = deltas;
    event.finish = finish;
    encoder->event(event, sent);
  }
  std::vector<nlohmann::json> events() const {
    std::vector<nlohmann::json> result;
    for (std::size_t at = sent.find("data: "); at != sent.npos; at = sent.find("data: ", at + 1))
      result.push_back(nlohmann::json::parse(sent.substr(at + 6, sent.find("\n\n", at) - at - 6)));
    return result;
  }
  std::string types() const {
    std::string result;
    for (const auto& event : events()) result += event["type"].get<std::string>() + " ";
    return result;
  }
  nlohmann::json ended() {
    encoder->end({}, sent);
    return events().back();
  }
};

}  // namespace

TEST_CASE("a request of responses", "[wire]") {
  const auto chat = decoded(R"( {"model":"gpt-\u0041","input":"12345678","instructions":"1234","stream":true,"max_output_tokens":9,"user":"u","temperature":2,"unknown":{"a":[1]}} )");
  CHECK(chat.dialect == chat::Dialect::responses);
  CHECK(chat.model == "gpt-A");
  CHECK(chat.body.substr(chat.model_value.begin, chat.model_value.end - chat.model_value.begin) == R"("gpt-\u0041")");
  CHECK(chat.open_brace == 1);
  CHECK((chat.stream && chat.user == "u" && chat.max_tokens == Tokens(9)));
  CHECK(chat.prompt_estimate == Tokens(3 + 2 * 3));
  CHECK(decoded(with_item(R"({"role":"user","content":[{"type":"input_text","text":"abcde"}]},{"type":"anything_new","x":1})")).prompt_estimate == Tokens(2 + 2 * 3));
  CHECK(decoded(R"({"model":"m","previous_response_id":"resp_1"})").model == "m");
  CHECK(decoded(with_item(R"({"type":"shell_call_output","call_id":"c","output":[{"stdout":"x"}]})")).model == "m");
}

TEST_CASE("requests of responses that are wrong, with the path to what is", "[wire]") {
  struct Row {
    std::string body, param;
    Code code;
  };
  const Row rows[] = {
      {"[]", "", Code::expected_object},
      {"{", "", Code::invalid_json},
      {R"({"model":"m","input":"x","model":"n"})", "model", Code::duplicate_key},
      {R"({"input":"x"})", "model", Code::missing_field},
      {R"({"model":"m"})", "input", Code::missing_field},
      {R"({"model":"m","input":null})", "input", Code::missing_field},
      {R"({"model":"m","input":[]})", "input", Code::invalid_value},
      {R"({"model":"m","input":7})", "input", Code::invalid_value},
      {R"({"model":7,"input":"x"})", "model", Code::invalid_value},
      {with(R"("temperature":2.1)"), "temperature", Code::invalid_value},
      {with(R"("top_p":-1)"), "top_p", Code::invalid_value},
      {with(R"("max_output_tokens":0)"), "max_output_tokens", Code::invalid_value},
      {with(R"("stream":"yes")"), "stream", Code::invalid_value},
      {with(R"("instructions":[])"), "instructions", Code::invalid_value},
      {with(R"("metadata":[])"), "metadata", Code::invalid_value},
      {with(R"("tools":{})"), "tools", Code::invalid_value},
      {with(R"("api_base":"x")"), "api_base", Code::forbidden_field},
      {with(R"("base_url":"x")"), "base_url", Code::forbidden_field},
      {with(R"("api_key":"x")"), "api_key", Code::forbidden_field},
      {with(R"("user_config":{})"), "user_config", Code::forbidden_field},
      {with(R"("extra_headers":{})"), "extra_headers", Code::forbidden_field},
      {with_item("7"), "input[0]", Code::invalid_value},
      {with_item("{}"), "input[0].type", Code::missing_field},
      {with_item(R"({"type":7})"), "input[0].type", Code::invalid_value},
      {with_item(R"({"role":"user","content":"x"},{"role":"tool","content":"x"})"), "input[1].role", Code::invalid_value},
      {with_item(R"({"type":"message","content":"x"})"), "input[0].role", Code::missing_field},
      {with_item(R"({"role":"user"})"), "input[0].content", Code::missing_field},
      {with_item(R"({"role":"user","content":7})"), "input[0].content", Code::invalid_value},
      {with_item(R"({"role":"user","content":["x"]})"), "input[0].content[0]", Code::invalid_value},
      {with_item(R"({"role":"user","content":[{"type":"input_text","text":"x"},{"text":"x"}]})"), "input[0].content[1].type", Code::missing_field},
      {with_item(R"({"role":"user","content":[{"type":"input_text"}]})"), "input[0].content[0].text", Code::missing_field},
      {with_item(R"({"role":"user","content":[{"type":"input_text","text":7}]})"), "input[0].content[0].text", Code::invalid_value},
      {with_item(R"({"role":"user","content":[{"type":"input_image","image_url":"ftp://a/b.png"}]})"), "input[0].content[0].image_url", Code::invalid_value},
      {with_item(R"({"role":"user","content":[{"type":"input_image","image_url":"data:image/png;base64,*"}]})"), "input[0].content[0].image_url",
       Code::invalid_value},
      {with_item(R"({"type":"function_call","name":"f","arguments":"{}"})"), "input[0].call_id", Code::missing_field},
      {with_item(R"({"type":"function_call","call_id":"c","arguments":"{}"})"), "input[0].name", Code::missing_field},
      {with_item(R"({"type":"function_call","call_id":"c","name":"f"})"), "input[0].arguments", Code::missing_field},
      {with_item(R"({"type":"function_call_output","output":"x"})"), "input[0].call_id", Code::missing_field},
      {with_item(R"({"type":"function_call_output","call_id":"c","output":"x"})"), "input[0].call_id", Code::invalid_value},
      {with_item(R"({"type":"function_call_output","call_id":"c","output":"x"},{"type":"function_call","call_id":"c","name":"f","arguments":"{}"})"),
       "input[0].call_id", Code::invalid_value},
  };
  for (const auto& row : rows) {
    const auto error = refused(row.body);
    CAPTURE(row.body, error.what);
    CHECK(error.code == row.code);
    CHECK(error.param == row.param);
  }
}

TEST_CASE("a call may be answered that stands elsewhere", "[wire]") {
  const std::string output = R"({"type":"function_call_output","call_id":"c","output":"x"})";
  CHECK(decoded(R"({"model":"m","input":[)" + output + R"(],"previous_response_id":"resp_1"})").model == "m");
  CHECK(decoded(R"({"model":"m","conversation":"conv_1","input":[)" + output + "]}").model == "m");
  CHECK(decoded(with_item(R"({"type":"item_reference","id":"fc_1"},)" + output)).model == "m");
}

TEST_CASE("what only OpenAI's platform does is refused by name", "[wire]") {
  const std::pair<std::string, std::string> rows[] = {
      {with(R"("store":true)"), "store"},
      {with(R"("background":true)"), "background"},
      {with(R"("previous_response_id":"r")"), "previous_response_id"},
      {with(R"("conversation":{"id":"c"})"), "conversation"},
      {with(R"("prompt":{"id":"p"})"), "prompt"},
      {with(R"("include":["reasoning.encrypted_content","web_search_call.action.sources"])"), "include[1]"},
      {with(R"("truncation":"auto")"), "truncation"},
      {with(R"("top_logprobs":2)"), "top_logprobs"},
      {with(R"("max_tool_calls":2)"), "max_tool_calls"},
      {with(R"("service_tier":"flex")"), "service_tier"},
      {with(R"("text":{"verbosity":"low"})"), "text.verbosity"},
      {with(R"("text":{"new":1})"), "text.new"},
      {with(R"("reasoning":{"new":1})"), "reasoning.new"},
      {with(R"("stream_options":{"new":1})"), "stream_options.new"},
      {with(R"("anything":1)"), "anything"},
      {with(R"("tools":[{"type":"function","name":"f"},{"type":"web_search","filters":{}}])"), "tools[1].type"},
      {with(R"("tools":[{"type":"mcp","server_label":"x"}])"), "tools[0].type"},
      {with(R"("tools":[{"type":"custom","name":"x","format":{}}])"), "tools[0].type"},
      {with(R"("tools":[{"type":"function","name":"f","defer_loading":true}])"), "tools[0].defer_loading"},
      {with(R"("tool_choice":{"type":"allowed_tools","mode":"auto","tools":[]})"), "tool_choice.type"},
      {with_item(R"({"type":"item_reference","id":"x"})"), "input[0].type"},
      {with_item(R"({"type":"web_search_call","id":"x"})"), "input[0].type"},
      {with_item(R"({"output":{"type":"computer_screenshot"},"type":"computer_call_output","call_id":"c"})"), "input[0].type"},
      {with_item(R"({"role":"user","content":"x","name":"y"},{"role":"user","content":"x","new":1})"), "input[1].new"},
      {with_item(R"({"role":"user","content":[{"type":"input_image","file_id":"f"}]})"), "input[0].content[0].file_id"},
      {with_item(R"({"role":"user","content":[{"type":"input_file","file_id":"f"}]})"), "input[0].content[0].file_id"},
      {with_item(R"({"role":"user","content":[{"type":"input_audio","input_audio":{}}]})"), "input[0].content[0].type"},
      {with_item(R"({"role":"user","content":[{"type":"input_text","text":"x","new":1}]})"), "input[0].content[0].new"},
      {with_item(R"({"type":"function_call","call_id":"c","name":"f","arguments":"{}"},)"
                 R"({"type":"function_call_output","call_id":"c","output":[{"type":"input_file","file_data":"JVBERi0="}]})"),
       "input[1].output[0].type"},
  };
  for (const auto& [body, param] : rows) {
    const auto error = untranslatable(body);
    CAPTURE(body, error.what);
    CHECK(error.code == Code::unsupported_parameter);
    CHECK(error.param == param);
  }
}

TEST_CASE("wrong values that only a translation looks at", "[wire]") {
  const std::pair<std::string, std::string> rows[] = {
      {with(R"("text":{"format":{"type":"json_schema","name":"n"}})"), "text.format.schema"},
      {with(R"("text":{"format":{"type":"xml"}})"), "text.format.type"},
      {with(R"("reasoning":{"effort":"huge"})"), "reasoning.effort"},
      {with(R"("tool_choice":"maybe")"), "tool_choice"},
      {with(R"("tool_choice":{"type":"function"})"), "tool_choice.name"},
      {with(R"("tools":[{"name":"f"}])"), "tools[0].type"},
      {with(R"("tools":[{"type":"function"}])"), "tools[0].name"},
      {with(R"("parallel_tool_calls":1)"), "parallel_tool_calls"},
      {with_item(R"({"role":"user","content":[{"type":"input_image"}]})"), "input[0].content[0].image_url"},
      {with_item(R"({"role":"user","content":[{"type":"input_file","file_url":"ftp://a/b"}]})"), "input[0].content[0].file_url"},
      {with_item(R"({"role":"user","content":[{"type":"input_file","file_data":"*"}]})"), "input[0].content[0].file_data"},
      {with_item(R"({"role":"user","content":[{"type":"input_file","filename":"a.bin","file_data":"JVBERi0="}]})"), "input[0].content[0].filename"},
      {with_item(R"({"role":"user","content":[{"type":"refusal","refusal":"no"}]})"), "input[0].content[0].type"},
      {with_item(R"({"type":"function_call","call_id":"c","name":"f","arguments":"[1]"})"), "input[0].arguments"},
      {with_item(R"({"type":"function_call","call_id":"c","name":"f","arguments":"{"})"), "input[0].arguments"},
  };
  for (const auto& [body, param] : rows) {
    const auto error = untranslatable(body);
    CAPTURE(body, error.what);
    CHECK((error.code == Code::invalid_value || error.code == Code::missing_field));
    CHECK(error.param == param);
  }
}

TEST_CASE("defaults and hints are no reason to refuse", "[wire]") {
  const auto asked = conversation(with(
      R"("store":false,"background":false,"previous_response_id":null,"conversation":null,"prompt":null,"include":[],"truncation":"disabled","top_logprobs":0,)"
      R"("max_tool_calls":null,"service_tier":"default","text":{"verbosity":"medium"},"metadata":{"a":"b"},"safety_identifier":"s","prompt_cache_key":"k",)"
      R"("stream_options":{"include_obfuscation":false},"reasoning":{"effort":null,"summary":"auto"},"tools":[],"anything":null)"));
  CHECK(asked.user == "s");
  CHECK((asked.tools.empty() && asked.effort.empty() && asked.messages.size() == 1));
}

TEST_CASE("items become the messages that other dialects want", "[wire]") {
  const auto asked = conversation(R"({"model":"m","input":[
    {"role":"user","content":"a"},
    {"type":"reasoning","summary":[{"type":"summary_text","text":"p"},{"type":"summary_text","text":"q"}]},
    {"role":"assistant","content":"b"},
    {"type":"function_call","call_id":"1","name":"f","arguments":""},
    {"type":"function_call","call_id":"2","name":"g","arguments":"{}"},
    {"type":"function_call_output","call_id":"1","output":"x"},
    {"type":"function_call_output","call_id":"2","output":""},
    {"role":"assistant","content":"c"},
    {"role":"assistant","content":"d"}],"instructions":"s"})");
  std::string shape;
  for (const auto& message : asked.messages) shape += std::to_string(static_cast<int>(message.role)) + ":" + std::to_string(message.parts.size()) + " ";
  CHECK(shape == "0:1 1:1 2:4 1:2 2:1 2:1 ");
  CHECK(asked.messages[2].parts[0].text == "p\n\nq");
  CHECK(asked.messages[2].parts[2].text == "{}");
}

TEST_CASE("what responses cannot say is refused", "[wire]") {
  chat::Conversation plain;
  plain.messages.push_back({chat::Role::user, {chat::Part()}});
  REQUIRE(responses::write(plain, "m").has_value());
  const auto refused_with = [&plain](auto change) {
    auto changed = plain;
    change(changed);
    const auto written = responses::write(changed, "m");
    REQUIRE(written.has_error());
    CHECK(written.error().code == Code::unsupported_parameter);
    return written.error().param;
  };
  CHECK(refused_with([](auto& c) { c.stop = {"x"}; }) == "stop");
  CHECK(refused_with([](auto& c) { c.seed = "1"; }) == "seed");
  CHECK(refused_with([](auto& c) { c.top_k = "1"; }) == "top_k");
  CHECK(refused_with([](auto& c) { c.presence_penalty = "1"; }) == "presence_penalty");
  CHECK(refused_with([](auto& c) { c.frequency_penalty = "1"; }) == "frequency_penalty");
}

TEST_CASE("a budget of reasoning becomes an effort", "[wire]") {
  const auto effort = [](std::int64_t budget) {
    chat::Conversation asked;
    asked.reasoning_budget = budget;
    return nlohmann::json::parse(*responses::write(asked, "m"))["reasoning"];
  };
  CHECK(effort(0).dump() == R"({"effort":"none"})");
  CHECK(effort(1024).dump() == R"({"effort":"low","summary":"auto"})");
  CHECK(effort(1025)["effort"] == "medium");
  CHECK(effort(30'000)["effort"] == "high");
}

TEST_CASE("usage of responses", "[wire]") {
  const auto usage = [](std::string_view text) {
    json::Reader in(text);
    return wire::read_responses_usage(in);
  };
  CHECK(usage(R"({"input_tokens":9,"input_tokens_details":{"cached_tokens":4},"output_tokens":12,"output_tokens_details":{"reasoning_tokens":5},"total_tokens":21})") ==
        chat::Usage{Tokens(9), Tokens(12), Tokens(4), Tokens(5), false});
  CHECK(usage(R"({"input_tokens":3,"input_tokens_details":{"cached_tokens":7},"output_tokens":1})")->cached == Tokens(3));
  for (const char* broken : {"null", "{}", R"({"input_tokens":1})", R"({"input_tokens":-1,"output_tokens":1})", R"({"prompt_tokens":1,"completion_tokens":1})"})
    CHECK_FALSE(usage(broken));
}

TEST_CASE("answers of responses that are none", "[wire]") {
  const auto code = [](std::string_view type, std::string_view data) {
    const auto event = responses::make_decoder(true)->event(type, data);
    REQUIRE(event.has_error());
    return event.error().code;
  };
  for (const char* data : {"", "nul", "{", "[]", "\"x\"", "<html>", "{}", R"({"delta":"x"})", R"({"type":"response.created"}x)"})
    CHECK(code("", data) == Code::upstream_protocol);
  CHECK(code("", "[DONE]") == Code::upstream_protocol);  // ends nothing
  CHECK(code("error", R"({"code":"server_error","message":"m"})") == Code::upstream_error);
  CHECK(code("error", R"({"type":"error","error":{"type":"invalid_request_error","message":"m"}})") == Code::upstream_rejected);
  CHECK(code("", R"({"error":{"message":"m","code":429}})") == Code::upstream_rate_limited);
  CHECK(code("", R"({"type":"error","code":"rate_limit_exceeded","message":"m"})") == Code::upstream_rate_limited);
  CHECK(code("", R"({"type":"response.failed","response":{"status":"failed","error":{"code":"invalid_image","message":"m"}}})") == Code::upstream_rejected);
  CHECK(code("", R"({"type":"response.failed"})") == Code::upstream_error);
  const auto whole = [](std::string_view body, bool translated = true) { return responses::make_decoder(translated)->whole(body); };
  CHECK(whole("{}").error().code == Code::upstream_protocol);
  CHECK(whole("[]").error().code == Code::upstream_protocol);
  CHECK(whole(R"({"status":"failed","error":{"code":"server_error","message":"m"},"output":[]})").error().code == Code::upstream_error);
  CHECK(whole(R"({"status":"failed","error":null,"output":[]})").error().code == Code::upstream_error);
  CHECK(whole(R"({"status":"queued","error":null,"output":[]})").error().code == Code::upstream_protocol);
  CHECK(whole(R"({"status":"queued","error":null,"output":[]})", false)->finish == chat::Finish::none);
}

TEST_CASE("the mark of the other dialect may follow the end", "[wire]") {
  const auto decoder = responses::make_decoder(false);
  const auto last = decoder->event("response.completed", R"({"type":"response.completed","response":{"status":"completed","output":[]}})");
  REQUIRE((last && *last && (*last)->last));
  const auto mark = decoder->event("", "[DONE]");
  CHECK((mark && !*mark));
}

TEST_CASE("an answer has a bounded number of items", "[wire]") {
  const auto decoder = responses::make_decoder(true);
  const auto begin = [&](int item) {
    return decoder->event("", R"({"type":"response.output_text.delta","delta":"x","output_index":)" + std::to_string(item) + "}").has_value();
  };
  for (int item = 0; item < 4096; ++item) REQUIRE(begin(item));
  CHECK_FALSE(begin(4096));
  CHECK(begin(4095));
}

TEST_CASE("an answer without a word is still a whole one", "[wire]") {
  Script script;
  script.say({});
  CHECK(script.sent.empty());
  const auto last = script.ended();
  CHECK(script.types() == "response.created response.in_progress response.completed ");
  CHECK(last["response"]["output"].empty());
}

TEST_CASE("calls that are interleaved stay apart", "[wire]") {
  Script script;
  script.say({{.kind = Kind::tool_call, .call = 0, .id = "a", .name = "f"}, {.kind = Kind::arguments, .call = 0, .text = R"({\"x\":)"}});
  script.say({{.kind = Kind::tool_call, .call = 1, .id = "b", .name = "g"}, {.kind = Kind::arguments, .call = 1, .text = R"({\"y\":)"}});
  script.say({{.kind = Kind::arguments, .call = 0, .text = "1}"}, {.kind = Kind::arguments, .call = 1, .text = "2}"}}, chat::Finish::tool_calls);
  const auto output = script.ended()["response"]["output"];
  REQUIRE(output.size() == 2);
  CHECK(output[0]["arguments"] == R"({"x":1})");
  CHECK(output[1]["arguments"] == R"({"y":2})");
  CHECK(output[1]["call_id"] == "b");
}

TEST_CASE("a call without arguments has an empty object, one without an id gets one", "[wire]") {
  Script script;
  script.say({{.kind = Kind::tool_call, .call = 0, .name = "f"}});
  const auto output = script.ended()["response"]["output"];
  CHECK(output[0]["arguments"] == "{}");
  CHECK(output[0]["call_id"] == "call_r1_0");
}

TEST_CASE("text and refusal are parts of one message, what was cut says so", "[wire]") {
  Script script;
  script.say({{.kind = Kind::text, .text = "a\\n"}, {.kind = Kind::refusal, .text = "no"}, {.kind = Kind::text, .text = "b"}}, chat::Finish::length);
  const auto last = script.ended();
  CHECK(last["type"] == "response.incomplete");
  CHECK(last["response"]["incomplete_details"]["reason"] == "max_output_tokens");
  const auto& message = last["response"]["output"][0];
  CHECK(message["status"] == "incomplete");
  REQUIRE(message["content"].size() == 3);
  CHECK(message["content"][0]["text"] == "a\n");
  CHECK(message["content"][1]["refusal"] == "no");
}

TEST_CASE("each proof of reasoning has its item", "[wire]") {
  Script script;
  script.say({{.kind = Kind::reasoning, .text = "r"}, {.kind = Kind::signature, .text = "s1"}, {.kind = Kind::signature, .text = "s2"},
              {.kind = Kind::reasoning, .text = "q"}, {.kind = Kind::hidden_reasoning, .text = "h"}});
  const auto output = script.ended()["response"]["output"];
  REQUIRE(output.size() == 4);
  CHECK(output[0]["encrypted_content"] == "s1");
  CHECK(output[1]["encrypted_content"] == "s2");
  CHECK(output[1]["summary"].size() == 1);
  CHECK_FALSE(output[2].contains("encrypted_content"));
  CHECK(output[3]["summary"].empty());
}

TEST_CASE("an error ends a stream of responses", "[wire]") {
  Script script;
  script.encoder->fail({Code::upstream_incomplete, "it \"broke\"", "p"}, script.sent);
  CHECK(script.sent == "event: error\ndata: {\"type\":\"error\",\"code\":\"upstream_incomplete\",\"message\":\"it \\\"broke\\\"\",\"param\":\"p\",\"sequence_number\":0}\n\n");
}

TEST_CASE("a payload over several lines passes", "[wire]") {
  const auto encoder = responses::make_encoder({"r", "m", 1});
  chat::Event event;
  event.dialect = chat::Dialect::responses;
  event.type = "x";
  event.payload = "{\n\"a\":\n1}";
  std::string sent;
  encoder->event(event, sent);
  CHECK(sent == "event: x\ndata: {\ndata: \"a\":\ndata: 1}\n\n");
}

// Ollama's and Text Generation Inference's own APIs, by the forms of their documentation.
#include "engines/sim/native.hpp"

#include "test.hpp"

using namespace genai;
using sim::Native;
using sim::NativeRoute;
using Kind = chat::Delta::Kind;

namespace {

chat::Event said(std::span<const chat::Delta> deltas, chat::Finish finish = chat::Finish::none) {
  chat::Event event;
  event.deltas = deltas;
  event.finish = finish;
  return event;
}

const wire::Ending ending{{.prompt = Tokens(7), .completion = Tokens(2), .cached = {}, .reasoning = {}}, std::chrono::milliseconds(3)};

}  // namespace

TEST_CASE("each dialect has its own paths") {
  CHECK(sim::native_route(Native::ollama, "/api/chat") == NativeRoute::ollama_chat);
  CHECK(sim::native_route(Native::tgi, "/generate_stream") == NativeRoute::tgi_stream);
  CHECK_FALSE(sim::native_route(Native::none, "/api/chat"));
  CHECK_FALSE(sim::native_route(Native::tgi, "/api/chat"));
}

TEST_CASE("requests: what matters to the simulated model is read, Ollama streams unless told otherwise") {
  auto chat = sim::decode_native(NativeRoute::ollama_chat, R"({"model":"m","messages":[{"role":"user","content":"hi"}],"options":{"num_predict":5},"keep_alive":"5m"})");
  REQUIRE(chat.has_value());
  CHECK(chat->stream);
  CHECK(chat->max_tokens == Tokens(5));
  CHECK(chat->model == "m");
  chat = sim::decode_native(NativeRoute::ollama_generate, R"({"model":"m","prompt":"hi","stream":false,"options":{"num_predict":-1}})");
  REQUIRE(chat.has_value());
  CHECK_FALSE(chat->stream);
  CHECK_FALSE(chat->max_tokens);
  chat = sim::decode_native(NativeRoute::tgi_stream, R"({"inputs":"hi","parameters":{"max_new_tokens":3,"details":true}})");
  REQUIRE(chat.has_value());
  CHECK(chat->stream);
  CHECK(chat->max_tokens == Tokens(3));
  CHECK(sim::decode_native(NativeRoute::tgi_generate, "{}").error().param == "inputs");
  CHECK(sim::decode_native(NativeRoute::ollama_chat, "[]").error().code == Code::expected_object);
  CHECK(sim::decode_native(NativeRoute::ollama_chat, R"({"messages":)").error().code == Code::invalid_json);
}

TEST_CASE("Ollama: lines of JSON, the last with the counts; calls with their arguments as objects") {
  const auto encoder = sim::make_native_encoder(NativeRoute::ollama_chat, "m", 0);
  const chat::Delta text[] = {{.kind = Kind::text, .text = "a\\n"}};
  const chat::Delta call[] = {{.kind = Kind::tool_call, .name = "f"}, {.kind = Kind::arguments, .text = "{\\\"x\\\":1}"}};
  std::string out;
  encoder->event(said(text), out);
  encoder->event(said(call, chat::Finish::tool_calls), out);
  encoder->end(ending, out);
  const std::string head = R"({"model":"m","created_at":"1970-01-01T00:00:00Z","message":{"role":"assistant","content":")";
  CHECK(out == head + "a\\n\"},\"done\":false}\n" + head + "\",\"tool_calls\":[{\"function\":{\"name\":\"f\",\"arguments\":{\"x\":1}}}]},\"done\":false}\n" + head +
                   R"("},"done":true,"done_reason":"stop","total_duration":3000000,"load_duration":0,"prompt_eval_count":7,"prompt_eval_duration":0,"eval_count":2,"eval_duration":3000000})" + "\n");
}

TEST_CASE("Text Generation Inference: a token an event, the last with the whole text") {
  const auto encoder = sim::make_native_encoder(NativeRoute::tgi_stream, "m", 0);
  const chat::Delta one[] = {{.kind = Kind::text, .text = "a"}};
  const chat::Delta two[] = {{.kind = Kind::text, .text = " b"}};
  std::string out;
  encoder->event(said(one), out);
  encoder->event(said(two, chat::Finish::length), out);
  encoder->end(ending, out);
  CHECK(out == R"(data:{"index":1,"token":{"id":1,"text":"a","logprob":0.0,"special":false},"generated_text":null,"details":null})"
               "\n\n"
               R"(data:{"index":2,"token":{"id":2,"text":" b","logprob":0.0,"special":false},"generated_text":"a b","details":{"finish_reason":"length","generated_tokens":2,"seed":null,"input_length":7}})"
               "\n\n");
  CHECK(sim::encode_native_error(NativeRoute::tgi_generate, {Code::invalid_value, "no", {}}) == R"({"error":"no","error_type":"validation"})");
}

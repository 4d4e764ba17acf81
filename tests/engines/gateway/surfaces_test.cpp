// Every surface of the gateway over one upstream that speaks chat completions, on raw bytes at both ends and in virtual time.
#include <nlohmann/json.hpp>

#include "engines/gateway/fixture.hpp"

#include "test.hpp"

using namespace genai;
using namespace std::chrono_literals;
using record::Outcome;
using Json = nlohmann::ordered_json;

namespace {

const std::string said_hi =
    R"({"id":"x","object":"chat.completion","created":1,"model":"gpt-upstream","choices":[{"index":0,"message":{"role":"assistant","content":"hi \"you\""},)"
    R"("finish_reason":"stop"}],"usage":{"prompt_tokens":7,"completion_tokens":2,"total_tokens":9,"prompt_tokens_details":{"cached_tokens":4}}})";

std::string post(const std::string& path, const std::string& body, const std::string& more = "") {
  return "POST " + path + " HTTP/1.1\r\nHost: gateway\r\nContent-Type: application/json\r\n" + more + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

std::string get(const std::string& path) { return "GET " + path + " HTTP/1.1\r\nHost: gateway\r\n\r\n"; }

std::string body_of(const std::string& message) { return message.substr(message.find("\r\n\r\n") + 4); }

// What an answer in chunks says.
std::string unchunked(const std::string& answer) {
  std::string to;
  std::size_t at = answer.find("\r\n\r\n") + 4;
  for (;;) {
    const auto size = std::stoul(answer.substr(at), nullptr, 16);
    at = answer.find("\r\n", at) + 2;
    if (size == 0) return to;
    to += answer.substr(at, size);
    at += size + 2;
  }
}

std::string answered(Fixture& f, fakes::Wire& client, const std::string& request, const std::string& answer = said_hi) {
  f.ask(client, request).send(Fixture::json_answer(answer));
  f.loop.settle();
  return client.take();
}

}  // namespace

TEST_CASE("an Anthropic client is answered in its own words") {
  Fixture f;
  auto client = f.connect();
  const std::string asks = R"({"model":"gpt","max_tokens":50,"system":"Be kind.","messages":[{"role":"user","content":"Say hi"}],"metadata":{"user_id":"u1"})";
  SECTION("as a whole") {
    auto& upstream = f.ask(*client, post("/v1/messages", asks + "}"));
    const auto sent = Json::parse(body_of(upstream.received()));
    CHECK(sent["model"] == "gpt-upstream");
    CHECK(sent["messages"][0] == Json{{"role", "system"}, {"content", "Be kind."}});
    CHECK(sent["messages"][1] == Json{{"role", "user"}, {"content", "Say hi"}});
    CHECK(sent["max_tokens"] == 50);
    upstream.send(Fixture::json_answer(said_hi));
    f.loop.settle();
    const auto answer = Json::parse(body_of(client->received()));
    CHECK(answer["type"] == "message");
    CHECK(answer["model"] == "gpt");
    CHECK(answer["content"][0] == Json{{"type", "text"}, {"text", "hi \"you\""}});
    CHECK(answer["stop_reason"] == "end_turn");
    CHECK(answer["usage"] == Json{{"input_tokens", 3}, {"cache_creation_input_tokens", 0}, {"cache_read_input_tokens", 4}, {"output_tokens", 2}});
  }
  SECTION("as a stream") {
    f.ask(*client, post("/v1/messages", asks + R"(,"stream":true})"))
        .send(Fixture::stream_head() + Fixture::delta("a\\n") + Fixture::delta("b") + Fixture::usage_event() + Fixture::done());
    f.loop.settle();
    const auto said = unchunked(client->received());
    CHECK(said.starts_with("event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"msg_req_"));
    CHECK(has(said, R"(data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"a\n"}})"));
    CHECK(has(said, R"("usage":{"input_tokens":7,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":2}})"));
    CHECK(said.ends_with("event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n"));
  }
  CHECK(f.row().outcome == Outcome::ok);
  CHECK(f.row().route == "/v1/messages");
  CHECK(f.row().user == "u1");
  CHECK(f.row().usage.prompt == Tokens{7});
}

TEST_CASE("errors are told in the words of their path, also where nothing is there") {
  Fixture f;
  auto client = f.connect();
  const auto ask = [&](const std::string& path, const std::string& body) {
    client->send(post(path, body));
    f.loop.settle();
    return client->take();
  };
  auto answer = ask("/v1/messages", "{}");
  CHECK(status_of(answer) == "HTTP/1.1 400 Bad Request");
  CHECK(Json::parse(body_of(answer)) ==
        Json{{"type", "error"}, {"error", {{"type", "invalid_request_error"}, {"message", "'model' is required"}}}, {"request_id", f.row().id.text()}});
  CHECK(has(answer, "\r\nrequest-id: " + f.row().id.text() + "\r\n"));
  CHECK(has(answer, "\r\nx-should-retry: false\r\n"));
  answer = ask("/v1/embeddings", R"({"model":"gpt"})");
  CHECK(Json::parse(body_of(answer))["error"]["param"] == "input");
  answer = ask("/api/generate", R"({"prompt":""})");
  CHECK(Json::parse(body_of(answer))["type"] == "invalid_value");
  CHECK(has(answer, "'prompt' must have 1 to 4000 characters; it has 0"));
  CHECK(has(answer, R"("timestamp":"20)"));
  CHECK(has(ask("/v1/messages/nothing", "{}"), R"("type":"not_found_error")"));
  CHECK(has(ask("/api/nothing", "{}"), R"("type":"not_found")"));
  CHECK(has(ask("/nothing", "{}"), R"("code":"not_found")"));
  client->send(get("/v1/messages"));
  f.loop.settle();
  CHECK(has(client->received(), "405 Method Not Allowed"));
  CHECK(has(client->received(), "\r\nAllow: POST\r\n"));
}

TEST_CASE("what a dialect cannot say is refused clearly, and costs nothing") {
  Fixture f;
  auto client = f.connect();
  client->send(post("/v1/messages", R"({"model":"gpt","max_tokens":5,"messages":[{"role":"user","content":"x"}],"container":"c1"})"));
  f.loop.settle();
  CHECK(has(client->received(), "'container' cannot be said to the provider of this model"));
  CHECK(f.upstreams.empty());
  CHECK(f.row().outcome == Outcome::refused);
  CHECK(f.row().cost == NanoUsd{0});
}

TEST_CASE("count_tokens is answered here when its provider has no such thing") {
  Fixture f;
  auto client = f.connect();
  client->send(post("/v1/messages/count_tokens", R"({"model":"gpt-4o","messages":[{"role":"user","content":"Say hi"}]})"));
  f.loop.settle();
  CHECK(body_of(client->received()) == R"({"input_tokens":9})");
  CHECK(f.upstreams.empty());
}

TEST_CASE("embeddings and moderations pass byte for byte") {
  Fixture f;
  auto client = f.connect();
  const std::string vectors = R"({"object":"list","data":[{"object":"embedding","index":0,"embedding":[0.10,1e-3]}],"model":"m","usage":{"prompt_tokens":2,"total_tokens":2}})";
  auto& upstream = f.ask(*client, post("/v1/embeddings", R"({"model":"gpt","input":["a b"],"more":1.50})"));
  CHECK(has(upstream.received(), "POST /v1/embeddings HTTP/1.1\r\n"));
  CHECK(body_of(upstream.received()) == R"({"model":"gpt-upstream","input":["a b"],"more":1.50})");
  upstream.send(Fixture::json_answer(vectors));
  f.loop.settle();
  CHECK(body_of(client->received()) == vectors);
  CHECK(f.row().usage.prompt == Tokens{2});
  CHECK(f.row().usage.completion == Tokens{0});
  CHECK_FALSE(f.row().usage.estimated);
}

TEST_CASE("A3: the application endpoints have exactly their shapes") {
  Fixture f;
  f.shared.application.model = "gpt";
  auto client = f.connect();
  const auto ask = [&](const std::string& path, const std::string& body) { return Json::parse(body_of(answered(f, *client, post(path, body)))); };
  CHECK(ask("/api/generate", R"({"prompt":"x","options":{"temperature":0.5,"max_tokens":9}})") ==
        Json{{"text", "hi \"you\""}, {"tokens", 9}, {"model", "gpt"}, {"from_cache", false}});
  CHECK(has(f.upstreams.back()->received(), R"("max_tokens":9)"));
  CHECK(ask("/api/chat", R"({"query":"x","user_id":"ann"})") == Json{{"response", "hi \"you\""}, {"tokens_used", 9}, {"latency_ms", 0}});
  CHECK(f.row().user == "ann");
  CHECK(has(f.upstreams.back()->received(), R"("max_tokens":150)"));
  CHECK(ask("/chat", R"({"message":"x"})") == Json{{"response", "hi \"you\""}, {"tokens_used", 9}, {"from_cache", false}});
  CHECK(has(f.upstreams.back()->received(), R"("temperature":0.7)"));
  CHECK(ask("/generate", R"({"prompt":"x"})") == Json{{"response", "hi \"you\""}, {"usage", {{"input_tokens", 7}, {"output_tokens", 2}}}});
  CHECK(ask("/summarize", R"({"text":"0123456789","length":"short"})") == Json{{"summary", "hi \"you\""}, {"tokens_used", 9}});
  CHECK(has(f.upstreams.back()->received(), "Length: one or two sentences."));
  client->send(get("/"));
  f.loop.settle();
  CHECK(Json::parse(body_of(client->received())).contains("message"));
}

TEST_CASE("A3: /generate streams raw text, a data line a line, and ends with [DONE]") {
  Fixture f;
  f.shared.application.model = "gpt";
  auto client = f.connect();
  f.ask(*client, post("/generate", R"({"prompt":"x","stream":true})"))
      .send(Fixture::stream_head() + Fixture::delta("one\\ntwo") + Fixture::delta(" \\u00e9") + Fixture::usage_event() + Fixture::done());
  f.loop.settle();
  CHECK(unchunked(client->received()) == "data: one\ndata: two\n\ndata:  \xC3\xA9\n\ndata: [DONE]\n\n");
}

TEST_CASE("S8 a batch: each text is answered or has its error, with a row of its own; eleven are too many") {
  Fixture f;
  f.shared.application.model = "gpt";
  auto client = f.connect();
  SECTION("two of three work") {
    client->send(post("/api/batch-generate", R"({"prompts":["a","b","c"]})"));
    f.loop.settle();
    REQUIRE(f.upstreams.size() == 3);  // side by side
    f.upstreams[0]->send(Fixture::json_answer(said_hi));
    f.upstreams[1]->send(Fixture::json_answer(R"({"error":{"message":"no","type":"server_error"}})", 500));
    f.loop.settle();
    CHECK(client->received().empty());
    f.upstreams[2]->send(Fixture::json_answer(said_hi));
    f.loop.settle();
    const auto results = Json::parse(body_of(client->received()))["results"];
    REQUIRE(results.size() == 3);
    CHECK(results[0]["text"] == "hi \"you\"");
    CHECK(results[1]["type"] == "upstream_error");
    CHECK(results[1].contains("timestamp"));
    CHECK(results[2]["tokens"] == 9);
    CHECK(f.ledger.rows.size() == 3);
  }
  SECTION("texts alone") { CHECK(Json::parse(body_of(answered(f, *client, post("/batch-process", R"(["a"])"))))["results"].size() == 1); }
  SECTION("too many") {
    client->send(post("/api/batch-generate", R"({"prompts":["1","2","3","4","5","6","7","8","9","10","11"]})"));
    f.loop.settle();
    CHECK(has(client->received(), "'prompts' must have 1 to 10 elements; it has 11"));
    CHECK(f.upstreams.empty());
  }
}

TEST_CASE("U2 the application endpoints wait 30 s for an answer") {
  Fixture f;
  f.shared.application.model = "gpt";
  auto client = f.connect();
  f.ask(*client, post("/api/generate", R"({"prompt":"x"})"));
  f.loop.advance(29s);
  CHECK(client->received().empty());
  f.loop.advance(1s);
  CHECK(status_of(client->received()) == "HTTP/1.1 504 Gateway Timeout");
}

TEST_CASE("A11 a silent stream says every 15 s that it lives, before the first token and between tokens") {
  Fixture f;
  auto client = f.connect();
  SECTION("OpenAI: a comment") {
    auto& upstream = f.ask(*client, Fixture::post(Fixture::chat(true)));
    f.loop.advance(14s);
    CHECK(client->received().empty());
    f.loop.advance(16s);
    CHECK(unchunked(client->received() + "0\r\n\r\n") == ": ping\n\n: ping\n\n");
    upstream.send(Fixture::stream_head() + Fixture::delta("a"));
    f.loop.advance(15s);
    upstream.send(Fixture::done());
    f.loop.settle();
    CHECK(unchunked(client->received()).ends_with("}\n\n: ping\n\ndata: [DONE]\n\n"));
    CHECK(f.row().status == 200);
  }
  SECTION("Anthropic: an event, once the message has begun") {
    auto& upstream = f.ask(*client, post("/v1/messages", R"({"model":"gpt","max_tokens":5,"stream":true,"messages":[{"role":"user","content":"x"}]})"));
    f.loop.advance(15s);
    upstream.send(Fixture::stream_head() + Fixture::delta("a"));
    f.loop.advance(15s);
    const auto said = unchunked(client->received() + "0\r\n\r\n");
    CHECK(said.starts_with(": ping\n\nevent: message_start\n"));
    CHECK(said.ends_with("event: ping\ndata: {\"type\":\"ping\"}\n\n"));
  }
  SECTION("what fails later is told inside the stream, and the row says that the client saw a 200") {
    auto& upstream = f.ask(*client, Fixture::post(Fixture::chat(true)));
    f.loop.advance(15s);
    upstream.close();
    f.loop.settle();
    INFO(client->received());
    CHECK(has(unchunked(client->received()), R"(data: {"error":{)"));
    CHECK_FALSE(has(client->received(), "[DONE]"));
    CHECK(f.row().status == 200);
    CHECK(f.row().outcome == Outcome::upstream_error);
  }
}

TEST_CASE("a trace goes on at the upstream, below a span of its own") {
  Fixture f;
  auto client = f.connect();
  auto& upstream = f.ask(*client, post("/v1/chat/completions", Fixture::chat(false),
                                       "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\ntracestate: a=1\r\n"));
  CHECK(has(upstream.received(), "traceparent: 00-0af7651916cd43dd8448eb211c80319c-"));
  CHECK_FALSE(has(upstream.received(), "b7ad6b7169203331"));
  CHECK(has(upstream.received(), "tracestate: a=1\r\n"));
}

TEST_CASE("models: a list and each of them, for the clients of both dialects") {
  Fixture f;
  auto client = f.connect();
  client->send(get("/v1/models"));
  f.loop.settle();
  const auto list = Json::parse(body_of(client->take()));
  CHECK(list["object"] == "list");
  CHECK(list["data"][0]["id"] == "gpt");
  CHECK(list["data"][0]["type"] == "model");
  CHECK(list["first_id"] == "gpt");
  client->send(get("/v1/models/gpt"));
  f.loop.settle();
  CHECK(Json::parse(body_of(client->received()))["object"] == "model");
}

TEST_CASE("S4 a prompt beyond the model's context is refused with both numbers before the call") {
  Fixture f;
  f.pricing = {{{"up", "openai", {}}}, {}};
  auto client = f.connect();
  std::string words;
  for (int i = 0; i < 140'000; ++i) words += "a ";
  client->send(Fixture::post(R"({"model":"gpt-4o","messages":[{"role":"user","content":")" + words + R"("}]})"));
  f.loop.settle();
  CHECK(has(client->received(), R"("code":"context_length_exceeded")"));
  CHECK(Json::parse(body_of(client->received()))["error"]["message"] == "This model takes at most 128000 tokens, and the request has 140008. Please shorten it.");
  CHECK(f.upstreams.empty());
}

TEST_CASE("S3 more tokens than the model gives are refused with the range") {
  Fixture f;
  auto client = f.connect();
  client->send(Fixture::post(R"({"model":"gpt-4o","max_tokens":1000000,"messages":[{"role":"user","content":"x"}]})"));
  f.loop.settle();
  CHECK(has(client->received(), "'max_tokens' must be from 1 to 16384"));
}

TEST_CASE("S6 an unknown field passes; with strict fields it is a 400 that names the nearest") {
  Fixture f;
  const std::string body = Fixture::chat(false, R"(,"temprature":1)");
  SECTION("as it is") {
    auto client = f.connect();
    CHECK(has(f.ask(*client, Fixture::post(body)).received(), R"("temprature":1})"));
  }
  SECTION("strict") {
    f.shared.policy.refuse_unknown_fields = true;
    auto client = f.connect();
    client->send(Fixture::post(body));
    f.loop.settle();
    CHECK(has(client->received(), "'temprature' is no field of this request; did you mean 'temperature'?"));
    CHECK(f.upstreams.empty());
    f.ask(*client, Fixture::post(Fixture::chat(false, R"(,"temperature":1)")));
    CHECK(f.upstreams.size() == 1);
  }
}

TEST_CASE("S9 what is hidden in a prompt is counted and passes, or is taken out, or refused") {
  Fixture f;
  const std::string body = R"({"model":"gpt","messages":[{"role":"user","content":"hi\udb40\udc61 there"}]})";
  using Invisible = gateway::RequestPolicy::Invisible;
  SECTION("flag") {
    auto client = f.connect();
    CHECK(has(f.ask(*client, Fixture::post(body)).received(), R"(hi\udb40\udc61 there)"));
  }
  SECTION("strip") {
    f.shared.policy.invisible = Invisible::strip;
    auto client = f.connect();
    CHECK(has(f.ask(*client, Fixture::post(body)).received(), R"("hi there")"));
  }
  SECTION("block") {
    f.shared.policy.invisible = Invisible::block;
    auto client = f.connect();
    client->send(Fixture::post(body));
    f.loop.settle();
    CHECK(has(client->received(), "1 characters that hide text"));
    CHECK(f.upstreams.empty());
  }
  CHECK(has(f.metrics.render(), "genai_flagged_requests_total 1\n"));
}

TEST_CASE("a model's own patience is shorter than everybody's") {
  Fixture f;
  const routing::Router impatient{routing::Config{{{"gpt", {{"up", "gpt-upstream"}}, {.total = 5s}}}, ""}};
  gateway::Shared shared{.router = impatient, .ledger = f.ledger, .metrics = f.metrics, .prices = f.prices, .pricing = f.pricing, .clock = f.clock, .started = f.clock.now(),
                         .version = "test", .host_state = [] { return http::HostState{}; }};
  f.start(shared);
  auto client = f.connect();
  f.ask(*client, Fixture::post(Fixture::chat(false)));
  f.loop.advance(5s);
  CHECK(status_of(client->received()) == "HTTP/1.1 504 Gateway Timeout");
}

TEST_CASE("S1 an unknown model is a 404 that names a near one, in the words of each dialect, and costs nothing") {
  Fixture f;
  const routing::Router known{routing::Config{{{"gpt-large", {{"up", "gpt-upstream"}}, {}}}, ""}};
  gateway::Shared shared{.router = known, .ledger = f.ledger, .metrics = f.metrics, .prices = f.prices, .pricing = f.pricing, .clock = f.clock, .started = f.clock.now(),
                         .version = "test", .host_state = [] { return http::HostState{}; }};
  f.start(shared);
  auto client = f.connect();
  client->send(post("/v1/chat/completions", R"({"model":"gpt-lage","messages":[{"role":"user","content":"x"}]})"));
  f.loop.settle();
  CHECK(status_of(client->received()) == "HTTP/1.1 404 Not Found");
  CHECK(has(client->received(), R"("code":"model_not_found")"));
  CHECK(has(client->take(), "Did you mean 'gpt-large'?"));
  client->send(post("/v1/messages", R"({"model":"gpt-lage","max_tokens":1,"messages":[{"role":"user","content":"x"}]})"));
  f.loop.settle();
  CHECK(has(client->received(), R"("type":"not_found_error")"));
  CHECK(f.row().cost == NanoUsd{0});
  CHECK(f.upstreams.empty());
}

TEST_CASE("J3, J4: depth and doubled keys inside of messages are refused in every dialect") {
  Fixture f;
  auto client = f.connect();
  const auto answer = [&](const std::string& path, const std::string& message) {
    client->send(post(path, R"({"model":"gpt","max_tokens":1,"messages":[)" + message + "]}"));
    f.loop.settle();
    return client->take();
  };
  for (const std::string path : {"/v1/chat/completions", "/v1/messages"}) {
    CAPTURE(path);
    CHECK(has(answer(path, R"({"role":"user","content":"a","content":"b"})"), "400 Bad Request"));
    CHECK(has(answer(path, R"({"role":"user","content":)" + std::string(100'000, '[')), "400 Bad Request"));
  }
  CHECK(f.upstreams.empty());
}

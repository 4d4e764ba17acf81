#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "domain/wire/openai.hpp"
#include "engines/sim/service.hpp"
#include "fake_exchange.hpp"
#include "platform/http/sse.hpp"
#include "test.hpp"

using namespace genai;
using namespace std::chrono_literals;
using sim::testing::FakeExchange;
using Json = nlohmann::json;

namespace {

const std::string plain_chat = R"({"model":"m","messages":[{"role":"user","content":"hello there"}]})";
const std::string stream_chat = R"({"model":"m","messages":[{"role":"user","content":"hello there"}],"stream":true})";
const std::string usage_chat =
    R"({"model":"m","messages":[{"role":"user","content":"hello there"}],"stream":true,"stream_options":{"include_usage":true}})";

struct Bench {
  net::VirtualClock clock;
  net::VirtualLoop loop{clock};
  sim::Service service;
  net::TaskGroup tasks;
  explicit Bench(sim::Config config = {}) : service(loop, config) {}

  void start(FakeExchange& exchange) { tasks.spawn(service.handle(exchange)); }
  // A request run to its end; its answer.
  FakeExchange ask(std::string method, std::string path, std::string body = {}, std::string type = "application/json") {
    FakeExchange exchange(loop, std::move(method), std::move(path), std::move(body), std::move(type));
    start(exchange);
    loop.advance(10s);
    CHECK(tasks.size() == 0);
    return exchange;
  }
  FakeExchange chat(const std::string& body) { return ask("POST", "/v1/chat/completions", body); }
};

std::vector<std::string> events_of(std::string_view body) {
  http::SseDecoder decoder;
  decoder.feed(body);
  std::vector<std::string> events;
  for (auto event = decoder.next().value(); event; event = decoder.next().value()) events.emplace_back(event->data);
  return events;
}

std::string file(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

// Compares with a recorded transcript; rewritten only on demand.
void matches_golden(const std::string& name, const std::string& actual) {
  const std::string path = std::string(GENAI_SOURCE_DIR) + "/tests/golden/openai/" + name;
  if (std::getenv("GENAI_UPDATE_GOLDEN") != nullptr) std::ofstream(path, std::ios::binary) << actual;
  CHECK(actual == file(path));
}

net::Task<void> pull_all(providers::Upstream& upstream, const chat::Chat& chat, std::string& into, bool& whole) {
  net::Cancellation cancellation;
  const providers::Deadlines deadlines{MonoTime::max(), Nanoseconds(0), Nanoseconds(0), MonoTime::max()};
  auto source = co_await upstream.start(chat, chat.model, deadlines, cancellation);
  for (;;) {
    const auto event = co_await (*source)->next();
    if (!event || !*event) break;
    // What the source says about its event is what the decoder would say.
    const std::string payload((*event)->payload);
    const auto decoded = (*event)->whole ? wire::openai::decode_answer(payload) : wire::openai::decode_chunk(payload);
    REQUIRE(decoded.has_value());
    CHECK(decoded->token == (*event)->token);
    CHECK(decoded->visible == (*event)->visible);
    CHECK(decoded->finish == (*event)->finish);
    CHECK(decoded->only_usage == (*event)->only_usage);
    CHECK(decoded->usage == (*event)->usage);
    CHECK(decoded->usage_begin == (*event)->usage_begin);
    CHECK(decoded->usage_end == (*event)->usage_end);
    whole = (*event)->whole;
    if (whole) into += payload;
    else http::append_event(into, payload);
  }
  if (!whole) http::append_event(into, "[DONE]");
}

}  // namespace

TEST_CASE("a plain answer has OpenAI's shape", "[sim]") {
  Bench bench({.output_tokens = Tokens(12), .seed = 3});
  const auto answer = bench.chat(plain_chat);
  CHECK(answer.response().status == 200);
  const auto json = Json::parse(answer.text);
  CHECK(json["object"] == "chat.completion");
  CHECK(json["model"] == "m");
  CHECK(json["created"] == 1'800'000'000);
  CHECK(json["choices"][0]["finish_reason"] == "stop");
  CHECK(json["usage"]["prompt_tokens"] == 3 + 3);
  CHECK(json["usage"]["completion_tokens"] == 12);
  CHECK(json["usage"]["total_tokens"] == 18);
  matches_golden("sim-plain.json", answer.text);
}

TEST_CASE("a stream comes in OpenAI's order", "[sim]") {
  Bench bench({.output_tokens = Tokens(3), .seed = 3});
  const auto stream = bench.chat(stream_chat);
  CHECK(stream.response().content_type.starts_with("text/event-stream"));
  const auto events = events_of(stream.text);
  REQUIRE(events.size() == 1 + 3 + 1 + 1);
  CHECK(Json::parse(events[0])["choices"][0]["delta"] == Json::parse(R"({"role":"assistant","content":"","refusal":null})"));
  for (std::size_t i = 1; i <= 3; ++i) CHECK_FALSE(Json::parse(events[i])["choices"][0]["delta"]["content"].get<std::string>().empty());
  CHECK(Json::parse(events[4])["choices"][0]["delta"] == Json::object());
  CHECK(Json::parse(events[4])["choices"][0]["finish_reason"] == "stop");
  CHECK(events[5] == "[DONE]");
  for (std::size_t i = 0; i < 5; ++i) {
    const auto json = Json::parse(events[i]);
    CHECK(json["object"] == "chat.completion.chunk");
    CHECK(json["id"] == Json::parse(events[0])["id"]);
    CHECK_FALSE(json.contains("usage"));
  }
  matches_golden("sim-stream.txt", stream.text);
}

TEST_CASE("with include_usage every chunk has usage null and one more has the usage", "[sim]") {
  Bench bench({.output_tokens = Tokens(3), .seed = 3});
  const auto stream = bench.chat(usage_chat);
  const auto events = events_of(stream.text);
  REQUIRE(events.size() == 1 + 3 + 1 + 1 + 1);
  for (std::size_t i = 0; i < 5; ++i) CHECK(Json::parse(events[i])["usage"].is_null());
  for (std::size_t i = 0; i < 5; ++i) CHECK(Json::parse(events[i]).contains("usage"));
  CHECK(Json::parse(events[5])["choices"] == Json::array());
  CHECK(Json::parse(events[5])["usage"]["completion_tokens"] == 3);
  matches_golden("sim-stream-usage.txt", stream.text);
}

TEST_CASE("tokens leave on an absolute schedule, one write each", "[sim]") {
  Bench bench({.ttft = 20ms, .itl = 5ms, .output_tokens = Tokens(4)});
  FakeExchange exchange(bench.loop, "POST", "/v1/chat/completions", stream_chat);
  const auto start = bench.loop.now();
  bench.start(exchange);
  bench.loop.advance(10s);
  REQUIRE(exchange.pieces.size() == 4);  // role with the first token; finish and [DONE] with the last
  for (std::size_t i = 0; i < 4; ++i) CHECK(exchange.pieces[i].first == start + 20ms + static_cast<int>(i) * 5ms);
  const auto plain_start = bench.loop.now();
  FakeExchange plain(bench.loop, "POST", "/v1/chat/completions", plain_chat);
  bench.start(plain);
  bench.loop.advance(34ms);
  CHECK_FALSE(plain.ended);
  bench.loop.advance(1ms);
  CHECK(plain.ended);
  CHECK(bench.loop.now() - plain_start == 35ms);
}

TEST_CASE("an instant stream is one write", "[sim]") {
  Bench bench({.ttft = 0ms, .itl = 0ms, .output_tokens = Tokens(16)});
  CHECK(bench.chat(usage_chat).pieces.size() == 1);
}

TEST_CASE("max_tokens caps the answer", "[sim]") {
  Bench bench({.output_tokens = Tokens(10)});
  const auto capped = Json::parse(bench.chat(R"({"model":"m","messages":[{"role":"user","content":"x"}],"max_completion_tokens":4})").text);
  CHECK(capped["choices"][0]["finish_reason"] == "length");
  CHECK(capped["usage"]["completion_tokens"] == 4);
  const auto free = Json::parse(bench.chat(R"({"model":"m","messages":[{"role":"user","content":"x"}],"max_tokens":10})").text);
  CHECK(free["choices"][0]["finish_reason"] == "stop");
}

TEST_CASE("the same seed and requests give the same bytes, others differ", "[sim]") {
  const auto run = [](std::uint64_t seed, std::uint64_t lane) {
    Bench bench({.seed = seed, .lane = lane});
    return bench.chat(plain_chat).text + bench.chat(usage_chat).text;
  };
  CHECK(run(1, 0) == run(1, 0));
  CHECK(run(1, 0) != run(2, 0));
  CHECK(run(1, 0) != run(1, 1));
  Bench bench;
  CHECK(bench.chat(plain_chat).text != bench.chat(plain_chat).text);
}

TEST_CASE("in process and over HTTP the bytes are the same", "[sim]") {
  for (const auto& body : {plain_chat, stream_chat, usage_chat}) {
    const auto chat = wire::openai::decode_chat(body);
    REQUIRE(chat.has_value());
    Bench bench({.output_tokens = Tokens(20), .seed = 9});
    const auto over_http = bench.chat(wire::openai::encode_chat(*chat, "m")).text;
    net::VirtualClock clock;
    net::VirtualLoop loop(clock);
    const auto upstream = sim::make_upstream(loop, {.output_tokens = Tokens(20), .seed = 9});
    net::TaskGroup tasks;
    std::string in_process;
    bool whole = false;
    tasks.spawn(pull_all(*upstream, *chat, in_process, whole));
    loop.advance(10s);
    CHECK(whole != chat->stream);
    CHECK(in_process == over_http);
  }
}

TEST_CASE("a client that leaves ends its stream", "[sim]") {
  Bench bench;
  FakeExchange exchange(bench.loop, "POST", "/v1/chat/completions", stream_chat);
  bench.start(exchange);
  bench.loop.advance(22ms);
  exchange.hang_up();
  bench.loop.settle();
  CHECK(bench.tasks.size() == 0);
  CHECK(exchange.aborted);
  CHECK_FALSE(exchange.ended);
}

TEST_CASE("what is cut at the end is told so", "[sim]") {
  Bench bench;
  FakeExchange stream(bench.loop, "POST", "/v1/chat/completions", stream_chat), plain(bench.loop, "POST", "/v1/chat/completions", plain_chat);
  bench.start(stream);
  bench.start(plain);
  bench.loop.advance(22ms);
  bench.service.cut_plain();
  bench.loop.settle();
  CHECK(plain.response().status == 503);
  CHECK(bench.tasks.size() == 1);
  bench.service.cut_streams();
  bench.loop.settle();
  CHECK(stream.aborted);
  CHECK(stream.text.find("\"code\":\"draining\"") != std::string::npos);
  CHECK(stream.text.find("[DONE]") == std::string::npos);
}

TEST_CASE("in process, deadlines and cancelling end the wait", "[sim]") {
  net::VirtualClock clock;
  net::VirtualLoop loop(clock);
  sim::Engine engine(loop, {.ttft = 100ms, .itl = 50ms});
  const auto chat = wire::openai::decode_chat(stream_chat);
  const auto wait = [](providers::EventSource& source, std::optional<Code>& ended) -> net::Task<void> {
    for (;;) {
      const auto event = co_await source.next();
      if (event && *event) continue;
      if (!event) ended = event.error().code;
      co_return;
    }
  };
  net::TaskGroup tasks;
  std::optional<Code> late, slow, cancelled;
  const auto first = engine.start(*chat, "m", true, {MonoTime::max(), 99ms, 0ms, MonoTime::max()});
  const auto second = engine.start(*chat, "m", true, {MonoTime::max(), 0ms, 49ms, MonoTime::max()});
  const auto third = engine.start(*chat, "m", true, {MonoTime::max(), 0ms, 0ms, MonoTime::max()});
  tasks.spawn(wait(**first, late));
  tasks.spawn(wait(**second, slow));
  tasks.spawn(wait(**third, cancelled));
  loop.advance(99ms);
  CHECK(late == Code::upstream_timeout);
  loop.advance(49ms);
  CHECK_FALSE(slow);
  loop.advance(1ms);
  CHECK(slow == Code::upstream_timeout);
  (*third)->cancel();
  CHECK_FALSE(cancelled);
  loop.settle();
  CHECK(cancelled == Code::client_closed);
}

TEST_CASE("refusals have OpenAI's shape", "[sim]") {
  Bench bench;
  const auto code = [](const FakeExchange& answer) { return Json::parse(answer.text)["error"]["code"].get<std::string>(); };
  CHECK(code(bench.ask("GET", "/v1/nothing")) == "not_found");
  CHECK(bench.ask("GET", "/v1/nothing").response().status == 404);
  const auto wrong_method = bench.ask("GET", "/v1/chat/completions");
  CHECK(wrong_method.response().status == 405);
  CHECK(wrong_method.response().fields == "Allow: POST\r\n");
  CHECK(bench.ask("POST", "/v1/chat/completions", plain_chat, "text/plain").response().status == 415);
  CHECK(bench.ask("POST", "/v1/chat/completions", plain_chat, "").response().status == 415);
  CHECK(bench.ask("POST", "/v1/chat/completions", plain_chat, "Application/JSON; charset=utf-8").response().status == 200);
  CHECK(code(bench.chat("{")) == "invalid_json");
  const auto two = bench.chat(R"({"model":"m","messages":[{"role":"user","content":"x"}],"n":2})");
  CHECK(two.response().status == 400);
  CHECK(Json::parse(two.text)["error"]["param"] == "n");
  CHECK(bench.service.reject({Code::bad_request, "x", ""}).close);
}

TEST_CASE("models and health", "[sim]") {
  Bench bench;
  CHECK(Json::parse(bench.ask("GET", "/v1/models").text)["data"][0]["id"] == "sim");
  CHECK(Json::parse(bench.ask("GET", "/health").text)["status"] == "ok");
}

TEST_CASE("embeddings are unit vectors, the same for the same input", "[sim]") {
  Bench bench;
  const auto embed = [&](const std::string& body) { return Json::parse(bench.ask("POST", "/v1/embeddings", body).text); };
  const auto two = embed(R"({"model":"e","input":["hello","world"]})");
  REQUIRE(two["data"].size() == 2);
  CHECK(two["data"][1]["index"] == 1);
  CHECK(two["usage"] == Json::parse(R"({"prompt_tokens":4,"total_tokens":4})"));
  const auto vector = two["data"][0]["embedding"].get<std::vector<double>>();
  CHECK(vector.size() == 256);
  double squares = 0;
  for (const double x : vector) squares += x * x;
  CHECK(std::abs(squares - 1) < 1e-5);
  CHECK(embed(R"({"model":"e","input":"hello"})")["data"][0] == two["data"][0]);
  CHECK(two["data"][0]["embedding"] != two["data"][1]["embedding"]);
  CHECK(embed(R"({"model":"e","input":"x","dimensions":3})")["data"][0]["embedding"].size() == 3);
  CHECK(embed(R"({"model":"e","input":[1,2,3]})")["usage"]["prompt_tokens"] == 3);
  CHECK(embed(R"({"model":"e","input":[[1,2],[3]]})")["data"].size() == 2);
  CHECK(embed(R"({"model":"e","input":"x","dimensions":2,"encoding_format":"base64"})")["data"][0]["embedding"].get<std::string>().size() == 12);
  for (const char* body : {"{}", "[]", R"({"model":"e"})", R"({"model":"e","input":[]})", R"({"model":"e","input":""})", R"({"model":"e","input":{}})",
                           R"({"model":"e","input":[true]})", R"({"model":"e","input":[1,"x"]})", R"({"model":"e","input":[[]]})", R"({"input":"x"})",
                           R"({"model":"e","input":"x","dimensions":0})", R"({"model":"e","input":"x","encoding_format":"int8"})"})
    CHECK(bench.ask("POST", "/v1/embeddings", body).response().status == 400);
}

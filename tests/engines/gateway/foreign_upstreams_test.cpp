// Upstreams that speak in their own ways, on raw bytes at both ends and in virtual time.
#include <nlohmann/json.hpp>

#include "engines/gateway/fixture.hpp"
#include "test.hpp"

using namespace genai;
using providers::ProviderType;
using record::Outcome;
using Json = nlohmann::ordered_json;

namespace {

std::string post(const std::string& path, const std::string& body) {
  return "POST " + path + " HTTP/1.1\r\nHost: gateway\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

std::string body_of(const std::string& message) { return message.substr(message.find("\r\n\r\n") + 4); }

const std::string lines_head = "HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n";
const std::string hi = R"({"model":"m","created_at":"2025-11-20T08:52:19Z","message":{"role":"assistant","content":"hi"},"done":false})";
const std::string done = R"({"model":"m","created_at":"2025-11-20T08:52:20Z","message":{"role":"assistant","content":""},"done":true,"done_reason":"stop","prompt_eval_count":7,"eval_count":2})";

struct Asked : Fixture {
  explicit Asked(ProviderType type) { up.type = type; }
  std::unique_ptr<fakes::Wire> client;

  // The connection on which it was asked.
  fakes::Wire& at(const std::string& path, const std::string& body) {
    client = connect();
    client->send(::post(path, body));
    loop.settle();
    if (upstreams.empty()) FAIL(client->received());
    return *upstreams.back();
  }
  std::string answered() {
    loop.settle();
    return client->take();
  }
};

}  // namespace

TEST_CASE("Ollama streams lines of JSON, and its client of chat completions gets events") {
  Asked f(ProviderType::ollama);
  auto& upstream = f.at("/v1/chat/completions", Fixture::chat(true));
  const auto sent = upstream.received();
  CHECK(sent.starts_with("POST /v1/api/chat HTTP/1.1\r\n"));
  CHECK(has(sent, "\r\nAccept: application/x-ndjson\r\n"));
  CHECK(has(sent, "\r\nAuthorization: Bearer the-provider-key\r\n"));
  CHECK(body_of(sent) == R"({"model":"gpt-upstream","messages":[{"role":"user","content":"Say hi"}],"options":{},"stream":true})");
  const std::string transcript = hi + "\n" + done;
  SECTION("split in the middle of a line") {
    upstream.send(lines_head + Fixture::piece(transcript.substr(0, 50)));
    f.loop.settle();
    upstream.send(Fixture::piece(transcript.substr(50) + "\n") + "0\r\n\r\n");
  }
  SECTION("the last line without its end") { upstream.send(lines_head + Fixture::piece(transcript) + "0\r\n\r\n"); }
  const auto answer = f.answered();
  CHECK(has(answer, R"("delta":{"content":"hi"})"));
  CHECK(has(answer, "data: [DONE]\n\n"));
  CHECK(f.row().outcome == Outcome::ok);
  CHECK(f.row().usage == chat::Usage{Tokens(7), Tokens(2), Tokens(0), Tokens(0), false});
}

TEST_CASE("U3, U6: lines of Ollama that end too early, or are none, end in an error") {
  Asked f(ProviderType::ollama);
  auto& upstream = f.at("/v1/chat/completions", Fixture::chat(true));
  Outcome expected = Outcome::truncated;
  SECTION("without a line that is done") { upstream.send(lines_head + Fixture::piece(hi + "\n") + "0\r\n\r\n"); }
  SECTION("within a line") {
    upstream.send(lines_head + Fixture::piece(hi + "\n" + done.substr(0, 60)) + "0\r\n\r\n");
    expected = Outcome::upstream_error;
  }
  SECTION("an error in its stream") {
    upstream.send(lines_head + Fixture::piece(hi + "\n{\"error\":\"out of memory\"}\n") + "0\r\n\r\n");
    expected = Outcome::upstream_error;
  }
  const auto answer = f.answered();
  CHECK(has(answer, R"("delta":{"content":"hi"})"));
  CHECK(has(answer, R"(data: {"error":)"));
  CHECK_FALSE(has(answer, "[DONE]"));
  CHECK(f.row().outcome == expected);
}

TEST_CASE("U5, U10: what Ollama answers instead of a stream") {
  Asked f(ProviderType::ollama);
  auto& upstream = f.at("/v1/chat/completions", Fixture::chat(true));
  SECTION("a model that it has not") {
    upstream.send(Fixture::json_answer(R"({"error":"model 'gpt-upstream' not found"})", 404));
    const auto answer = f.answered();
    CHECK(status_of(answer) == "HTTP/1.1 404 Not Found");
    CHECK(has(answer, "model 'gpt-upstream' not found"));
  }
  SECTION("an error with 200") {
    upstream.send(Fixture::json_answer(R"({"error":"out of memory"})"));
    CHECK(status_of(f.answered()) == "HTTP/1.1 502 Bad Gateway");
  }
  SECTION("a whole answer") {
    upstream.send(Fixture::json_answer(done));
    CHECK(status_of(f.answered()) == "HTTP/1.1 502 Bad Gateway");
    CHECK(f.row().error_code == "upstream_protocol");
  }
}

TEST_CASE("each provider is asked for embeddings where it has them") {
  const auto ask = [](ProviderType type, const std::string& path, const std::string& answer) {
    Asked f(type);
    auto& upstream = f.at("/v1/embeddings", R"({"model":"gpt","input":"a","encoding_format":"base64"})");
    CHECK(upstream.received().starts_with("POST /v1" + path + " HTTP/1.1\r\n"));
    upstream.send(Fixture::json_answer(answer));
    const auto said = Json::parse(body_of(f.answered()));
    CHECK(said["data"][0]["embedding"] == "AACAPw==");
    CHECK(said["model"] == "gpt");
    CHECK(f.row().outcome == Outcome::ok);
    CHECK(said["usage"]["prompt_tokens"] == f.row().usage.prompt.value());
    return f.row().usage;
  };
  CHECK(ask(ProviderType::ollama, "/api/embed", R"({"embeddings":[[1]],"prompt_eval_count":3})") == chat::Usage{Tokens(3), Tokens(0), Tokens(0), Tokens(0), false});
  CHECK(ask(ProviderType::cohere, "/v2/embed", R"({"embeddings":{"float":[[1]]},"meta":{"billed_units":{"input_tokens":4}}})") == chat::Usage{Tokens(4), Tokens(0), Tokens(0), Tokens(0), false});
  CHECK(ask(ProviderType::gemini, "/models/gpt-upstream:batchEmbedContents", R"({"embeddings":[{"values":[1]}]})").estimated);
}

TEST_CASE("rerankings have rows: reported tokens, or counted ones") {
  for (const char* path : {"/v1/rerank", "/v2/rerank", "/rerank"}) {
    for (const auto type : {ProviderType::cohere, ProviderType::openai_compatible}) {
      Asked f(type);
      auto& upstream = f.at(path, R"({"model":"gpt","query":"q","documents":["a","b"],"top_n":1})");
      CHECK(upstream.received().starts_with(type == ProviderType::cohere ? "POST /v1/v2/rerank HTTP/1.1\r\n" : "POST /v1/rerank HTTP/1.1\r\n"));
      CHECK(body_of(upstream.received()) == R"({"model":"gpt-upstream","query":"q","documents":["a","b"],"top_n":1})");
      const bool is_reported = type != ProviderType::cohere;
      const std::string answer = std::string(R"({"id":"i","results":[{"index":1,"relevance_score":0.5}],)") + (is_reported ? R"("usage":{"total_tokens":13}})" : R"("meta":{"billed_units":{"search_units":1}}})");
      upstream.send(Fixture::json_answer(answer));
      CHECK(body_of(f.answered()) == answer);
      CHECK(f.row().outcome == Outcome::ok);
      CHECK(f.row().route == path);
      CHECK(f.row().usage.estimated == !is_reported);
      CHECK(f.row().usage.prompt == Tokens(is_reported ? 13 : 1));
    }
  }
}

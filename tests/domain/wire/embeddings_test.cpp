#include "domain/wire/embeddings.hpp"

#include <nlohmann/json.hpp>

#include "test.hpp"

using namespace genai;
using chat::Dialect;

namespace {

chat::Chat asked(std::string_view more, std::string_view input = R"(["a \"b\"","\u00e9"])") {
  auto chat = wire::decode(Dialect::embeddings, R"({"model":"m","input":)" + std::string(input) + std::string(more) + "}");
  if (!chat) FAIL(chat.error().what);
  return std::move(*chat);
}

std::string written(Dialect dialect, std::string_view more, std::string_view input = R"(["a \"b\"","\u00e9"])") {
  const auto body = wire::encode(asked(more, input), dialect, "up");
  if (!body) FAIL(body.error().what);
  return *body;
}

// "code param"
std::string refused(Dialect dialect, std::string_view more, std::string_view input = R"("a")") {
  const auto body = wire::encode(asked(more, input), dialect, "up");
  REQUIRE(body.has_error());
  return std::string(row(body.error().code).name) + " " + body.error().param;
}

struct Answer {
  std::string said;
  std::optional<chat::Usage> usage;
};

Answer answered(Dialect dialect, std::string_view body, std::string_view more = "") {
  const auto decoder = wire::make_decoder(dialect, true);
  const auto event = decoder->whole(body);
  if (!event) FAIL(event.error().what);
  CHECK(event->whole);
  Answer answer{{}, event->usage};
  wire::make_encoder(asked(more), {"id", "client/model", 1})->whole(*event, {event->usage.value_or(chat::Usage{Tokens(77), Tokens(0), Tokens(0), Tokens(0), true}), {}}, answer.said);
  return answer;
}

Code code_of(Dialect dialect, std::string_view body) {
  const auto event = wire::make_decoder(dialect, true)->whole(body);
  REQUIRE(event.has_error());
  return event.error().code;
}

chat::Usage prompt(std::int64_t tokens) { return {Tokens(tokens), Tokens(0), Tokens(0), Tokens(0), false}; }

}  // namespace

TEST_CASE("embeddings as each provider wants to be asked", "[wire]") {
  CHECK(written(Dialect::ollama_embed, "") == R"({"model":"up","input":["a \"b\"","é"],"truncate":false})");
  CHECK(written(Dialect::ollama_embed, R"(,"dimensions":64,"user":"u","encoding_format":"base64")", R"("x")") == R"({"model":"up","input":["x"],"truncate":false,"dimensions":64})");
  CHECK(written(Dialect::cohere_embed, R"(,"dimensions":256)", R"("x")") ==
        R"({"model":"up","texts":["x"],"input_type":"search_document","embedding_types":["float"],"truncate":"NONE","output_dimension":256})");
  CHECK(written(Dialect::cohere_embed, R"(,"input_type":"search_query")", R"("x")") ==
        R"({"model":"up","texts":["x"],"input_type":"search_query","embedding_types":["float"],"truncate":"NONE"})");
  CHECK(written(Dialect::gemini_embed, R"(,"dimensions":256)") ==
        R"({"requests":[{"model":"models/up","content":{"parts":[{"text":"a \"b\""}]},"outputDimensionality":256},)"
        R"({"model":"models/up","content":{"parts":[{"text":"é"}]},"outputDimensionality":256}]})");
}

TEST_CASE("what only OpenAI can embed is refused elsewhere", "[wire]") {
  for (const auto dialect : {Dialect::ollama_embed, Dialect::cohere_embed, Dialect::gemini_embed}) {
    CHECK(refused(dialect, "", "[1,2]") == "unsupported_parameter input");
    CHECK(refused(dialect, "", "[[1,2],[3]]") == "unsupported_parameter input");
    CHECK(refused(dialect, R"(,"late_chunking":true)") == "unsupported_parameter late_chunking");
    CHECK(refused(dialect, R"(,"encoding_format":"hex")") == "invalid_value encoding_format");
  }
  CHECK(refused(Dialect::ollama_embed, R"(,"input_type":"search_query")") == "unsupported_parameter input_type");
  CHECK(refused(Dialect::gemini_embed, R"(,"input_type":"search_query")") == "unsupported_parameter input_type");
  CHECK(wire::encode(asked(""), Dialect::messages, "up").error().code == Code::unsupported_parameter);
  CHECK(wire::encode(asked(""), Dialect::rerank, "up").error().code == Code::unsupported_parameter);
}

TEST_CASE("vectors of every provider arrive in OpenAI's words", "[wire]") {
  const std::string said = R"({"object":"list","data":[{"object":"embedding","index":0,"embedding":[0.5,-1e-3]},{"object":"embedding","index":1,"embedding":[1, 2]}],)"
                           R"("model":"client/model","usage":{"prompt_tokens":)";
  const auto ollama = answered(Dialect::ollama_embed, R"({"model":"m","embeddings":[[0.5,-1e-3],[1, 2]],"total_duration":14143917,"prompt_eval_count":8})");
  CHECK(ollama.said == said + R"(8,"total_tokens":8}})");
  CHECK(ollama.usage == prompt(8));
  const auto cohere = answered(Dialect::cohere_embed, R"({"id":"i","texts":["a","b"],"embeddings":{"float":[[0.5,-1e-3],[1, 2]]},"meta":{"api_version":{"version":"2"},"billed_units":{"input_tokens":9}},"response_type":"embeddings_by_type"})");
  CHECK(cohere.said == said + R"(9,"total_tokens":9}})");
  CHECK(cohere.usage == prompt(9));
  const auto gemini = answered(Dialect::gemini_embed, R"({"embeddings":[{"values":[0.5,-1e-3]},{"values":[1, 2]}]})");
  CHECK(gemini.said == said + R"(77,"total_tokens":77}})");
  CHECK(gemini.usage == std::nullopt);
  CHECK(answered(Dialect::gemini_embed, R"({"embeddings":[{"values":[1]}],"usageMetadata":{"promptTokenCount":7}})").usage == prompt(7));
}

TEST_CASE("vectors are said in base64 to who asks for that, wherever they come from", "[wire]") {
  const auto answer = answered(Dialect::ollama_embed, R"({"embeddings":[[1,-2.5]]})", R"(,"encoding_format":"base64")");
  CHECK(nlohmann::json::parse(answer.said)["data"][0]["embedding"] == "AACAPwAAIMA=");
}

TEST_CASE("OpenAI's own embeddings pass as they are", "[wire]") {
  const std::string body = R"({"object":"list","data":[{"object":"embedding","index":0,"embedding":"AACAPw=="}],"model":"m","usage":{"prompt_tokens":3,"total_tokens":3}})";
  const auto answer = answered(Dialect::embeddings, body, R"(,"encoding_format":"base64")");
  CHECK(answer.said == body);
  CHECK(answer.usage == prompt(3));
}

TEST_CASE("U5, U13: what are no vectors, and counts that are none", "[wire]") {
  for (const auto dialect : {Dialect::ollama_embed, Dialect::cohere_embed, Dialect::gemini_embed}) {
    CHECK(code_of(dialect, "{}") == Code::upstream_protocol);
    CHECK(code_of(dialect, "[]") == Code::upstream_protocol);
    CHECK(code_of(dialect, "7}") == Code::upstream_protocol);
    CHECK(code_of(dialect, R"({"embeddings":7})") == Code::upstream_protocol);
    CHECK(code_of(dialect, R"({"embeddings":[]})") == Code::upstream_protocol);
    CHECK(code_of(dialect, R"({"embeddings":[[1,"2"]]})") == Code::upstream_protocol);
    CHECK(code_of(dialect, R"({"embeddings":[[1],2]})") == Code::upstream_protocol);
    CHECK(code_of(dialect, R"({"embeddings":[[1]})") == Code::upstream_protocol);
    CHECK(code_of(dialect, R"({"error":"m"})") == Code::upstream_error);
  }
  CHECK(code_of(Dialect::embeddings, "7}") == Code::upstream_protocol);
  CHECK(code_of(Dialect::moderations, "7}") == Code::upstream_protocol);
  CHECK(answered(Dialect::ollama_embed, R"({"embeddings":[[1]],"prompt_eval_count":-8})").usage == std::nullopt);
}

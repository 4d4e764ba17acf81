// What servers that speak OpenAI's dialect say in their own way: Azure, vLLM, Mistral, Groq, OpenRouter. Payloads as their documentation shows them.
#include "domain/wire/openai.hpp"
#include "test.hpp"

using namespace genai;
namespace openai = genai::wire::openai;

namespace {

// One event of a stream, as a client of another dialect gets it: "text:a reasoning:b".
struct Said {
  chat::Event event;
  std::string deltas;
};

Said said(const std::string& payload, bool whole = false) {
  static const char* const names[] = {"text", "reasoning", "signature", "hidden", "refusal", "call", "arguments"};
  static std::string kept;
  kept = payload;
  CAPTURE(payload);
  static std::unique_ptr<wire::Decoder> decoder;
  decoder = openai::make_chat_decoder(chat::Dialect::chat_completions, true);
  Said result;
  if (whole) {
    const auto event = decoder->whole(kept);
    if (!event) FAIL(event.error().what);
    result.event = *event;
  } else {
    const auto event = decoder->event("", kept);
    if (!event) FAIL(event.error().what);
    REQUIRE(event->has_value());
    result.event = **event;
  }
  for (const auto& delta : result.event.deltas) result.deltas += (result.deltas.empty() ? "" : " ") + std::string(names[static_cast<int>(delta.kind)]) + ":" + std::string(delta.text);
  return result;
}

Error failed(const std::string& payload) {
  const auto event = openai::make_chat_decoder(chat::Dialect::chat_completions, false)->event("", payload);
  REQUIRE(event.has_error());
  return event.error();
}

std::string choice(const std::string& members) { return R"({"choices":[{"index":0,)" + members + "}]}"; }

}  // namespace

TEST_CASE("Azure: what its filters say of a prompt is no token and no usage", "[wire]") {
  const std::string filters = R"({"choices":[],"created":0,"id":"","model":"","object":"","prompt_filter_results":[{"prompt_index":0,"content_filter_results":{"hate":{"filtered":false,"severity":"safe"}}}]})";
  const auto first = said(filters);
  CHECK_FALSE(first.event.token);
  CHECK_FALSE(first.event.only_usage);
  CHECK_FALSE(first.event.usage);
  CHECK(first.deltas.empty());
  CHECK_FALSE(said(R"({"choices":[],"prompt_filter_results":[],"usage":null})").event.only_usage);
  // Of the filter that runs beside the model: nothing is said in it.
  const auto late = said(choice(R"("finish_reason":null,"content_filter_results":{"hate":{"filtered":false}},"content_filter_offsets":{"check_offset":44,"start_offset":44,"end_offset":198})"));
  CHECK_FALSE(late.event.token);
  CHECK(late.event.finish == chat::Finish::none);
  CHECK(said(choice(R"("delta":{},"finish_reason":"content_filter","content_filter_results":{"violence":{"filtered":true,"severity":"high"}})")).event.finish == chat::Finish::content_filter);
}

TEST_CASE("Azure: errors", "[wire]") {
  const Error filtered = openai::decode_error(400, R"({"error":{"message":"The response was filtered due to the prompt triggering Azure OpenAI's content management policy.","type":null,"param":"prompt",)"
                                                   R"("code":"content_filter","status":400,"innererror":{"code":"ResponsibleAIPolicyViolation","content_filter_result":{"jailbreak":{"filtered":true,"detected":true}}}}})");
  CHECK(filtered.code == Code::content_filter);
  CHECK(filtered.status() == 400);
  CHECK(filtered.param == "prompt");
  CHECK(filtered.what == "The response was filtered due to the prompt triggering Azure OpenAI's content management policy.");
  CHECK(openai::decode_error(404, R"({"error":{"code":"DeploymentNotFound","message":"The API deployment for this resource does not exist."}})").status() == 404);
  CHECK(openai::decode_error(404, R"({"statusCode": 404, "message": "Resource not found"})").what == "Resource not found");
  CHECK(openai::decode_error(401, R"({"error":{"code":"401","message":"Access denied due to invalid subscription key or wrong API endpoint."}})").code == Code::upstream_auth);
  CHECK(openai::decode_error(429, R"({"error":{"code":"429","message":"Requests have exceeded call rate limit."}})").code == Code::upstream_rate_limited);
}

TEST_CASE("thoughts come under two names, or both", "[wire]") {
  CHECK(said(choice(R"("delta":{"reasoning_content":"hm"})")).deltas == "reasoning:hm");
  CHECK(said(choice(R"("delta":{"reasoning":"hm"})")).deltas == "reasoning:hm");
  CHECK(said(choice(R"("delta":{"reasoning":"hm","reasoning_content":"hm"})")).deltas == "reasoning:hm");
  CHECK(said(choice(R"("delta":{"reasoning":null,"reasoning_content":"hm"})")).deltas == "reasoning:hm");
  CHECK(said(choice(R"("delta":{"content":"","reasoning":"hm","reasoning_details":[{"type":"reasoning.text","text":"hm"}]})")).deltas == "reasoning:hm");
  const auto whole = said(choice(R"("message":{"role":"assistant","reasoning_content":"why","content":"so"},"finish_reason":"stop")"), true);
  CHECK(whole.deltas == "reasoning:why text:so");
  CHECK(whole.event.text == "whyso");
}

TEST_CASE("Mistral: content as a list of chunks, thoughts among them", "[wire]") {
  const auto thought = said(choice(R"("delta":{"content":[{"type":"thinking","thinking":[{"type":"text","text":"hm"}]}]})"));
  CHECK(thought.deltas == "reasoning:hm");
  CHECK(thought.event.token);
  CHECK_FALSE(thought.event.visible);
  const auto both = said(choice(R"("message":{"content":[{"type":"thinking","thinking":[{"type":"text","text":"hm"}],"closed":true},{"type":"text","text":"so"}]},"finish_reason":"stop")"), true);
  CHECK(both.deltas == "reasoning:hm text:so");
  CHECK(both.event.visible);
  CHECK_FALSE(said(choice(R"("delta":{"content":[{"type":"text","text":""}]})")).event.token);
}

TEST_CASE("vLLM: which sequence stopped it", "[wire]") {
  const auto stopped = said(choice(R"("delta":{"content":""},"finish_reason":"stop","stop_reason":"\n\nEnd")"));
  CHECK(stopped.event.finish == chat::Finish::stop_sequence);
  CHECK(stopped.event.stop_sequence == R"(\n\nEnd)");
  CHECK(said(choice(R"("delta":{},"stop_reason":null,"finish_reason":"stop")")).event.finish == chat::Finish::stop);
  CHECK(said(choice(R"("delta":{},"finish_reason":"stop","stop_reason":128009)")).event.finish == chat::Finish::stop);
  CHECK(said(choice(R"("delta":{},"finish_reason":"length","stop_reason":"x")")).event.finish == chat::Finish::length);
}

TEST_CASE("vLLM: errors of both forms, as answers and inside of streams", "[wire]") {
  const std::string old_form = R"({"object":"error","message":"This model's maximum context length is 4096 tokens.","type":"BadRequestError","param":"max_tokens","code":400})";
  const std::string new_form = R"({"error":{"message":"This model's maximum context length is 4096 tokens.","type":"BadRequestError","param":"max_tokens","code":400}})";
  for (const auto& form : {old_form, new_form}) {
    for (const Error& error : {openai::decode_error(400, form), failed(form)}) {
      CHECK(error.code == Code::upstream_rejected);
      CHECK(error.status() == 400);
      CHECK(error.what == "This model's maximum context length is 4096 tokens.");
      CHECK(error.param == "max_tokens");
    }
  }
  CHECK(failed(R"({"object":"error","message":"The model is gone","type":"NotFoundError","param":null,"code":404})").status() == 404);
  CHECK(failed(R"({"object":"error"})").code == Code::upstream_error);
  CHECK(failed(R"({"object":"error","message":"out of memory","type":"InternalServerError","code":500})").what == "the provider failed (HTTP 500): out of memory");
}

TEST_CASE("servers that check their bodies name the field", "[wire]") {
  const std::string complaint = R"([{"type":"extra_forbidden","loc":["body","messages",0,"user","name"],"msg":"Extra inputs are not permitted","input":"x"},{"msg":"second"}])";
  for (const std::string& body : {R"({"object":"error","message":{"detail":)" + complaint + R"(},"type":"invalid_request_error","param":null,"code":null})",
                                  R"({"detail":)" + complaint + "}", R"({"object":"Error","detail":)" + complaint + R"(,"message":)" + complaint + "}"}) {
    CAPTURE(body);
    const Error error = openai::decode_error(422, body);
    CHECK(error.status() == 422);
    CHECK(error.what == "messages.0.user.name: Extra inputs are not permitted");
  }
  CHECK(openai::decode_error(422, R"({"detail":[{"msg":"Field required"}]})").what == "Field required");
  CHECK(openai::decode_error(422, R"({"detail":[]})").what == "the provider rejected the request (HTTP 422)");
  CHECK(openai::decode_error(422, R"({"message":{"detail":{"detail":"deep"}}})").what == "deep");
}

TEST_CASE("Groq: usage and errors in the last chunk's own member", "[wire]") {
  const auto last = said(R"({"choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"x_groq":{"id":"req_1","usage":{"queue_time":0.04,"prompt_tokens":20,"completion_tokens":5,"total_tokens":25}}})");
  REQUIRE(last.event.usage.has_value());
  CHECK(last.event.usage->prompt == Tokens{20});
  CHECK_FALSE(last.event.only_usage);
  CHECK(last.event.usage_begin == last.event.usage_end);  // what a client may have to do without is `usage`
  CHECK_FALSE(said(R"({"choices":[{"index":0,"delta":{"role":"assistant"}}],"x_groq":{"id":"req_1"}})").event.usage);
  const auto both = said(R"({"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2},"x_groq":{"usage":{"prompt_tokens":20,"completion_tokens":5}}})");
  CHECK(both.event.usage->prompt == Tokens{1});
  CHECK(both.event.only_usage);
  CHECK(failed(R"({"choices":[],"x_groq":{"id":"req_1","error":"over capacity"}})").what == "the provider reported an error: over capacity");
}

TEST_CASE("U13: usage in every chunk, the last that can be true holds", "[wire]") {
  const auto decoder = openai::make_chat_decoder(chat::Dialect::chat_completions, false);
  std::optional<chat::Usage> reported;
  for (const std::string usage : {R"({"prompt_tokens":7,"completion_tokens":1})", R"({"prompt_tokens":7,"completion_tokens":2})", "null", R"({"prompt_tokens":7,"completion_tokens":-3})",
                                  R"({"prompt_tokens":7,"completion_tokens":3})", R"({"prompt_tokens":7})"}) {
    const std::string payload = R"({"choices":[{"index":0,"delta":{"content":"x"}}],"usage":)" + usage + "}";
    const auto event = decoder->event("", payload);
    REQUIRE(event.has_value());
    CHECK_FALSE((*event)->only_usage);
    if ((*event)->usage) reported = (*event)->usage;
  }
  CHECK(reported->completion == Tokens{3});
}

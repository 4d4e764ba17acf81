// Whatever a client asks, an upstream gets JSON; whatever an upstream says, a client gets JSON.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "domain/wire/dialect.hpp"
#include "platform/json/reader.hpp"

using namespace genai;
using chat::Dialect;

namespace {

void check(const std::string& json) {
  const auto error = json::check(json);
  if (error && error->code != Code::duplicate_key) std::abort();
}

void answer(const chat::Chat& chat, Dialect dialect, std::string_view body) {
  const auto decoder = wire::make_decoder(dialect, true);
  const auto event = decoder->whole(body);
  if (!event) return;
  if (event->usage && event->usage->prompt < Tokens(0)) std::abort();
  std::string said;
  wire::make_encoder(chat, {"id", "m", 1})->whole(*event, {}, said);
  if (dialect != Dialect::rerank && dialect != Dialect::embeddings) check(said);  // those pass as they are
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto asked = wire::decode(Dialect::embeddings, text);
  chat::Chat floats, base64, reranking;
  floats.dialect = base64.dialect = Dialect::embeddings;
  reranking.dialect = Dialect::rerank;
  base64.base64 = true;
  for (const auto dialect : {Dialect::ollama_embed, Dialect::cohere_embed, Dialect::gemini_embed}) {
    if (asked)
      if (const auto body = wire::encode(*asked, dialect, "up")) check(*body);
    answer(floats, dialect, text);
    answer(base64, dialect, text);
  }
  if (const auto sorted = wire::decode(Dialect::rerank, text); sorted && sorted->prompt_estimate < Tokens(0)) std::abort();
  answer(reranking, Dialect::rerank, text);
  answer(floats, Dialect::embeddings, text);
  return 0;
}

extern "C" const char* const* genai_fuzz_seeds() {
  static const char* const seeds[] = {R"({"model":"m","input":["a \"b\"","\u00e9"],"dimensions":64,"encoding_format":"base64","input_type":"search_query"})",
                                      R"({"embeddings":[[0.5,-1e-3],[1, 2]],"prompt_eval_count":8})",
                                      R"({"embeddings":{"float":[[0.5]]},"meta":{"billed_units":{"input_tokens":9}}})",
                                      R"({"embeddings":[{"values":[1e400]}],"usageMetadata":{"promptTokenCount":7}})",
                                      R"({"model":"m","query":"q","documents":["a",{"text":"b"}],"top_n":1})",
                                      R"({"results":[{"index":0,"relevance_score":0.9}],"meta":{"tokens":{"input_tokens":3}},"usage":{"total_tokens":5}})",
                                      nullptr};
  return seeds;
}

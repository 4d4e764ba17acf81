#include "engines/sim/rerank.hpp"

#include "domain/wire/dialect.hpp"
#include "test.hpp"

using namespace genai;

namespace {

std::string ranked(std::string body) {
  const auto chat = wire::decode(chat::Dialect::rerank, std::move(body));
  if (!chat) FAIL(chat.error().what);
  return sim::rank(*chat).value();
}

}  // namespace

TEST_CASE("the simulated model ranks by shared words", "[sim]") {
  CHECK(ranked(R"({"model":"sim","query":"Where is Ulm","documents":["Bern is there.","ulm, where it is",{"text":"Ulm"},"no"]})") ==
        R"({"id":"rerank-sim","results":[{"index":1,"relevance_score":1},{"index":0,"relevance_score":0.333333},{"index":2,"relevance_score":0.333333},)"
        R"({"index":3,"relevance_score":0}],"usage":{"total_tokens":21}})");
  CHECK(ranked(R"({"model":"sim","query":"?","documents":["a","b"],"top_n":1})") == R"({"id":"rerank-sim","results":[{"index":0,"relevance_score":0}],"usage":{"total_tokens":1}})");
}

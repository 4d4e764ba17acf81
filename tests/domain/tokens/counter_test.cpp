#include "domain/tokens/counter.hpp"

#include "test.hpp"

using namespace genai;
using namespace genai::tokens;

namespace {

std::string encoding_of(std::string_view model) {
  const auto counter = counter_for(model);
  return std::string(counter.encoding->name()) + (counter.exact ? "" : " estimate");
}

}  // namespace

TEST_CASE("counter: models of OpenAI have their own encodings") {
  for (const char* model : {"gpt-4o", "gpt-4o-mini-2024-07-18", "chatgpt-4o-latest", "gpt-4.1-nano", "gpt-4.5-preview", "gpt-5", "gpt-5.6-unseen", "o1-preview",
                            "o3", "o4-mini-high", "ft:gpt-4o-mini-2024-07-18:us::abc", "ft:gpt-4.1:org:name:id", "openai/gpt-4o", "azure/eu/gpt-4o", "GPT-4o"}) {
    INFO(model);
    CHECK(encoding_of(model) == "o200k_base");
  }
  for (const char* model : {"gpt-4", "gpt-4-0613", "gpt-4-turbo", "gpt-3.5-turbo", "gpt-35-turbo-16k", "ft:gpt-4", "ft:gpt-3.5-turbo-0125:us::x", "text-embedding-3-small"}) {
    INFO(model);
    CHECK(encoding_of(model) == "cl100k_base");
  }
  CHECK(encoding_of("gpt-oss-120b") == "o200k_harmony");
  CHECK(encoding_of("text-davinci-003") == "p50k_base");
  CHECK(encoding_of("text-davinci-edit-001") == "p50k_edit");
  CHECK(encoding_of("davinci") == "r50k_base");
}

TEST_CASE("counter: never by a part of a name") {
  for (const char* model : {"my-gpt-4o", "gpt-4x", "gpt4o", "not-o1", "o11", "xdavinci", "claudette", ""}) {
    INFO(model);
    const auto counter = counter_for(model);
    CHECK(!counter.exact);
    CHECK(counter.band == 0.35);
  }
}

TEST_CASE("counter: others are estimates with a band") {
  for (const char* model : {"claude-sonnet-4-5", "anthropic/claude-3-haiku", "us.anthropic.claude-3-5-sonnet-20241022-v2:0", "gemini-2.5-pro", "command-r-plus",
                            "meta-llama/Llama-3.1-8B-Instruct", "qwen2.5-72b", "mistral-large-latest", "deepseek-chat", "grok-4"}) {
    INFO(model);
    const auto counter = counter_for(model);
    CHECK(!counter.exact);
    CHECK(counter.band > 0);
    CHECK(counter.band < 0.35);
    CHECK(!counter.why.empty());
  }
  const auto claude = counter_for("claude-opus-4");
  CHECK(claude.count("hello world") == Tokens(2));
  CHECK(claude.scaled(Tokens(1000)) == Tokens(1150));
}

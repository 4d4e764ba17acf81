#include "features/providers/config.hpp"

#include "features/providers/kinds.hpp"
#include "features/providers/presets.hpp"
#include "platform/config/config.hpp"
#include "test.hpp"

using namespace genai;
using namespace genai::providers;

namespace {

struct Outcome {
  std::vector<ProviderConfig> providers;
  std::string problems;
};

Outcome read(std::string_view text) {
  const auto variable = [](std::string_view name) { return name == "KEY" ? std::optional<std::string>("k-1") : std::nullopt; };
  auto document = config::Document::parse(text, "f", {.variable = variable, .directory = "/"});
  Outcome outcome;
  {
    auto root = document.root();
    outcome.providers = read_providers(root);
  }
  if (const auto error = document.error()) outcome.problems = error->what;
  return outcome;
}

}  // namespace

TEST_CASE("providers are read as they stand") {
  const auto outcome = read("providers:\n"
                            "  main: {type: openai-compatible, base_url: 'http://127.0.0.1:8000/v1/', api_key: '${env:KEY}'}\n"
                            "  open: {type: openai-compatible, base_url: 'http://10.0.0.1', allow_plain_http: true, credentials: passthrough}\n"
                            "  s: {type: sim}\n");
  CHECK(outcome.problems.empty());
  REQUIRE(outcome.providers.size() == 3);
  CHECK(outcome.providers[0].name == "main");
  CHECK(outcome.providers[0].base_url == "http://127.0.0.1:8000/v1");
  CHECK(outcome.providers[0].api_key.reveal() == "k-1");
  CHECK_FALSE(outcome.providers[0].passthrough_credentials);
  CHECK(outcome.providers[1].passthrough_credentials);
  CHECK(outcome.providers[1].api_key.empty());
  CHECK(outcome.providers[2].type == ProviderType::sim);
}

TEST_CASE("providers behind https: whose certificates count there") {
  auto outcome = read("providers:\n"
                      "  one: {type: openai-compatible, base_url: 'HTTPS://api.example/v1/'}\n"
                      "  two: {type: openai-compatible, base_url: 'https://10.0.0.1:8443', ca: authorities/ca.pem}\n"
                      "  three: {type: openai-compatible, base_url: 'http://127.0.0.1'}\n");
  CHECK(outcome.problems.empty());
  REQUIRE(outcome.providers.size() == 3);
  CHECK(outcome.providers[0].base_url == "https://api.example/v1");
  CHECK(outcome.providers[0].ca_file.empty());
  CHECK(outcome.providers[1].ca_file == "/authorities/ca.pem");
  const auto loaded = load_trust(outcome.providers);
  REQUIRE(loaded.has_error());
  CHECK(loaded.error().what == "provider 'two': ca: /authorities/ca.pem: cannot be read: No such file or directory");
  CHECK(loaded.error().code == Code::config_error);
  outcome.providers[1].ca_file.clear();
  CHECK(load_trust(outcome.providers).has_value());
  CHECK(outcome.providers[0].trust);
  CHECK(outcome.providers[0].trust == outcome.providers[1].trust);
  CHECK_FALSE(outcome.providers[2].trust);
}

TEST_CASE("P3: what a provider cannot be is reported together") {
  CHECK(read("providers:\n"
             "  a: {type: opnai, base_url: 'http://127.0.0.1'}\n"
             "  b: {type: openai-compatible}\n"
             "  c: {type: openai-compatible, base_url: 'http://10.0.0.1/v1'}\n"
             "  d: {type: openai-compatible, base_url: 'http://127.0.0.1', ca: ca.pem}\n"
             "  e: {type: openai-compatible, base_url: 'http://127.0.0.1', credentials: passthrough, api_key: '${env:KEY}'}\n"
             "  f: {type: sim, base_url: 'http://127.0.0.1'}\n"
             "  'g h': {type: sim}\n"
             "  i: {}\n"
             "  j: 1\n")
            .problems ==
        "10 problems in f\n"
        "f:2:13: providers.a.type: unknown value 'opnai'; did you mean openai?\n"
        "f:3:6: providers.b.base_url: missing\n"
        "f:4:42: providers.c.base_url: plain http to another machine shows keys and prompts to everyone on the way; a provider in genai.yaml "
        "may say allow_plain_http: true\n"
        "f:5:66: providers.d.ca: only https asks for certificates; the base_url is plain http\n"
        "f:6:97: providers.e.api_key: excludes `credentials: passthrough`; keep one of them\n"
        "f:7:18: providers.f.base_url: unknown key; known are price, type\n"
        "f:8:10: providers.g h: a provider's name has 1 to 64 letters, digits, '-', '_' or '.'\n"
        "f:9:6: providers.i.type: missing\n"
        "f:9:6: providers.i.base_url: missing\n"
        "f:10:6: providers.j: expected a map, found text");
}

TEST_CASE("Azure: its versions are paths and queries") {
  const auto outcome = read("providers:\n"
                            "  dated: {type: azure, base_url: 'https://name.openai.azure.com/', api_key: '${env:KEY}'}\n"
                            "  older: {type: azure, base_url: 'https://name.openai.azure.com', api_version: 2024-06-01, auth: bearer}\n"
                            "  v1: {type: azure, base_url: 'https://name.openai.azure.com', api_version: v1}\n"
                            "  preview: {type: azure, base_url: 'https://name.openai.azure.com', api_version: preview}\n");
  CHECK(outcome.problems.empty());
  REQUIRE(outcome.providers.size() == 4);
  const auto path = [&](std::size_t i, chat::Dialect dialect) {
    const auto here = kind(outcome.providers[i]);
    const auto* endpoint = here.endpoint_for(dialect);
    return endpoint == nullptr ? std::string("nowhere") : std::string(endpoint->path) + outcome.providers[i].query;
  };
  CHECK(path(0, chat::Dialect::chat_completions) == "/openai/deployments/{model}/chat/completions?api-version=2024-10-21");
  CHECK(path(0, chat::Dialect::responses) == "/openai/deployments/{model}/chat/completions?api-version=2024-10-21");
  CHECK(path(1, chat::Dialect::embeddings) == "/openai/deployments/{model}/embeddings?api-version=2024-06-01");
  CHECK(path(2, chat::Dialect::responses) == "/openai/v1/responses");
  CHECK(path(3, chat::Dialect::completions) == "/openai/v1/completions?api-version=preview");
  CHECK(path(3, chat::Dialect::moderations) == "nowhere");
  CHECK(kind(outcome.providers[0]).proof.field == "api-key");
  CHECK(kind(outcome.providers[1]).proof.field == "Authorization");
}

TEST_CASE("P3: what Azure cannot be") {
  CHECK(read("providers:\n"
             "  a: {type: azure}\n"
             "  b: {type: azure, base_url: 'https://name.openai.azure.com/openai/v1/'}\n"
             "  c: {type: azure, base_url: 'https://name.openai.azure.com', api_version: 'v1&x=y', auth: token}\n"
             "  d: {type: openai, api_version: v1}\n")
            .problems ==
        "5 problems in f\n"
        "f:2:6: providers.a.base_url: missing\n"
        "f:3:30: providers.b.base_url: /openai and what follows are added here; end it before them\n"
        "f:4:76: providers.c.api_version: expected a version like 2024-10-21, or v1 or preview\n"
        "f:4:92: providers.c.auth: unknown value 'token'; known are key, bearer\n"
        "f:5:21: providers.d.api_version: unknown key; known are allow_plain_http, api_key, api_key_refresh, base_url, ca, credentials, drain_on_hangup, price, proxy, type");
}

TEST_CASE("servers on one's own machine are where they always are") {
  const auto outcome = read("providers:\n"
                            "  v: {type: vllm}\n"
                            "  l: {type: lmstudio}\n"
                            "  far: {type: vllm, base_url: 'https://gpu.example/v1', api_key: '${env:KEY}'}\n");
  CHECK(outcome.problems.empty());
  REQUIRE(outcome.providers.size() == 3);
  CHECK(outcome.providers[0].base_url == "http://127.0.0.1:8000/v1");
  CHECK(outcome.providers[1].base_url == "http://127.0.0.1:1234/v1");
  CHECK(outcome.providers[2].base_url == "https://gpu.example/v1");
  CHECK(kind(outcome.providers[1]).speaks(chat::Dialect::responses));
  CHECK_FALSE(kind(outcome.providers[0]).speaks(chat::Dialect::moderations));
}

TEST_CASE("presets know where a service is, what it calls its fields and whose prices hold") {
  const auto outcome = read("providers:\n"
                            "  mistral: {type: openai-compatible, preset: mistral, api_key: '${env:KEY}'}\n"
                            "  near: {type: openai-compatible, preset: groq, base_url: 'http://127.0.0.1:9'}\n"
                            "  own: {type: openai-compatible, base_url: 'http://127.0.0.1:9'}\n");
  CHECK(outcome.problems.empty());
  REQUIRE(outcome.providers.size() == 3);
  CHECK(outcome.providers[0].base_url == "https://api.mistral.ai/v1");
  CHECK(vendor(outcome.providers[0]) == "mistral");
  CHECK_FALSE(kind(outcome.providers[0]).speaks(chat::Dialect::completions));
  CHECK(kind(outcome.providers[0]).manner.tool_ids == wire::ToolIds::nine_letters);
  CHECK(outcome.providers[1].base_url == "http://127.0.0.1:9");
  CHECK(outcome.providers[1].api_key.empty());
  CHECK(vendor(outcome.providers[1]) == "groq");
  CHECK(vendor(outcome.providers[2]) == "openai-compatible");
  CHECK(kind(outcome.providers[2]).manner.token_limit == wire::TokenLimit::max_tokens);
  for (const auto& preset : presets()) {
    CAPTURE(preset.name);
    const auto checked = check_base_url(preset.base_url, PlainHttp::loopback_only);
    REQUIRE(checked.has_value());
    CHECK(*checked == preset.base_url);
    CHECK(preset.endpoints.front().dialect == chat::Dialect::chat_completions);
  }
}

TEST_CASE("P3: presets that are none") {
  CHECK(read("providers:\n"
             "  a: {type: openai-compatible, preset: mistrall}\n"
             "  b: {type: vllm, preset: groq}\n")
            .problems ==
        "3 problems in f\n"
        "f:2:6: providers.a.base_url: missing\n"
        "f:2:40: providers.a.preset: unknown value 'mistrall'; did you mean mistral?\n"
        "f:3:19: providers.b.preset: unknown key; known are allow_plain_http, api_key, api_key_refresh, base_url, ca, credentials, drain_on_hangup, price, proxy, type");
}

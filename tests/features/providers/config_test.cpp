#include "features/providers/config.hpp"

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

#include "features/providers/cloud.hpp"

#include <filesystem>
#include <fstream>

#include "fakes/rsa_key.hpp"
#include "fakes/scratch.hpp"
#include "features/providers/config.hpp"
#include "features/providers/google_account.hpp"
#include "features/providers/kinds.hpp"
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
  const auto variable = [](std::string_view name) { return std::optional<std::string>("value-of-" + std::string(name)); };
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

TEST_CASE("Bedrock: a region says where, a key as whom", "[providers]") {
  const auto outcome = read("providers:\n"
                            "  signed: {type: bedrock, region: eu-central-1, access_key_id: AKIAIOSFODNN7EXAMPLE, secret_access_key: '${env:SECRET}', session_token: '${env:SESSION}'}\n"
                            "  keyed: {type: bedrock, region: us-east-1, api_key: '${env:KEY}', base_url: 'https://vpce-1.example'}\n"
                            "  passed: {type: bedrock, region: us-east-1, credentials: passthrough}\n");
  CHECK(outcome.problems.empty());
  REQUIRE(outcome.providers.size() == 3);
  CHECK(outcome.providers[0].base_url == "https://bedrock-runtime.eu-central-1.amazonaws.com");
  CHECK(outcome.providers[0].aws.key_id == "AKIAIOSFODNN7EXAMPLE");
  CHECK(outcome.providers[0].aws.secret_key.reveal() == "value-of-SECRET");
  CHECK(outcome.providers[0].aws.session_token.reveal() == "value-of-SESSION");
  CHECK(outcome.providers[1].base_url == "https://vpce-1.example");
  CHECK(outcome.providers[1].aws.key_id.empty());
  CHECK(outcome.providers[1].api_key.reveal() == "value-of-KEY");
  CHECK(outcome.providers[2].passthrough_credentials);
}

TEST_CASE("Vertex AI: project and location say where", "[providers]") {
  const auto outcome = read("providers:\n"
                            "  here: {type: vertex, project: my-project-7, location: europe-west1, service_account: account.json}\n"
                            "  anywhere: {type: vertex, project: 'example.com:p', location: global, api_key: '${env:TOKEN}'}\n");
  CHECK(outcome.problems.empty());
  REQUIRE(outcome.providers.size() == 2);
  CHECK(outcome.providers[0].base_url == "https://europe-west1-aiplatform.googleapis.com");
  CHECK(outcome.providers[0].google.service_account == "/account.json");
  CHECK(outcome.providers[1].base_url == "https://aiplatform.googleapis.com");
  CHECK(at_place(kind(ProviderType::vertex).prefix, {}, outcome.providers[1].google) == "/v1/projects/example.com:p/locations/global");
}

TEST_CASE("P3: what a provider in a cloud cannot be is reported together", "[providers]") {
  CHECK(read("providers:\n"
             "  a: {type: bedrock, api_key: '${env:K}'}\n"
             "  b: {type: bedrock, region: 'EU West', api_key: '${env:K}'}\n"
             "  c: {type: bedrock, region: us-east-1}\n"
             "  d: {type: bedrock, region: us-east-1, access_key_id: A}\n"
             "  e: {type: bedrock, region: us-east-1, access_key_id: A, secret_access_key: '${env:S}', api_key: '${env:K}'}\n"
             "  f: {type: bedrock, region: us-east-1, access_key_id: 'a/b', secret_access_key: '${env:S}'}\n"
             "  g: {type: bedrock, region: us-east-1, session_token: '${env:S}', api_key: '${env:K}'}\n"
             "  h: {type: vertex, location: global, api_key: '${env:K}'}\n"
             "  i: {type: vertex, project: p, location: global}\n"
             "  j: {type: vertex, project: p, location: global, service_account: a.json, api_key: '${env:K}'}\n"
             "  k: {type: vertex, project: 'p/q', location: 'a.b', api_key: '${env:K}'}\n"
             "  l: {type: anthropic, region: us-east-1}\n")
            .problems ==
        "13 problems in f\n"
        "f:2:6: providers.a.region: missing\n"
        "f:3:30: providers.b.region: expected a name of lower-case letters, digits and '-', like eu-central-1\n"
        "f:4:6: providers.c: needs access_key_id and secret_access_key, or an api_key\n"
        "f:5:6: providers.d.secret_access_key: missing: access_key_id and secret_access_key go together\n"
        "f:6:6: providers.e: requests are signed with access_key_id and secret_access_key, or carry an api_key or the caller's; keep one of them\n"
        "f:7:56: providers.f.access_key_id: expected letters and digits, like AKIAIOSFODNN7EXAMPLE\n"
        "f:8:56: providers.g.session_token: goes with access_key_id and secret_access_key\n"
        "f:9:6: providers.h.project: missing\n"
        "f:10:6: providers.i: needs a service_account, or an api_key that is an access token\n"
        "f:11:6: providers.j: requests are sent as a service_account, or with an api_key or the caller's; keep one of them\n"
        "f:12:30: providers.k.project: expected a name of lower-case letters, digits and '-', like my-project-7\n"
        "f:12:47: providers.k.location: expected a name of lower-case letters, digits and '-', like europe-west1\n"
        "f:13:24: providers.l.region: unknown key; known are allow_plain_http, api_key, api_key_refresh, base_url, ca, credentials, drain_on_hangup, price, proxy, type");
}

TEST_CASE("models that are elsewhere have their own endpoint", "[providers]") {
  using chat::Dialect;
  const auto& vertex = kind(ProviderType::vertex);
  for (const auto dialect : {Dialect::messages, Dialect::chat_completions, Dialect::responses}) {
    CHECK(vertex.endpoint_for(dialect, "gemini-2.5-pro")->dialect == Dialect::gemini);
    CHECK(vertex.endpoint_for(dialect, "claude-opus-4-1@20250805")->dialect == Dialect::messages);
  }
  CHECK(vertex.endpoint_for(Dialect::embeddings, "claude-opus-4-1") == nullptr);
  CHECK(kind(ProviderType::anthropic).endpoint_for(Dialect::messages, "claude-opus-4-1")->path == "/messages");
  CHECK(kind(ProviderType::bedrock).endpoint_for(Dialect::messages, "anthropic.claude-opus-4-1")->framing == Framing::aws_events);
}

TEST_CASE("files of service accounts are private", "[providers]") {
  const fakes::Scratch scratch;
  const auto file = scratch.path() / "account.json";
  std::string key = fakes::rsa_key;
  for (auto at = key.find('\n'); at != key.npos; at = key.find('\n', at)) key.replace(at, 1, "\\n");
  std::ofstream(file) << R"({"type":"service_account","client_email":"a@b","private_key_id":"1","token_uri":"https://oauth2.googleapis.com/token","private_key":")" << key << "\"}";
  std::vector<ProviderConfig> providers(1);
  providers[0].name = "google";
  providers[0].google.service_account = file;
  using std::filesystem::perms;
  std::filesystem::permissions(file, perms::owner_read | perms::others_read);
  const auto open = load_service_accounts(providers);
  REQUIRE(open.has_error());
  CHECK(open.error().what == "provider 'google': service_account: " + file.string() + ": can be read by everyone on this machine; chmod o-r it");
  CHECK(open.error().param == "providers.google.service_account");
  std::filesystem::permissions(file, perms::owner_read);
  REQUIRE(load_service_accounts(providers).has_value());
  REQUIRE(providers[0].google.account);
  CHECK(providers[0].google.account->email == "a@b");
  CHECK(providers[0].google.account->token_uri == "https://oauth2.googleapis.com/token");
}

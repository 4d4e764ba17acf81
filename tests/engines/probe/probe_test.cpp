#include "engines/probe/probe.hpp"

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>

#include "domain/catalog/catalog.hpp"
#include "fakes/network.hpp"
#include "fakes/wire.hpp"
#include "features/providers/http_upstream.hpp"
#include "test.hpp"

using namespace genai;
using namespace genai::probe;
using namespace std::chrono_literals;

namespace {

catalog::Catalog prices() {
  const catalog::Catalog::Source source{catalog::embedded_csv(), "prices.csv", false};
  return *catalog::Catalog::parse(std::span(&source, 1));
}

providers::ProviderConfig provider(std::string name, providers::ProviderType type, bool passthrough = false) {
  providers::ProviderConfig config;
  config.base_url = "http://" + name + ".example/v1";
  config.name = std::move(name);
  config.type = type;
  config.api_key = Secret("key-of-the-test");
  config.passthrough_credentials = passthrough;
  return config;
}

std::string plain(std::string_view status, const std::string& body, std::string_view type = "application/json") {
  return "HTTP/1.1 " + std::string(status) + "\r\nContent-Type: " + std::string(type) + "\r\nConnection: close\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

// Providers in memory, each with one answer for whoever connects; one without an answer is silent, one that is not listed refuses.
struct Fixture {
  void answer(const std::string& name, std::string bytes) {
    network.listen({name + ".example", 80}, [this, bytes](std::unique_ptr<net::Stream> stream) {
      peers.push_back(std::make_unique<fakes::Wire>(std::move(stream)));
      most_open = std::max(most_open, peers.size());
      if (!bytes.empty()) peers.back()->send(bytes);
    });
  }
  net::Task<void> work(Config config) {
    http::Client client(network);
    {
      std::vector<resilience::Provider> doors;
      for (const auto& one : config.providers) doors.push_back({one.name, std::move(*providers::make_http_upstream(one, client, loop))});
      findings = co_await probe::run(config, doors, table, client, loop);
    }
    co_await client.close();
    done = true;
  }
  std::vector<Finding> run(Config config) {
    tasks.spawn(work(std::move(config)));
    loop.advance(1min);
    REQUIRE(done);
    for (auto& peer : peers) received += peer->received();
    return findings;
  }

  net::VirtualClock clock;
  net::VirtualLoop loop{clock};
  fakes::Network network{loop};
  pricing::Prices table{prices()};
  net::TaskGroup tasks;
  std::vector<std::unique_ptr<fakes::Wire>> peers;
  std::vector<Finding> findings;
  std::string received;
  std::size_t most_open = 0;
  bool done = false;
};

const std::string good = R"({"id":"c","object":"chat.completion","created":1,"model":"gpt-4o-2024-08-06","choices":[{"index":0,"message":{"role":"assistant","content":"Hi"},)"
                         R"("finish_reason":"length"}],"usage":{"prompt_tokens":8,"completion_tokens":1,"total_tokens":9}})";

Config everything() {
  using enum providers::ProviderType;
  Config config;
  config.providers = {provider("good", openai), provider("key", openai_compatible), provider("gone", openai_compatible), provider("silent", openai_compatible),
                      provider("page", openai_compatible), provider("unknown", openai_compatible), provider("listed", openai), provider("theirs", openai, true)};
  for (const auto& one : config.providers) config.pricing.providers.push_back({one.name, std::string(name(one.type)), {}});
  config.items = make_items(config.providers,
                            {{"a", {{"good", "gpt-4o"}, {"key", "m"}, {"gone", "m"}}}, {"b", {{"good", "gpt-4o"}, {"silent", "m"}, {"page", "m"}}}, {"c", {{"unknown", "m"}}}},
                            Targets::first_of_each_provider);
  return config;
}

void answer_everything(Fixture& fixture) {
  fixture.answer("good", plain("200 OK", good));
  fixture.answer("key", plain("401 Unauthorized", R"({"error":{"message":"Incorrect API key provided: key-of-the-test"}})"));
  fixture.answer("silent", "");
  fixture.answer("page", plain("200 OK", "<html><body>Welcome</body></html>", "text/html"));
  fixture.answer("unknown", plain("404 Not Found", R"({"error":{"message":"The model 'm' does not exist"}})"));
  fixture.answer("listed", plain("200 OK", R"({"data":[{"id":"gpt-4o"},{"id":"o3"}]})"));
}

void check_golden(const std::string& name, const std::string& text) {
  const std::string file = std::string(GENAI_SOURCE_DIR) + "/tests/golden/probe/" + name;
  if (std::getenv("GENAI_UPDATE_GOLDEN") != nullptr) std::ofstream(file, std::ios::binary) << text;
  std::ifstream in(file, std::ios::binary);
  CHECK(text == std::string(std::istreambuf_iterator<char>(in), {}));
}

}  // namespace

TEST_CASE("which questions: the first target of each provider, every one, or the list of models") {
  const std::vector<providers::ProviderConfig> two{provider("one", providers::ProviderType::openai), provider("two", providers::ProviderType::openai), provider("three", providers::ProviderType::openai)};
  const std::vector<routing::ModelConfig> models{{"a", {{"one", "x"}, {"two", "y"}}}, {"b", {{"two", "y"}, {"one", "z"}, {"one", "x"}}}};
  const auto shown = [&](Targets targets) {
    std::string text;
    for (const auto& item : make_items(two, models, targets)) {
      text += item.provider + "/" + item.model;
      for (const auto& model : item.serves) text += " " + model;
      text += "; ";
    }
    return text;
  };
  CHECK(shown(Targets::first_of_each_provider) == "one/x a b; two/y a b; three/; ");
  CHECK(shown(Targets::all) == "one/x a b; one/z b; two/y a b; three/; ");
}

TEST_CASE("what each upstream answers is found, priced and told, without a secret") {
  Fixture fixture;
  answer_everything(fixture);
  const auto findings = fixture.run(everything());
  REQUIRE(findings.size() == 8);
  REQUIRE(findings[0].answer);
  CHECK(findings[0].answer->model == "gpt-4o-2024-08-06");
  CHECK(findings[0].item.serves == std::vector<std::string>{"a", "b"});
  CHECK(findings[0].cost == NanoUsd{30'000});
  CHECK(findings[1].error->code == Code::upstream_auth);
  CHECK(findings[2].error->code == Code::upstream_unreachable);
  CHECK(findings[3].error->code == Code::upstream_timeout);
  CHECK(findings[3].latency == 10s);
  CHECK(findings[4].error->code == Code::upstream_protocol);
  CHECK(findings[5].error->code == Code::upstream_rejected);
  CHECK(findings[5].error->http_status == 404);
  CHECK(findings[6].listed == 2);
  CHECK_FALSE(findings[7].not_asked.empty());
  CHECK_FALSE(findings[7].failed());
  CHECK(fixture.received.find("Authorization: Bearer key-of-the-test") != std::string::npos);
  CHECK(fixture.received.find("GET /v1/models HTTP/1.1") != std::string::npos);
  check_golden("report.txt", report_text(findings, 100));
  check_golden("report.json", report_json(findings));
  CHECK((report_text(findings, 80) + report_json(findings)).find("key-of-the-test") == std::string::npos);
}

TEST_CASE("no more are asked at once than may be, and nobody waits longer than the time allowed for one") {
  Fixture fixture;
  Config config;
  for (int i = 0; i < 5; ++i) {
    config.providers.push_back(provider("silent" + std::to_string(i), providers::ProviderType::openai_compatible));
    fixture.answer("silent" + std::to_string(i), "");
  }
  config.items = make_items(config.providers, {{"a", {{"silent0", "m"}, {"silent1", "m"}, {"silent2", "m"}, {"silent3", "m"}, {"silent4", "m"}}}}, Targets::all);
  config.timeout = 3s;
  config.at_once = 2;
  fixture.tasks.spawn(fixture.work(config));
  fixture.loop.advance(2s);
  CHECK(fixture.most_open == 2);
  fixture.loop.advance(2s);
  CHECK(fixture.most_open == 4);
  CHECK_FALSE(fixture.done);
  fixture.loop.advance(1min);
  REQUIRE(fixture.done);
  for (const auto& finding : fixture.findings) CHECK(finding.latency == 3s);
}

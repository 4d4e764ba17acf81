// Health, readiness and metrics, as the site answers them.
#include "engines/gateway/health.hpp"

#include <nlohmann/json.hpp>

#include "engines/gateway/fixture.hpp"
#include "test.hpp"

using namespace genai;
using namespace std::chrono_literals;
using Json = nlohmann::json;

namespace {

struct Asked {
  std::string head;
  Json body;
};

Asked get(Fixture& f, const std::string& path, const std::string& fields = "") {
  auto client = f.connect();
  client->send("GET " + path + " HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n");
  f.loop.settle();
  const auto text = client->received();
  const auto end = text.find("\r\n\r\n");
  return {text.substr(0, end), Json::parse(text.substr(end + 4), nullptr, false)};
}

bool is_ok(const Asked& asked) { return asked.head.starts_with("HTTP/1.1 200"); }

void end(Fixture& f, record::Outcome how, Code code = Code::upstream_error, int times = 1) {
  record::Record record;
  record.route = "/v1/chat/completions";
  record.model = "gpt";
  record.provider = "up";
  record.outcome = how;
  if (how != record::Outcome::ok) record.error_code = row(code).name;
  for (int i = 0; i < times; ++i) f.metrics.add(record);
}

}  // namespace

TEST_CASE("A6: /health becomes unhealthy at a tenth of errors, and healthy again when they are long ago") {
  Fixture f;
  CHECK(is_ok(get(f, "/health")));
  end(f, record::Outcome::ok, {}, 18);
  end(f, record::Outcome::upstream_error, Code::upstream_timeout, 2);
  const auto asked = get(f, "/health");
  CHECK(asked.head.starts_with("HTTP/1.1 503"));
  CHECK(asked.body["status"] == "unhealthy");
  CHECK(asked.body["error_rate"] == 0.1);
  CHECK(asked.body["requests"] == 20);
  CHECK(asked.body["reasons"][0]["reason"] == "2 of the last 20 requests ended in an error");
  CHECK(is_ok(get(f, "/health/live")));
  f.loop.advance(6min);
  CHECK(is_ok(get(f, "/health")));
}

TEST_CASE("readiness names the upstream that fails, and ends when all do, for a minute") {
  Fixture f;
  CHECK(get(f, "/health/ready").body["upstreams"]["up"] == "not asked yet");
  end(f, record::Outcome::ok);
  CHECK(get(f, "/health/ready").body["upstreams"]["up"] == "ok");
  end(f, record::Outcome::upstream_error, Code::upstream_unreachable, 3);
  auto asked = get(f, "/health/ready");
  CHECK(asked.head.starts_with("HTTP/1.1 503"));
  CHECK(asked.body["failing"][0]["name"] == "up");
  f.loop.advance(61s);
  CHECK(is_ok(get(f, "/health/ready")));
  f.pricing.providers.push_back({"second", "openai-compatible", {}});
  f.pricing.providers.push_back({"sim", "sim", {}});
  end(f, record::Outcome::upstream_error, Code::upstream_unreachable, 3);
  asked = get(f, "/health/ready");
  CHECK(is_ok(asked));  // the second may answer
  CHECK(asked.body["failing"][0]["name"] == "up");
  CHECK(asked.body["upstreams"]["sim"] == "ok");
}

TEST_CASE("metrics are Prometheus text, and JSON for who prefers that") {
  Fixture f;
  end(f, record::Outcome::ok, {}, 3);
  const auto text = get(f, "/metrics");
  CHECK(has(text.head, "Content-Type: text/plain; version=0.0.4"));
  CHECK(has(text.head, "Vary: Accept"));
  const auto json = get(f, "/metrics", "Accept: application/json\r\n");
  CHECK(has(json.head, "Content-Type: application/json"));
  CHECK(json.body["schema"] == "genai.metrics/v1");
  CHECK(json.body["monitoring"]["requests"] == 3);
  CHECK(json.body["monitoring"]["http_exchanges"] == 1);
  CHECK(json.body["monitoring"]["average_time_to_first_token_ms"].is_null());
  CHECK(json.body["cost"]["average_cost_usd"] == 0);
  CHECK(json.body["health"]["status"] == "ok");
}

TEST_CASE("every exchange is counted, unknown paths and methods under one name") {
  Fixture f;
  get(f, "/health");
  get(f, "/nowhere/at/all");
  auto client = f.connect();
  client->send("GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n");
  f.loop.settle();
  CHECK(has(client->received(), "api_requests_total{method=\"GET\",endpoint=\"/health\"} 1\n"));
  CHECK(has(client->received(), "api_requests_total{method=\"GET\",endpoint=\"other\"} 1\n"));
  CHECK_FALSE(has(client->received(), "nowhere"));
}

TEST_CASE("which form of the metrics a client prefers") {
  for (const char* accept : {"application/json", "APPLICATION/JSON", "text/html, application/json;q=0.9", "application/json, text/plain, */*", "application/json;q=0.5,text/plain;q=0.4"})
    CHECK(gateway::prefers_json(accept));
  for (const char* accept : {"", "*/*", "text/plain", "application/*", "application/json;q=0", "application/json;q=0.4,text/plain;q=0.5", "application/json;q=x", "application/jsonl",
                             "application/openmetrics-text;version=1.0.0;q=0.8,application/json;q=0.5,*/*;q=0.1", ",;q=,,"})
    CHECK_FALSE(gateway::prefers_json(accept));
}

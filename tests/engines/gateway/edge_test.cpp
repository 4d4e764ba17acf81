// The edge around a site that answers as its path says, in virtual time.
#include "engines/gateway/edge.hpp"

#include <nlohmann/json.hpp>

#include "fakes/scratch.hpp"
#include "fakes/wire.hpp"
#include "features/telemetry/request_log.hpp"
#include "platform/config/config.hpp"
#include "test.hpp"

namespace genai::gateway {
namespace {

using namespace std::chrono_literals;
using Catch::Matchers::Contains;

class Inner final : public http::Site {
 public:
  std::vector<std::string> seen;  // "METHOD path peer"
  net::Task<void> handle(http::Exchange& exchange) override {
    const std::string path(exchange.head().path);
    seen.push_back(std::string(exchange.head().method) + " " + path + " " + exchange.peer());
    if (path == "/slow") {
      const auto until = exchange.loop().now() + 12ms;
      co_await net::Sleep(exchange.loop(), until);
    }
    if (path == "/stream") {
      auto head = with_id();
      exchange.begin(std::move(head));
      co_await exchange.send("one");
      co_await exchange.finish("two");
    } else if (path == "/abort") {
      auto head = with_id();
      exchange.begin(std::move(head));
      co_await exchange.send("part");
      exchange.abort();
    } else {
      exchange.annotate(R"("model":"m","tokens":3)");
      auto response = with_id();
      response.body = "answer";
      co_await exchange.respond(std::move(response));
    }
  }
  http::Response reject(const Error& error) override {
    auto response = with_id();
    response.status = error.status();
    return response;
  }
  Nanoseconds drain() override { return 0ns; }
  void cut_plain() override {}
  void cut_streams() override {}
  net::Task<void> close() override { co_return; }

 private:
  static http::Response with_id() {
    http::Response response;
    http::append_field(response.fields, "X-Request-Id", "req_inner");
    return response;
  }
};

struct Fixture {
  net::VirtualClock clock;
  net::VirtualLoop loop{clock};
  fakes::Scratch dir;
  EdgeConfig config;
  std::unique_ptr<telemetry::RequestLog> log;
  Inner* inner = nullptr;
  std::unique_ptr<http::Site> edge;
  std::unique_ptr<http::Server> server;
  std::vector<std::unique_ptr<fakes::Wire>> wires;

  ~Fixture() {
    for (auto& wire : wires) wire->close();
    if (server) {
      server->drain();
      server->cut();
    }
    loop.advance(5min);
  }
  void keep_log() { log = std::move(*telemetry::RequestLog::open({.file = dir / "requests.log"})); }
  // What comes back to these bytes.
  std::string ask(const std::string& bytes) {
    if (!server) {
      auto site = std::make_unique<Inner>();
      inner = site.get();
      edge = make_edge(config, {[] { return std::string("req_edge"); }, log.get()}, loop, std::move(site));
      server = std::make_unique<http::Server>(loop, *edge, http::Limits{}, http::Timeouts{});
    }
    auto [near, far] = net::make_stream_pair(loop);
    wires.push_back(std::make_unique<fakes::Wire>(std::move(near)));
    server->serve(std::move(far));
    wires.back()->send(bytes);
    loop.advance(50ms);
    return wires.back()->received();
  }
  std::string get(const std::string& path, const std::string& fields = "") { return ask("GET " + path + " HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n"); }
  std::vector<nlohmann::json> lines() {
    log->flush();
    std::vector<nlohmann::json> parsed;
    std::istringstream text(fakes::content(dir / "requests.log"));
    for (std::string line; std::getline(text, line);) parsed.push_back(nlohmann::json::parse(line));
    return parsed;
  }
};

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }
bool has_cors(const std::string& text) { return has(text, "Access-Control-"); }

constexpr std::string_view security[] = {"X-Content-Type-Options: nosniff\r\n", "X-Frame-Options: DENY\r\n", "Referrer-Policy: no-referrer\r\n",
                                         "Cross-Origin-Resource-Policy: same-origin\r\n"};

net::AddressSet ranges(std::initializer_list<std::string_view> all) {
  net::AddressSet set;
  for (const auto range : all) REQUIRE(set.add(range).has_value());
  return set;
}

std::string client(std::string peer, const std::vector<http::Field>& fields) {
  http::RequestHead head;
  for (const auto& field : fields) head.fields.add(field);
  return client_of(std::move(peer), head, ranges({"10.0.0.0/8", "::1"}));
}

EdgeConfig read(std::string_view text, std::string& problems) {
  auto document = config::Document::parse(text, "f", {.variable = [](std::string_view) { return std::nullopt; }, .directory = "/etc/genai"});
  EdgeConfig edge;
  {
    auto root = document.root();
    edge = read_edge(root);
  }
  if (const auto error = document.error()) problems = error->what;
  return edge;
}
std::string problems_of(std::string_view text) {
  std::string problems;
  read(text, problems);
  return problems;
}

}  // namespace

TEST_CASE("every answer has its time, the security headers and the request's id; HSTS only over TLS") {
  Fixture fixture;
  for (const auto& answer : {fixture.get("/"), fixture.get("/stream"), fixture.ask("nonsense\r\n\r\n"), fixture.get("/", "Origin: https://evil.example\r\n")}) {
    INFO(answer);
    for (const auto field : security) CHECK(has(answer, field));
    CHECK(has(answer, "X-Process-Time: 0.000\r\n"));
    CHECK(has(answer, "X-Request-Id: req_inner\r\n"));
    CHECK_FALSE(has(answer, "Strict-Transport-Security"));
    CHECK_FALSE(has_cors(answer));
    CHECK_FALSE(has(answer, "Vary"));
  }
  CHECK(has(fixture.get("/slow"), "X-Process-Time: 0.012\r\n"));
  Fixture secure;
  secure.config.tls = TlsFiles{};
  CHECK(has(secure.get("/"), "Strict-Transport-Security: max-age=31536000\r\n"));
}

TEST_CASE("A12: pages of listed origins may read answers, others get no CORS header at all") {
  Fixture fixture;
  fixture.config.cors.origins = {"https://app.example", "http://localhost:3000"};
  const auto allowed = fixture.get("/", "Origin: http://localhost:3000\r\n");
  CHECK(has(allowed, "Access-Control-Allow-Origin: http://localhost:3000\r\n"));
  CHECK(has(allowed, "Access-Control-Expose-Headers: x-request-id, x-process-time, retry-after, x-should-retry\r\n"));
  CHECK(has(allowed, "Vary: Origin\r\n"));
  CHECK_FALSE(has(allowed, "Cross-Origin-Resource-Policy"));
  CHECK_FALSE(has(allowed, "Allow-Credentials"));
  CHECK(has(fixture.get("/stream", "Origin: https://app.example\r\n"), "Access-Control-Allow-Origin: https://app.example\r\n"));
  for (const auto origin : {"https://app.example.evil", "https://APP.example", "http://app.example", "https://app.example/", "https://app.example:443", "null", "*", ""}) {
    INFO(origin);
    const auto refused = fixture.get("/", "Origin: " + std::string(origin) + "\r\n");
    CHECK_FALSE(has_cors(refused));
    CHECK(has(refused, "Vary: Origin\r\n"));
    CHECK(has(refused, "Cross-Origin-Resource-Policy: same-origin\r\n"));
  }
  CHECK_FALSE(has_cors(fixture.get("/", "Origin: https://app.example\r\nOrigin: https://app.example\r\n")));
  CHECK_FALSE(has_cors(fixture.get("/")));
}

TEST_CASE("A12: credentials are said only where an origin is named; '*' names none") {
  Fixture with;
  with.config.cors.origins = {"https://app.example"};
  with.config.cors.credentials = true;
  CHECK(has(with.get("/", "Origin: https://app.example\r\n"), "Access-Control-Allow-Credentials: true\r\n"));
  CHECK_FALSE(has_cors(with.get("/", "Origin: https://other.example\r\n")));
  Fixture any;
  any.config.cors.any_origin = true;
  const auto answer = any.get("/", "Origin: https://anything.example\r\n");
  CHECK(has(answer, "Access-Control-Allow-Origin: *\r\n"));
  CHECK_FALSE(has(answer, "Credentials"));
  CHECK_FALSE(has_cors(any.get("/")));
}

TEST_CASE("preflights of listed origins are answered here") {
  Fixture fixture;
  fixture.config.cors.origins = {"https://app.example"};
  const auto preflight = [&](const std::string& origin) {
    return fixture.ask("OPTIONS /v1/chat/completions HTTP/1.1\r\nHost: a\r\nOrigin: " + origin +
                       "\r\nAccess-Control-Request-Method: POST\r\nAccess-Control-Request-Headers: Authorization,content-type, x-stainless-os,cookie\r\n\r\n");
  };
  const auto answer = preflight("https://app.example");
  CHECK(answer.starts_with("HTTP/1.1 204 No Content\r\n"));
  CHECK_FALSE(has(answer, "Content-Length"));
  CHECK_FALSE(has(answer, "Content-Type: "));
  CHECK(has(answer, "X-Request-Id: req_edge\r\n"));
  CHECK(has(answer, "Access-Control-Allow-Origin: https://app.example\r\n"));
  CHECK(has(answer, "Access-Control-Allow-Methods: GET, HEAD, POST, PUT, PATCH, DELETE\r\n"));
  CHECK(has(answer, "Access-Control-Allow-Headers: authorization, content-type, x-stainless-os\r\n"));
  CHECK(has(answer, "Access-Control-Max-Age: 600\r\n"));
  CHECK(fixture.inner->seen.empty());
  CHECK_FALSE(has_cors(preflight("https://evil.example")));
  CHECK(fixture.inner->seen.size() == 1);
  fixture.ask("OPTIONS / HTTP/1.1\r\nHost: a\r\nOrigin: https://app.example\r\n\r\n");  // no preflight
  CHECK(fixture.inner->seen.size() == 2);
}

TEST_CASE("headers that a page may send are those we read, as tokens, and not without bound") {
  CHECK(allowed_headers("").empty());
  CHECK(allowed_headers("X-API-Key ,\tIdempotency-Key,anthropic-version,anthropic-beta,traceparent,x-request-id") ==
        "x-api-key, idempotency-key, anthropic-version, anthropic-beta, traceparent, x-request-id");
  CHECK(allowed_headers("X-Stainless-Retry-Count,x-stainless-a:b,x-stainless-a b,x-stainless-\x01,,x-other") == "x-stainless-retry-count");
  CHECK(allowed_headers("authorization," + std::string(5'000, 'x')).empty());
  std::string many;
  for (int i = 0; i < 100; ++i) many += "x-stainless-" + std::to_string(i) + ",";
  CHECK(allowed_headers(many).ends_with("x-stainless-63"));
}

TEST_CASE("behind trusted proxies the client is the right-most address that is not one of them") {
  const auto forwarded = [](std::string_view value) { return client("10.0.0.1:5000", {{"X-Forwarded-For", value}}); };
  CHECK(forwarded("203.0.113.9") == "203.0.113.9");
  CHECK(forwarded("203.0.113.9, 10.1.1.1,10.2.2.2") == "203.0.113.9");
  CHECK(forwarded("198.51.100.1, 203.0.113.9, 10.1.1.1") == "203.0.113.9");  // what stands further left may be forged
  CHECK(forwarded("203.0.113.9:4711") == "203.0.113.9");
  CHECK(forwarded("[2001:db8::9]:4711") == "2001:db8::9");
  CHECK(forwarded("2001:db8::9") == "2001:db8::9");
  CHECK(forwarded("10.9.9.9, 10.1.1.1") == "10.9.9.9");  // all trusted: the furthest
  CHECK(forwarded("203.0.113.9, unknown, 10.1.1.1") == "10.1.1.1");  // malformed: the last that was known
  CHECK(forwarded("203.0.113.9, ") == "10.0.0.1:5000");
  CHECK(forwarded("") == "10.0.0.1:5000");
  CHECK(client("10.0.0.1:5000", {{"x-forwarded-for", "198.51.100.1"}, {"X-FORWARDED-FOR", "203.0.113.9, 10.1.1.1"}}) == "203.0.113.9");
  CHECK(client("[::1]:5000", {{"X-Forwarded-For", "203.0.113.9"}}) == "203.0.113.9");
}

TEST_CASE("X-Real-IP counts without X-Forwarded-For; nothing counts from a peer that is not trusted") {
  CHECK(client("10.0.0.1:5000", {{"X-Real-IP", "203.0.113.9"}}) == "203.0.113.9");
  CHECK(client("10.0.0.1:5000", {{"X-Real-IP", "nobody"}}) == "10.0.0.1:5000");
  CHECK(client("10.0.0.1:5000", {{"X-Real-IP", "203.0.113.9"}, {"X-Real-IP", "203.0.113.8"}}) == "10.0.0.1:5000");
  CHECK(client("10.0.0.1:5000", {{"X-Real-IP", "203.0.113.8"}, {"X-Forwarded-For", "203.0.113.9"}}) == "203.0.113.9");
  CHECK(client("10.0.0.1:5000", {}) == "10.0.0.1:5000");
  for (const auto peer : {"192.0.2.1:5000", "memory", "unix:/run/x"}) {
    CHECK(client(peer, {{"X-Forwarded-For", "203.0.113.9"}, {"X-Real-IP", "203.0.113.9"}}) == peer);
  }
}

TEST_CASE("each exchange is one line of JSON, with what the gateway adds and without what may be secret") {
  Fixture fixture;
  fixture.keep_log();
  fixture.get("/slow?key=secret", "User-Agent: a \"b\" \xff c\r\nX-Request-Id: mine\r\nAuthorization: Bearer secret\r\n"
                                  "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\n");
  fixture.get("/stream");
  fixture.get("/abort");
  fixture.ask("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
  fixture.ask("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc");
  fixture.ask("nonsense\r\n\r\n");
  const auto lines = fixture.lines();
  REQUIRE(lines.size() == 6);
  CHECK(fakes::content(fixture.dir / "requests.log").find("secret") == std::string::npos);
  CHECK(lines[0] == nlohmann::json::parse(R"({"time":"2027-01-15T08:00:00.000Z","request_id":"req_inner","client_request_id":"mine",
      "trace_id":"4bf92f3577b34da6a3ce929d0e0e4736","client":"memory","method":"GET","path":"/slow","status":200,"duration_ms":12.0,"bytes_out":6,
      "aborted":false,"hung_up":false,"user_agent":"a \"b\" \ufffd c","model":"m","tokens":3})"));
  CHECK(lines[1]["bytes_out"] == 6);
  CHECK(lines[1]["status"] == 200);
  CHECK(lines[2]["aborted"] == true);
  CHECK(lines[3]["bytes_out"] == 0);
  CHECK(lines[3]["method"] == "HEAD");
  CHECK(lines[4]["bytes_in"] == 3);
  CHECK(lines[5] == nlohmann::json::parse(R"({"time":"2027-01-15T08:00:00.250Z","request_id":"req_inner","status":400,"error_code":"bad_request"})"));
}

TEST_CASE("the log names the client behind a trusted proxy") {
  Fixture fixture;
  fixture.keep_log();
  fixture.get("/", "X-Forwarded-For: 203.0.113.9\r\n");
  CHECK(fixture.lines()[0]["client"] == "memory");
  CHECK(fixture.inner->seen[0] == "GET / memory");
}

TEST_CASE("server and log are read as they stand") {
  std::string problems;
  const auto edge = read("server:\n"
                         "  tls: {certificate: server.pem, key: /keys/server.key}\n"
                         "  proxies: {trusted: [10.0.0.0/8, '::1'], protocol: v2}\n"
                         "  cors: {origins: ['https://app.example', 'http://localhost:3000'], credentials: true, max_age: 1h}\n"
                         "  max_body: 1MiB\n  max_connections: 5\n  max_connections_per_address: 2\n  ping: 5s\n  metrics_allow: [192.0.2.0/24]\n"
                         "log: {requests: requests.log}\n", problems);
  CHECK(problems.empty());
  CHECK(edge.tls->certificate == "/etc/genai/server.pem");
  CHECK(edge.tls->key == "/keys/server.key");
  CHECK(edge.trusted.contains_peer("10.1.1.1"));
  CHECK(edge.proxy_protocol);
  CHECK(edge.cors.origins.size() == 2);
  CHECK(edge.cors.credentials);
  CHECK(edge.cors.max_age == 1h);
  CHECK(edge.max_body == 1024 * 1024);
  CHECK(edge.max_connections == 5);
  CHECK(edge.max_connections_per_address == 2);
  CHECK(edge.ping == 5s);
  CHECK(edge.allows_metrics("192.0.2.77:5000"));
  CHECK_FALSE(edge.allows_metrics("127.0.0.1:5000"));
  CHECK(edge.log.requests == LogConfig::Requests::file);
  CHECK(edge.log.file == "/etc/genai/requests.log");

  const auto usual = read("{}", problems);
  CHECK_FALSE(usual.tls);
  CHECK(usual.max_body == 32 * 1024 * 1024);
  CHECK(usual.ping == 15s);
  CHECK(usual.allows_metrics("127.0.0.1:5000"));
  CHECK_FALSE(usual.allows_metrics("10.0.0.1:5000"));
  CHECK(usual.log.requests == LogConfig::Requests::off);
  CHECK(read("server: {cors: {origins: ['*']}}\nlog: {requests: stderr}", problems).cors.any_origin);
  CHECK(problems.empty());
}

TEST_CASE("a stronger layer replaces what it says and keeps the rest") {
  auto document = config::Document::parse("server: {max_body: 2KiB}\nlog: {requests: 'off'}", "f", {.variable = nullptr, .directory = "/"});
  EdgeConfig weaker;
  weaker.max_connections = 7;
  weaker.cors.any_origin = true;
  weaker.log.requests = LogConfig::Requests::standard_error;
  auto root = document.root();
  const auto edge = read_edge(root, weaker);
  CHECK(edge.max_body == 2048);
  CHECK(edge.max_connections == 7);
  CHECK(edge.cors.any_origin);
  CHECK(edge.log.requests == LogConfig::Requests::off);
}

TEST_CASE("P3: what the edge cannot be is reported with its place") {
  CHECK(problems_of("server:\n  tls: {certificate: a.pem}\n") == "f:2:8: server.tls.key: missing");
  CHECK(problems_of("server: {proxies: {protocol: v2}}") == "f:1:30: server.proxies.protocol: v2 needs `trusted`: the addresses from which its headers count");
  CHECK(problems_of("server: {proxies: {protocol: v1}}") == "f:1:30: server.proxies.protocol: unknown value 'v1'; did you mean v2?");
  CHECK_THAT(problems_of("server: {proxies: {trusted: [10.0.0.1/8]}}"), Contains("server.proxies.trusted: '10.0.0.1/8' is no address range: it has bits beyond its prefix"));
  CHECK_THAT(problems_of("server: {cors: {origins: ['*'], credentials: true}}"), Contains("server.cors.credentials: true excludes the origin '*'"));
  CHECK_THAT(problems_of("server: {cors: {origins: ['*', 'https://a']}}"), Contains("server.cors.origins: '*' stands alone"));
  for (const auto origin : {"https://a/", "a.example", "https://", "https://A.example", "https://a b", "https://*.example", "https://a,https://b", "null"}) {
    INFO(origin);
    CHECK_THAT(problems_of("server: {cors: {origins: ['" + std::string(origin) + "']}}"), Contains("is no origin"));
  }
  CHECK_THAT(problems_of("server: {max_body: 32mb}"), Contains("server.max_body: expected a number of bytes such as 4096, 512KiB or 32MiB, found '32mb'"));
  CHECK_THAT(problems_of("server: {max_body: 1}"), Contains("server.max_body: expected 1KiB to 1GiB, found '1'"));
  CHECK_THAT(problems_of("server: {max_connections: 0}"), Contains("server.max_connections: expected an integer from 1 to 1000000"));
  CHECK_THAT(problems_of("server: {ping: 11m}"), Contains("server.ping: expected a duration from 0"));
  CHECK_THAT(problems_of("server: {tsl: {}}"), Contains("server.tsl: unknown key; did you mean tls?"));
  CHECK_THAT(problems_of("log: {requests: ''}"), Contains("log.requests: an empty path"));
}

}  // namespace genai::gateway

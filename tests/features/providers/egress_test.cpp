// Ways out: which proxy a provider is reached through, and whether it may be reached at all.
#include "features/providers/egress.hpp"

#include "platform/config/config.hpp"
#include "platform/http/proxy.hpp"
#include "test.hpp"

namespace genai::providers {
namespace {

struct Outcome {
  std::vector<ProviderConfig> providers;
  std::shared_ptr<const net::Egress> egress;
  std::string problems;
};

Outcome read(const std::string& text) {
  const auto variable = [](std::string_view name) { return name == "PASSWORD" ? std::optional<std::string>("p@ss") : name == "PROXY" ? std::optional<std::string>("http://u:hidden@h:1") : std::nullopt; };
  auto document = config::Document::parse(text, "f", {.variable = variable, .directory = "/", .commands = config::Commands::look_at});
  Outcome outcome;
  {
    auto root = document.root();
    outcome.providers = read_providers(root);
    outcome.egress = read_egress(root);
  }
  if (const auto error = document.error()) outcome.problems = error->what;
  return outcome;
}

std::string provider(const std::string& base_url, const std::string& more = "") {
  return "providers:\n  p: {type: openai-compatible, allow_plain_http: true, base_url: '" + base_url + "'" + more + "}\n";
}

// Where the provider's connections go first, or "direct".
std::string way(const std::string& text, const ProxyVariables& variables) {
  auto outcome = read(text);
  REQUIRE(outcome.problems.empty());
  REQUIRE(use_proxies(outcome.providers, variables).has_value());
  const auto& proxy = outcome.providers.front().proxy;
  return proxy ? proxy->endpoint.text() : "direct";
}

std::string judged(const std::string& text, const ProxyVariables& variables = {}) {
  auto outcome = read(text);
  REQUIRE(outcome.problems.empty());
  REQUIRE(outcome.egress);
  REQUIRE(use_proxies(outcome.providers, variables).has_value());
  const auto checked = check_egress(outcome.providers, *outcome.egress);
  return checked ? "allowed" : checked.error().what;
}

const ProxyVariables both{.http = "http://plain:1", .https = "secure:2", .none = "direct.example"};

}  // namespace

TEST_CASE("the environment's proxy is for those who say nothing, by their scheme") {
  CHECK(way(provider("https://api.example/v1"), both) == "secure:2");
  CHECK(way(provider("http://api.example/v1"), both) == "plain:1");
  CHECK(way(provider("https://direct.example/v1"), both) == "direct");
  CHECK(way(provider("https://api.example/v1"), {}) == "direct");
  for (const char* here : {"http://localhost:8000", "http://127.0.0.1:8000", "http://[::1]:8000", "http://x.localhost"}) CHECK(way(provider(here), both) == "direct");
}

TEST_CASE("a provider's own word is stronger") {
  CHECK(way(provider("https://api.example/v1", ", proxy: none"), both) == "direct");
  CHECK(way(provider("https://direct.example/v1", ", proxy: 'http://mine:3'"), both) == "mine:3");
  CHECK(way(provider("http://127.0.0.1:8000", ", proxy: 'mine:3'"), {}) == "mine:3");
  CHECK(way(provider("https://api.example/v1", ", proxy: '${env:PROXY}'"), {}) == "h:1");
  auto with_password = read(provider("https://api.example/v1", ", proxy: 'http://u:${env:PASSWORD}@mine:3'"));
  CHECK(with_password.problems.empty());
  CHECK(with_password.providers.front().proxy->authorization.reveal() == "Basic dTpwQHNz");
}

TEST_CASE("proxies that cannot be are refused, and what stands there is not repeated") {
  CHECK(read(provider("https://api.example", ", proxy: 'https://mine:3'")).problems ==
        "f:2:96: providers.p.proxy: only proxies with http:// can be used; what is https passes them in a tunnel");
  CHECK(read(provider("https://api.example", ", proxy: 'http://u:hidden@mine:3'")).problems ==
        "f:2:96: providers.p.proxy: a password does not stand in this file; write http://USER:${env:NAME}@HOST:PORT");
  CHECK(read(provider("https://api.example", ", proxy: ''")).problems.find("a proxy is http://HOST:PORT") != std::string::npos);
  auto outcome = read(provider("https://api.example/v1"));
  const auto used = use_proxies(outcome.providers, {.http = {}, .https = "socks5://u:hidden@h:1", .none = {}});
  CHECK(used.error().what == "HTTPS_PROXY: only proxies with http:// can be used; what is https passes them in a tunnel");
  auto plain = read(provider("http://127.0.0.1/v1"));
  CHECK(use_proxies(plain.providers, {.http = {}, .https = "socks5://h:1", .none = {}}).has_value());  // nobody needs it
}

TEST_CASE("how often a command is asked for its key") {
  CHECK(read(provider("https://api.example", ", api_key: '${command:printf k}', api_key_refresh: 1m")).providers.front().key_refresh == std::chrono::minutes(1));
  CHECK(read(provider("https://api.example", ", api_key: '${command:printf k}'")).providers.front().key_refresh == std::chrono::minutes(10));
  CHECK_FALSE(read(provider("https://api.example", ", api_key: '${command:printf k}', api_key_refresh: 1s")).problems.empty());
}

TEST_CASE("C5: rules are read; without the list everything is allowed, with an empty one nothing") {
  CHECK_FALSE(read("{}\n").egress);
  CHECK_FALSE(read("egress: {}\n").egress);
  const auto nothing = read("egress: {allow: []}\n").egress;
  REQUIRE(nothing);
  CHECK(nothing->judge({"api.example", 443}) == net::Egress::Verdict::refused);
  CHECK(read("egress: {allow: [api.example, 'http://x']}\n").problems.find("egress.allow: 'http://x' is neither a host, *.DOMAIN, an address nor a range") != std::string::npos);
}

TEST_CASE("C5: a provider or proxy that is not listed is refused with its name") {
  const auto rules = [](const std::string& list) { return "egress: {allow: [" + list + "]}\n"; };
  CHECK(judged(provider("https://api.example/v1") + rules("api.example")) == "allowed");
  CHECK(judged(provider("https://api.example/v1") + rules("'*.example'")) == "allowed");
  CHECK(judged(provider("https://api.example/v1") + rules("10.0.0.0/8")) == "allowed");  // when it connects its addresses are looked at
  CHECK(judged(provider("https://api.example/v1") + rules("'api.example:8443'")) == "provider 'p': api.example:443 is not in egress.allow\nhint: list \"api.example\" there");
  CHECK(judged(provider("http://127.0.0.1:8000/v1") + rules("api.example")) == "provider 'p': 127.0.0.1:8000 is not in egress.allow\nhint: list \"127.0.0.1\" there");
  CHECK(judged(provider("https://api.example/v1") + rules("api.example"), both) == "provider 'p': its proxy secure:2 is not in egress.allow\nhint: list \"secure\" there");
  CHECK(judged(provider("https://api.example/v1") + rules("api.example, secure"), both) == "allowed");
  CHECK(judged(provider("https://api.example/v1") + rules("10.0.0.0/8, secure"), both).starts_with("provider 'p': behind a proxy the addresses of a host cannot be checked"));
  CHECK(judged("providers:\n  s: {type: sim}\n" + rules("")) == "allowed");
}

}  // namespace genai::providers

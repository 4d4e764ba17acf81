// A whole gateway in virtual time: a raw client, a raw upstream, a ledger in memory.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engines/gateway/site.hpp"
#include "fakes/ledger.hpp"
#include "fakes/network.hpp"
#include "fakes/wire.hpp"
#include "features/providers/http_upstream.hpp"
#include "platform/http/server.hpp"
#include "platform/net/memory.hpp"

namespace genai {

struct Fixture {
  net::VirtualClock clock;
  net::VirtualLoop loop{clock};
  fakes::Network network{loop};
  fakes::Ledger ledger{clock};
  static routing::Config usual_routes() { return {{{"gpt", {{"up", "gpt-upstream"}}}}, "up"}; }
  // A model whose second target is another provider.
  static routing::Config two_targets() { return {{{"gpt", {{"up", "gpt-upstream"}, {"second", "gpt-second"}}}}, ""}; }
  routing::Router router;
  telemetry::Metrics metrics{clock};
  pricing::Prices prices{*catalog::embedded()};
  pricing::Config pricing{{{"up", "openai", {}}}, {}};
  static wire::application::Config an_application() {
    auto config = wire::application::usual_config();
    config.model = "chat";
    return config;
  }
  gateway::Shared shared{.router = router,
                         .ledger = ledger,
                         .metrics = metrics,
                         .prices = prices,
                         .pricing = pricing,
                         .clock = clock,
                         .started = clock.now(),
                         .version = "test",
                         .application = an_application(),
                         .may_read_metrics = [](std::string_view) { return true; },
                         .host_state = [] { return http::HostState{}; }};
  resilience::Config deadlines;
  std::unique_ptr<http::Site> site;
  std::unique_ptr<http::Server> server;
  std::vector<std::unique_ptr<fakes::Wire>> upstreams, seconds;  // accepted connections, in order
  const net::Endpoint upstream_at{"upstream", 80}, second_at{"second", 80};
  providers::ProviderConfig up = a_provider("up", "http://upstream/v1"), second = a_provider("second", "http://second/v1");

  explicit Fixture(routing::Config routes = usual_routes()) : router(std::move(routes)) {
    listen(upstream_at, upstreams);
    listen(second_at, seconds);
  }
  void listen(const net::Endpoint& at, std::vector<std::unique_ptr<fakes::Wire>>& accepted) {
    network.listen(at, [&accepted](std::unique_ptr<net::Stream> stream) { accepted.push_back(std::make_unique<fakes::Wire>(std::move(stream))); });
  }
  static providers::ProviderConfig a_provider(std::string name, std::string base_url) {
    providers::ProviderConfig config;
    config.name = std::move(name);
    config.base_url = std::move(base_url);
    config.api_key = Secret("the-provider-key");
    return config;
  }
  ~Fixture() {
    if (!server) return;
    server->drain();
    server->cut();
    for (auto* const accepted : {&upstreams, &seconds})
      for (auto& upstream : *accepted) upstream->close();
    loop.advance(std::chrono::hours(2));
    closing_.spawn(site->close());
    loop.settle();
  }

  void start() { start(shared); }
  void start(gateway::Shared& with) {
    site = gateway::make_site(with, network, deadlines, [this](http::Client& client, net::Loop& on) {
      std::vector<resilience::Provider> made;
      for (const auto& config : {up, second}) made.push_back({config.name, std::move(*providers::make_http_upstream(config, client, on)), config.hangup});
      return made;
    });
    server = std::make_unique<http::Server>(loop, *site, http::Limits{}, http::Timeouts{});
  }

  // `greedy`: the client reads all the time.
  std::unique_ptr<fakes::Wire> connect(bool greedy = true) {
    if (!server) start();
    auto [near, far] = net::make_stream_pair(loop);
    server->serve(std::move(far));
    return std::make_unique<fakes::Wire>(std::move(near), greedy);
  }

  static std::string post(const std::string& body, const std::string& fields = "Content-Type: application/json\r\n") {
    return "POST /v1/chat/completions HTTP/1.1\r\nHost: gateway\r\n" + fields + "Content-Length: " + std::to_string(body.size()) +
           "\r\n\r\n" + body;
  }
  static std::string chat(bool stream, const std::string& more = "") {
    return std::string(R"({"model":"gpt","messages":[{"role":"user","content":"Say hi"}])") + (stream ? R"(,"stream":true)" : "") + more + "}";
  }
  static std::string json_answer(const std::string& body, int status = 200) {
    return "HTTP/1.1 " + std::to_string(status) + " X\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
           "\r\n\r\n" + body;
  }
  static std::string stream_head() { return "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"; }
  static std::string piece(const std::string& data) {
    char size[24];
    std::snprintf(size, sizeof size, "%zx\r\n", data.size());
    return size + data + "\r\n";
  }
  static std::string event(const std::string& json) { return piece("data: " + json + "\n\n"); }
  static std::string delta(const std::string& text) {
    return event(R"({"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"content":")" + text +
                 R"("},"finish_reason":null}],"usage":null})");
  }
  static std::string usage_event() {
    return event(R"({"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[],)"
                 R"("usage":{"prompt_tokens":7,"completion_tokens":2,"total_tokens":9}})");
  }
  static std::string done() { return piece("data: [DONE]\n\n") + "0\r\n\r\n"; }

  // Sends a request and lets it reach the upstream, whose connection is returned.
  fakes::Wire& ask(fakes::Wire& client, const std::string& request) {
    client.send(request);
    loop.settle();
    return *upstreams.at(upstreams.size() - 1);
  }
  const record::Record& row() const { return ledger.rows.at(ledger.rows.size() - 1); }

 private:
  net::TaskGroup closing_;
};

inline std::string status_of(const std::string& answer) { return answer.substr(0, answer.find("\r\n")); }
inline bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

}  // namespace genai

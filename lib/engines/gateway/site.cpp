#include "engines/gateway/site.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "engines/gateway/response.hpp"

namespace genai::gateway {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::chrono::seconds probe_memory{30};  // a readiness probe this recent means that somebody routes by it
constexpr std::chrono::seconds probe_pause{5};    // which they are given to notice

int hex(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool is_plain(std::string_view path) {
  return std::all_of(path.begin(), path.end(), [](char c) { return c > 0x20 && c < 0x7f && c != '%' && c != '\\'; });
}

// Decodes %XX once. What could make two parties see two paths is an error: bad escapes, NUL and control bytes, backslashes.
Result<std::string> decode_path(std::string_view path) {
  const Error bad{Code::bad_request, "the path has a malformed or forbidden escape or byte", ""};
  std::string decoded;
  for (std::size_t i = 0; i < path.size(); ++i) {
    char c = path[i];
    if (c == '%') {
      if (i + 2 >= path.size() || hex(path[i + 1]) < 0 || hex(path[i + 2]) < 0) return bad;
      c = static_cast<char>(hex(path[i + 1]) * 16 + hex(path[i + 2]));
      i += 2;
    }
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f || c == '\\') return bad;
    decoded += c;
  }
  return decoded;
}

class GatewaySite final : public http::Site {
 public:
  GatewaySite(Shared& shared, net::Network& network, resilience::Config config, const MakeProviders& make_providers)
      : shared_(shared),
        client_(network),
        resilience_(config, make_providers(client_, network.loop()), shared.clock),
        tariffs_(shared.prices, shared.pricing),
        gateway_(Stages{shared.router, resilience_, tariffs_, shared.ledger, shared.metrics}, network.loop()) {}

  net::Task<void> handle(http::Exchange& exchange) override;
  http::Response reject(const Error& error) override { return error_response(error, shared_.ledger.next_id()); }

  Nanoseconds drain() override {
    shared_.draining = true;
    const auto probed = shared_.readiness_probed_ns.load();
    const auto since = shared_.clock.now().time_since_epoch() - Nanoseconds(probed);
    return probed != 0 && since < probe_memory ? Nanoseconds(probe_pause) : Nanoseconds(0);
  }
  void cut_plain() override { gateway_.cut(false); }
  void cut_streams() override { gateway_.cut(true); }
  net::Task<void> close() override { return client_.close(); }

 private:
  using Answer = http::Response (GatewaySite::*)();
  struct Route {
    std::string_view path;
    std::string_view method;
    Answer answer;  // null: the gateway's pipeline
  };
  static const std::array<Route, 6> routes;

  http::Response models();
  http::Response health();
  http::Response live();
  http::Response ready();
  http::Response metrics();

  http::Response json(int status, const Json& body) { return json_response(status, body, shared_.ledger.next_id()); }

  Shared& shared_;
  http::Client client_;
  resilience::Resilience resilience_;
  pricing::Tariffs tariffs_;
  Gateway gateway_;
};

const std::array<GatewaySite::Route, 6> GatewaySite::routes{{
    {"/v1/chat/completions", "POST", nullptr},
    {"/v1/models", "GET", &GatewaySite::models},
    {"/health", "GET", &GatewaySite::health},
    {"/health/live", "GET", &GatewaySite::live},
    {"/health/ready", "GET", &GatewaySite::ready},
    {"/metrics", "GET", &GatewaySite::metrics},
}};

net::Task<void> GatewaySite::handle(http::Exchange& exchange) {
  const auto& head = exchange.head();
  std::optional<Error> refused;
  std::string allow, decoded;
  std::string_view path = head.path;
  if (!is_plain(path)) {
    auto text = decode_path(path);
    if (text) decoded = std::move(*text);
    else refused = text.error();
    path = decoded;
  }
  const Route* found = nullptr;
  if (!refused) {
    for (const auto& route : routes) {
      if (route.path == path) found = &route;
    }
    if (found == nullptr) {
      refused = Error{Code::not_found, "Unknown request URL: " + std::string(head.method.substr(0, 32)) + " " + std::string(path.substr(0, 256)) +
                                           ". Please check the URL for typos.", ""};
    } else if (head.method != found->method && !(head.method == "HEAD" && found->method == "GET")) {
      allow = found->method == "GET" ? "GET, HEAD" : std::string(found->method);
      refused = Error{Code::method_not_allowed, "this path takes " + allow, ""};
    }
  }
  if (refused) {
    auto response = reject(*refused);
    if (!allow.empty()) http::append_field(response.fields, "Allow", allow);
    co_await exchange.respond(std::move(response));
  } else if (found->answer == nullptr) {
    co_await gateway_.chat_completions(exchange);
  } else {
    auto response = (this->*found->answer)();
    co_await exchange.respond(std::move(response));
  }
}

http::Response GatewaySite::models() {
  Json list = Json::array();
  for (const auto& model : shared_.router.models()) {
    list.push_back({{"id", model.name}, {"object", "model"}, {"created", 0}, {"owned_by", model.targets.front().provider}});
  }
  return json(200, {{"object", "list"}, {"data", list}});
}

http::Response GatewaySite::health() {
  const auto uptime = std::chrono::duration<double>(shared_.clock.now() - shared_.started).count();
  const bool ready = shared_.ledger.state().ready && !shared_.draining;
  return json(ready ? 200 : 503, {{"status", ready ? "ok" : "unhealthy"}, {"uptime_seconds", uptime}, {"version", shared_.version}});
}

http::Response GatewaySite::live() { return json(200, {{"status", "ok"}}); }

http::Response GatewaySite::ready() {
  shared_.readiness_probed_ns = shared_.clock.now().time_since_epoch().count();
  const auto ledger = shared_.ledger.state();
  Json body{{"status", "ready"}};
  Json failing = Json::array();
  if (shared_.draining) failing.push_back({{"part", "server"}, {"reason", "shutting down"}});
  if (!ledger.ready) failing.push_back({{"part", "ledger"}, {"reason", ledger.reason}});
  if (!failing.empty()) {
    body["status"] = "not ready";
    body["failing"] = failing;
  }
  body["ledger"] = {{"rows_committed", ledger.rows_committed}, {"rows_waiting_in_spool", ledger.rows_waiting_in_spool}};
  if (ledger.ready && !ledger.reason.empty()) body["ledger"]["note"] = ledger.reason;
  if (!ledger.warning.empty()) body["ledger"]["warning"] = ledger.warning;
  return json(failing.empty() ? 200 : 503, body);
}

http::Response GatewaySite::metrics() {
  const auto ledger = shared_.ledger.state();
  const auto host = shared_.host_state();
  http::Response response;
  response.content_type = "text/plain; version=0.0.4; charset=utf-8";
  http::append_field(response.fields, "X-Request-Id", shared_.ledger.next_id().text());
  response.body = shared_.metrics.render();
  const auto line = [&](std::string_view name, std::string_view type, std::string_view help, std::uint64_t value) {
    response.body += fmt::format("# HELP {0} {2}\n# TYPE {0} {1}\n{0} {3}\n", name, type, help, value);
  };
  line("genai_ledger_rows_total", "counter", "Rows committed to the ledger database.", ledger.rows_committed);
  line("genai_ledger_commits_total", "counter", "Transactions committed to the ledger database.", ledger.commits);
  line("genai_ledger_spooled_rows_total", "counter", "Rows that went to the spool file.", ledger.rows_spooled);
  line("genai_ledger_refusals_not_stored_total", "counter", "Refused requests beyond the stored rate.", ledger.refusals_not_stored);
  line("genai_ledger_spool_rows", "gauge", "Rows that wait in the spool file.", ledger.rows_waiting_in_spool);
  line("genai_requests_open", "gauge", "Requests with an open ledger entry.", ledger.open_entries);
  line("genai_connections_open", "gauge", "Client connections.", host.connections);
  line("genai_connections_refused_total", "counter", "Connections refused because their address had its share.", host.connections_refused);
  line("genai_accept_pauses_total", "counter", "Times that accepting paused because the process was out of file descriptors.", host.accept_pauses);
  line("genai_ready", "gauge", "1 when requests are taken.", ledger.ready && !shared_.draining ? 1 : 0);
  return response;
}

}  // namespace

std::unique_ptr<http::Site> make_site(Shared& shared, net::Network& network, resilience::Config config, const MakeProviders& make_providers) {
  return std::make_unique<GatewaySite>(shared, network, config, make_providers);
}

}  // namespace genai::gateway

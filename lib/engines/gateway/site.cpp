#include "engines/gateway/site.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "engines/gateway/health.hpp"
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
        gateway_(Stages{shared.router, resilience_, tariffs_, shared.ledger, shared.metrics}, network.loop()),
        health_(shared) {}

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
  using Answer = http::Response (GatewaySite::*)(const http::RequestHead&);
  struct Route {
    std::string_view path;
    std::string_view method;
    Answer answer;  // null: the gateway's pipeline
  };
  static const std::array<Route, 8> routes;

  http::Response models(const http::RequestHead&);
  http::Response health(const http::RequestHead&) { return health_.health(); }
  http::Response live(const http::RequestHead&) { return health_.live(); }
  http::Response ready(const http::RequestHead&) { return health_.ready(); }
  http::Response metrics(const http::RequestHead& head) { return health_.metrics(head); }

  http::Response openapi(const http::RequestHead&) { return shared_.docs ? openapi_response(shared_.ledger.next_id()) : hidden(); }
  http::Response docs(const http::RequestHead&) { return shared_.docs ? docs_response(shared_.ledger.next_id()) : hidden(); }
  http::Response hidden() { return reject(Error{Code::not_found, "the configuration says `docs: false`", ""}); }

  http::Response json(int status, const Json& body) { return json_response(status, body, shared_.ledger.next_id()); }

  Shared& shared_;
  http::Client client_;
  resilience::Resilience resilience_;
  pricing::Tariffs tariffs_;
  Gateway gateway_;
  Health health_;
};

const std::array<GatewaySite::Route, 8> GatewaySite::routes{{
    {"/v1/chat/completions", "POST", nullptr},
    {"/v1/models", "GET", &GatewaySite::models},
    {"/health", "GET", &GatewaySite::health},
    {"/health/live", "GET", &GatewaySite::live},
    {"/health/ready", "GET", &GatewaySite::ready},
    {"/metrics", "GET", &GatewaySite::metrics},
    {"/openapi.json", "GET", &GatewaySite::openapi},
    {"/docs", "GET", &GatewaySite::docs},
}};

net::Task<void> GatewaySite::handle(http::Exchange& exchange) {
  const auto& head = exchange.head();
  Counted counted(shared_, exchange);
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
  if (found != nullptr) counted.found(found->path);
  if (refused) {
    auto response = reject(*refused);
    if (!allow.empty()) http::append_field(response.fields, "Allow", allow);
    co_await exchange.respond(std::move(response));
  } else if (found->answer == nullptr) {
    co_await gateway_.chat_completions(exchange);
  } else {
    auto response = (this->*found->answer)(head);
    co_await exchange.respond(std::move(response));
  }
}

http::Response GatewaySite::models(const http::RequestHead&) {
  Json list = Json::array();
  for (const auto& model : shared_.router.models()) {
    list.push_back({{"id", model.name}, {"object", "model"}, {"created", 0}, {"owned_by", model.targets.front().provider}});
  }
  return json(200, {{"object", "list"}, {"data", list}});
}

}  // namespace

std::unique_ptr<http::Site> make_site(Shared& shared, net::Network& network, resilience::Config config, const MakeProviders& make_providers) {
  return std::make_unique<GatewaySite>(shared, network, config, make_providers);
}

}  // namespace genai::gateway

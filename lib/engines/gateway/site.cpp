#include "engines/gateway/site.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <unordered_map>
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

std::string unknown_url(std::string_view method, std::string_view path) {
  return "Unknown request URL: " + std::string(method.substr(0, 32)) + " " + std::string(path.substr(0, 256)) + ". Please check the URL for typos.";
}

// What a route is asked for.
struct Target {
  std::string_view path;    // decoded
  const http::Exchange& exchange;
};

class GatewaySite final : public http::Site {
 public:
  GatewaySite(Shared& shared, net::Network& network, resilience::Config config, const MakeProviders& make_providers)
      : shared_(shared),
        surfaces_(make_surfaces(shared.application)),
        client_(network),
        resilience_(config, make_providers(client_, network.loop()), network.loop()),
        tariffs_(shared.prices, shared.pricing),
        gateway_(Stages{shared.router, resilience_, tariffs_, shared.ledger, shared.metrics, shared.request_log != nullptr, shared.policy}, network.loop(), shared.ping, shared.seed++),
        health_(shared) {
    for (const auto& surface : surfaces_) by_path_.emplace(surface->path(), surface.get());
  }

  net::Task<void> handle(http::Exchange& exchange) override;
  http::Response reject(const Error& error) override;

  Nanoseconds drain() override {
    shared_.draining = true;
    const auto probed = shared_.readiness_probed_ns.load();
    const auto since = shared_.clock.now().time_since_epoch() - Nanoseconds(probed);
    return probed != 0 && since < probe_memory ? Nanoseconds(probe_pause) : Nanoseconds(0);
  }
  void cut_plain() override { gateway_.cut(false); }
  void cut_streams() override { gateway_.cut(true); }
  net::Task<void> close() override { return client_.close(); }

  using Answer = http::Response (GatewaySite::*)(const Target& target);
  struct Route {
    std::string_view path;  // a `{name}` at its end stands for the rest
    Answer answer;
  };
  static const std::array<Route, 9> routes;  // all by GET

 private:
  const Route* find_route(std::string_view path) const;
  net::Task<void> refuse(http::Exchange& exchange, Error error, std::string_view path, std::string_view allow);

  http::Response root(const Target&);
  http::Response models(const Target&);
  http::Response model(const Target& target);
  http::Response health(const Target&) { return health_.health(); }
  http::Response live(const Target&) { return health_.live(); }
  http::Response ready(const Target&) { return health_.ready(); }
  http::Response metrics(const Target& target) {
    if (shared_.may_read_metrics(target.exchange.peer())) return health_.metrics(target.exchange.head());
    return reject(Error{Code::forbidden, "metrics are not for this address; server.metrics_allow in the configuration names those who may read them", ""});
  }

  http::Response openapi(const Target&) { return shared_.docs ? openapi_response(shared_.ledger.next_id()) : hidden(); }
  http::Response docs(const Target&) { return shared_.docs ? docs_response(shared_.ledger.next_id()) : hidden(); }
  http::Response hidden() { return reject(Error{Code::not_found, "the configuration says `docs: false`", ""}); }

  Shared& shared_;
  const std::vector<std::unique_ptr<Surface>> surfaces_;
  std::unordered_map<std::string_view, const Surface*> by_path_;
  http::Client client_;
  resilience::Resilience resilience_;
  pricing::Tariffs tariffs_;
  Gateway gateway_;
  Health health_;
};

const std::array<GatewaySite::Route, 9> GatewaySite::routes{{
    {"/", &GatewaySite::root},
    {"/v1/models", &GatewaySite::models},
    {"/v1/models/{model}", &GatewaySite::model},
    {"/health", &GatewaySite::health},
    {"/health/live", &GatewaySite::live},
    {"/health/ready", &GatewaySite::ready},
    {"/metrics", &GatewaySite::metrics},
    {"/openapi.json", &GatewaySite::openapi},
    {"/docs", &GatewaySite::docs},
}};

const GatewaySite::Route* GatewaySite::find_route(std::string_view path) const {
  const auto matches = [path](const Route& route) {
    const auto fixed = route.path.substr(0, route.path.find('{'));
    return fixed.size() == route.path.size() ? path == fixed : path.size() > fixed.size() && path.starts_with(fixed);
  };
  const auto* const found = std::find_if(routes.begin(), routes.end(), matches);
  return found == routes.end() ? nullptr : found;
}

net::Task<void> GatewaySite::handle(http::Exchange& exchange) {
  const auto& head = exchange.head();
  Counted counted(shared_, exchange);
  std::string decoded;
  Target target{head.path, exchange};
  if (!is_plain(target.path)) {
    auto text = decode_path(target.path);
    if (!text) co_return co_await refuse(exchange, text.error(), target.path, std::string_view());
    decoded = std::move(*text);
    target.path = decoded;
  }
  const auto surface = by_path_.find(target.path);
  const Route* const route = surface == by_path_.end() ? find_route(target.path) : nullptr;
  if (surface != by_path_.end()) counted.found(surface->first);
  else if (route != nullptr) counted.found(route->path);
  const bool is_get = head.method == "GET" || head.method == "HEAD";
  if (surface != by_path_.end() && head.method == "POST") {
    co_await gateway_.ask(exchange, *surface->second);
  } else if (route != nullptr && is_get) {
    auto response = (this->*route->answer)(target);
    co_await exchange.respond(std::move(response));
  } else if (route == nullptr && surface == by_path_.end()) {
    auto unknown = Error{Code::not_found, unknown_url(head.method, target.path), ""};
    co_await refuse(exchange, std::move(unknown), target.path, std::string_view());
  } else {
    const std::string_view allow = route != nullptr ? "GET, HEAD" : "POST";
    auto wrong = Error{Code::method_not_allowed, "this path takes " + std::string(allow), ""};
    co_await refuse(exchange, std::move(wrong), target.path, allow);
  }
}

net::Task<void> GatewaySite::refuse(http::Exchange& exchange, Error error, std::string_view path, std::string_view allow) {
  const auto& surface = nearest_surface(surfaces_, path);
  auto response = error_response(error, surface, shared_.ledger.next_id(), shared_.clock.wall_now());
  if (!allow.empty()) http::append_field(response.fields, "Allow", allow);
  co_await exchange.respond(std::move(response));
}

http::Response GatewaySite::reject(const Error& error) {
  const auto& surface = *surfaces_.front();
  return error_response(error, surface, shared_.ledger.next_id(), shared_.clock.wall_now());
}

http::Response GatewaySite::root(const Target&) {
  return json_response(200, {{"message", "genai " + shared_.version + ": a gateway in front of language models. Routes: /docs"}}, shared_.ledger.next_id());
}

// With the members that OpenAI's clients read and those that Anthropic's do.
Json about(const routing::ModelConfig& model) {
  return {{"id", model.name}, {"object", "model"}, {"created", 0}, {"owned_by", model.targets.front().provider},
          {"type", "model"}, {"display_name", model.name}, {"created_at", "1970-01-01T00:00:00Z"}};
}

http::Response GatewaySite::models(const Target&) {
  Json list = Json::array();
  for (const auto& model : shared_.router.models()) list.push_back(about(model));
  const auto edge = [&list](bool first) { return list.empty() ? Json() : (first ? list.front() : list.back())["id"]; };
  const Json body{{"object", "list"}, {"data", list}, {"has_more", false}, {"first_id", edge(true)}, {"last_id", edge(false)}};
  return json_response(200, body, shared_.ledger.next_id());
}

http::Response GatewaySite::model(const Target& target) {
  constexpr std::string_view prefix = "/v1/models/";
  chat::Chat wanted;
  wanted.model = target.path.substr(prefix.size());
  SeededRng chance(0);  // who would be asked first does not matter
  const auto plan = shared_.router.candidates(wanted, chance);
  if (!plan) {
    const bool anthropic = target.exchange.head().fields.find("anthropic-version").has_value();
    const auto& surface = nearest_surface(surfaces_, anthropic ? "/v1/messages" : target.path);
    return error_response(plan.error(), surface, shared_.ledger.next_id(), shared_.clock.wall_now());
  }
  for (const auto& model : shared_.router.models())
    if (model.name == wanted.model) return json_response(200, about(model), shared_.ledger.next_id());
  return json_response(200, about({wanted.model, {*plan->targets.front()}}), shared_.ledger.next_id());
}

}  // namespace

std::vector<RouteInfo> routes() {
  std::vector<RouteInfo> all;
  for (const auto& route : GatewaySite::routes) all.push_back({std::string(route.path), "GET"});
  const auto application = wire::application::usual_config();
  for (const auto& surface : make_surfaces(application)) all.push_back({std::string(surface->path()), "POST"});
  return all;
}

std::unique_ptr<http::Site> make_site(Shared& shared, net::Network& network, resilience::Config config, const MakeProviders& make_providers) {
  return std::make_unique<GatewaySite>(shared, network, config, make_providers);
}

}  // namespace genai::gateway

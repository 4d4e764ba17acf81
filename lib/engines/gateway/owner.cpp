#include "engines/gateway/owner.hpp"

#include <unistd.h>

#include <array>
#include <nlohmann/json.hpp>

#include "engines/gateway/response.hpp"

namespace genai::gateway {
namespace {

using Json = nlohmann::ordered_json;

class OwnerDoor final : public http::Handler {
 public:
  OwnerDoor(Shared& shared, http::Site& site) : shared_(shared), site_(site) {}

  net::Task<void> handle(http::Exchange& exchange) override {
    for (const auto& route : routes) {
      if (exchange.head().path != route.path || exchange.head().method != route.method) continue;
      auto body = co_await exchange.body();
      auto response = body ? (this->*route.answer)(*body) : site_.reject(body.error());
      co_await exchange.respond(std::move(response));
      co_return;
    }
    co_await site_.handle(exchange);
  }
  http::Response reject(const Error& error) override { return site_.reject(error); }

 private:
  struct Route {
    std::string_view path;
    std::string_view method;
    http::Response (OwnerDoor::*answer)(const std::string& body);
  };
  static const std::array<Route, 2> routes;

  http::Response owner(const std::string&) {
    const auto uptime = std::chrono::duration<double>(shared_.clock.now() - shared_.started).count();
    return json({{"schema", "genai.owner/v1"}, {"pid", ::getpid()}, {"version", shared_.version}, {"uptime_seconds", uptime},
                 {"prices", shared_.prices.current()->version()}});
  }
  // The body is the user's table, as in DIR/prices.csv, which who asks has written.
  http::Response prices(const std::string& body) {
    const std::array sources{catalog::Catalog::Source{catalog::embedded_csv(), "prices.csv", false}, catalog::Catalog::Source{body, "the table", true}};
    auto read = catalog::Catalog::parse(sources);
    if (!read) return site_.reject(Error{Code::invalid_value, read.error().what, ""});
    shared_.prices.replace(std::move(*read));
    return json({{"schema", "genai.owner/v1"}, {"prices", shared_.prices.current()->version()}});
  }
  http::Response json(const Json& body) { return json_response(200, body, shared_.ledger.next_id()); }

  Shared& shared_;
  http::Site& site_;
};

const std::array<OwnerDoor::Route, 2> OwnerDoor::routes{{
    {"/owner", "GET", &OwnerDoor::owner},
    {"/owner/prices", "POST", &OwnerDoor::prices},
}};

}  // namespace

std::unique_ptr<http::Handler> make_owner_door(Shared& shared, http::Site& site) { return std::make_unique<OwnerDoor>(shared, site); }

}  // namespace genai::gateway

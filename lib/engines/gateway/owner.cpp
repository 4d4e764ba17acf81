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
      auto response = (this->*route.answer)();
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
    http::Response (OwnerDoor::*answer)();
  };
  static const std::array<Route, 1> routes;

  http::Response owner() {
    const auto uptime = std::chrono::duration<double>(shared_.clock.now() - shared_.started).count();
    const Json body{{"schema", "genai.owner/v1"}, {"pid", ::getpid()}, {"version", shared_.version}, {"uptime_seconds", uptime}};
    return json_response(200, body, shared_.ledger.next_id());
  }

  Shared& shared_;
  http::Site& site_;
};

const std::array<OwnerDoor::Route, 1> OwnerDoor::routes{{
    {"/owner", "GET", &OwnerDoor::owner},
}};

}  // namespace

std::unique_ptr<http::Handler> make_owner_door(Shared& shared, http::Site& site) { return std::make_unique<OwnerDoor>(shared, site); }

}  // namespace genai::gateway

#include "engines/gateway/response.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

namespace genai::gateway {
namespace {

// Whether the same request may succeed later; nothing where the client's own rule is as good as ours.
std::optional<bool> worth_retrying(const Error& error) {
  switch (row(error.code).fault) {
    case Fault::caller:
    case Fault::denied:
    case Fault::conflict: return false;
    case Fault::limited:
    case Fault::environment: return true;
    case Fault::upstream: return error.code != Code::upstream_auth;
    default: return std::nullopt;
  }
}

}  // namespace

http::Response head_of_answer(int status, std::string_view content_type, RowId id, const Surface& surface) {
  http::Response response;
  response.status = status;
  response.content_type = content_type;
  http::append_field(response.fields, "X-Request-Id", id.text());
  if (!surface.id_field().empty()) http::append_field(response.fields, surface.id_field(), id.text());
  return response;
}

http::Response json_response(int status, const nlohmann::ordered_json& body, RowId id) {
  http::Response response;
  response.status = status;
  http::append_field(response.fields, "X-Request-Id", id.text());
  response.body = body.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
  return response;
}

http::Response error_response(const Error& error, const Surface& surface, RowId id, WallTime now) {
  auto response = head_of_answer(surface.status(error), "application/json", id, surface);
  if (error.status() == 503 || error.status() == 429) http::append_field(response.fields, "Retry-After", std::to_string(std::max(1, error.retry_after_s)));
  if (const auto retry = worth_retrying(error)) http::append_field(response.fields, "x-should-retry", *retry ? "true" : "false");
  response.body = surface.error(error, id, now);
  return response;
}

}  // namespace genai::gateway

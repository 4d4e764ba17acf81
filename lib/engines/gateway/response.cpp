#include "engines/gateway/response.hpp"

#include <nlohmann/json.hpp>

namespace genai::gateway {

http::Response json_response(int status, const nlohmann::ordered_json& body, RowId id) {
  http::Response response;
  response.status = status;
  http::append_field(response.fields, "X-Request-Id", id.text());
  response.body = body.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
  return response;
}

}  // namespace genai::gateway

// Answers that the gateway itself gives.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "base/id.hpp"
#include "platform/http/server.hpp"

namespace genai::gateway {

// A JSON body with its X-Request-Id. Text that is not UTF-8 is replaced, never thrown at.
http::Response json_response(int status, const nlohmann::ordered_json& body, RowId id);

}  // namespace genai::gateway

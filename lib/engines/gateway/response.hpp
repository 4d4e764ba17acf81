// Answers that the gateway itself gives.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "base/id.hpp"
#include "engines/gateway/surface.hpp"
#include "platform/http/server.hpp"

namespace genai::gateway {

// The head of an answer at a surface, with the id of its request.
http::Response head_of_answer(int status, std::string_view content_type, RowId id, const Surface& surface);

// A JSON body with its X-Request-Id. Text that is not UTF-8 is replaced, never thrown at.
http::Response json_response(int status, const nlohmann::ordered_json& body, RowId id);

// An answer that says an error in the words of its client, with what official SDKs look at to decide whether to ask again: Retry-After
// in whole seconds, x-should-retry.
http::Response error_response(const Error& error, const Surface& surface, RowId id, WallTime now);

}  // namespace genai::gateway

// The API described for programs and for people: /openapi.json and /docs, both in the binary.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/id.hpp"
#include "platform/http/server.hpp"

namespace genai::gateway {

// One operation of the document.
struct DocumentedRoute {
  std::string_view path;  // "/v1/models/{model}"
  std::string_view method;
};

// Every operation that /openapi.json describes. A test compares it with the document.
std::span<const DocumentedRoute> documented_routes();
// Their paths, each once.
std::vector<std::string> documented_paths();

// The document, OpenAPI 3.1 in JSON, and the page that draws it: docs/openapi.json and docs/page.html of this folder.
std::string_view openapi_document();
std::string_view docs_page();

// GET /openapi.json
http::Response openapi_response(RowId id);
// GET /docs. The page loads nothing from elsewhere, and its Content-Security-Policy says so.
http::Response docs_response(RowId id);

}  // namespace genai::gateway

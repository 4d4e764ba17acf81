// docs/openapi.json and docs/page.html, put into the binary by the assembler. GENAI_OPENAPI_JSON and GENAI_DOCS_PAGE are their paths.
#include "engines/gateway/docs.hpp"

#include <algorithm>
#include <array>

asm(".pushsection .rodata\n"
    ".globl genai_openapi_begin\n.globl genai_openapi_end\n.globl genai_docs_begin\n.globl genai_docs_end\n"
    ".hidden genai_openapi_begin\n.hidden genai_openapi_end\n.hidden genai_docs_begin\n.hidden genai_docs_end\n"
    "genai_openapi_begin:\n.incbin \"" GENAI_OPENAPI_JSON "\"\ngenai_openapi_end:\n.byte 0\n"
    "genai_docs_begin:\n.incbin \"" GENAI_DOCS_PAGE "\"\ngenai_docs_end:\n.byte 0\n.popsection\n");

extern "C" {
extern const char genai_openapi_begin[];
extern const char genai_openapi_end[];
extern const char genai_docs_begin[];
extern const char genai_docs_end[];
}

namespace genai::gateway {
namespace {

constexpr std::array<DocumentedRoute, 26> routes{{
    {"/v1/chat/completions", "POST"},
    {"/v1/completions", "POST"},
    {"/v1/embeddings", "POST"},
    {"/v1/moderations", "POST"},
    {"/v1/rerank", "POST"},
    {"/v2/rerank", "POST"},
    {"/rerank", "POST"},
    {"/v1/responses", "POST"},
    {"/v1/messages", "POST"},
    {"/v1/messages/count_tokens", "POST"},
    {"/v1/models", "GET"},
    {"/v1/models/{model}", "GET"},
    {"/", "GET"},
    {"/api/generate", "POST"},
    {"/api/batch-generate", "POST"},
    {"/batch-process", "POST"},
    {"/api/chat", "POST"},
    {"/chat", "POST"},
    {"/generate", "POST"},
    {"/summarize", "POST"},
    {"/health", "GET"},
    {"/health/live", "GET"},
    {"/health/ready", "GET"},
    {"/metrics", "GET"},
    {"/openapi.json", "GET"},
    {"/docs", "GET"},
}};

// What the page may do: draw itself, and ask this server for the document.
constexpr std::string_view page_policy =
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'";

http::Response answer(std::string_view content_type, std::string_view body, RowId id) {
  http::Response response;
  response.content_type = content_type;
  response.body = body;
  http::append_field(response.fields, "X-Request-Id", id.text());
  http::append_field(response.fields, "Cache-Control", "no-cache");
  http::append_field(response.fields, "X-Content-Type-Options", "nosniff");
  return response;
}

}  // namespace

std::span<const DocumentedRoute> documented_routes() { return routes; }

std::vector<std::string> documented_paths() {
  std::vector<std::string> paths;
  for (const auto& route : routes)
    if (std::find(paths.begin(), paths.end(), route.path) == paths.end()) paths.emplace_back(route.path);
  return paths;
}

std::string_view openapi_document() { return {genai_openapi_begin, static_cast<std::size_t>(genai_openapi_end - genai_openapi_begin)}; }
std::string_view docs_page() { return {genai_docs_begin, static_cast<std::size_t>(genai_docs_end - genai_docs_begin)}; }

http::Response openapi_response(RowId id) { return answer("application/json", openapi_document(), id); }

http::Response docs_response(RowId id) {
  auto response = answer("text/html; charset=utf-8", docs_page(), id);
  http::append_field(response.fields, "Content-Security-Policy", page_policy);
  http::append_field(response.fields, "Referrer-Policy", "no-referrer");
  return response;
}

}  // namespace genai::gateway

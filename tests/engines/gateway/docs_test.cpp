// The document says what there is, and the page needs nothing else.
#include "engines/gateway/docs.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "engines/gateway/fixture.hpp"
#include "test.hpp"

using namespace genai;
using Json = nlohmann::json;

namespace {

std::string get(Fixture& f, const std::string& path) {
  auto client = f.connect();
  client->send("GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n");
  f.loop.settle();
  return client->received();
}

// Every "$ref" below the value.
void references(const Json& value, std::set<std::string>& to) {
  if (value.is_object() && value.contains("$ref")) to.insert(value["$ref"].get<std::string>());
  for (const auto& child : value)
    if (child.is_structured()) references(child, to);
}

}  // namespace

TEST_CASE("A7: the document describes exactly the routes that are listed") {
  const auto document = Json::parse(gateway::openapi_document());
  CHECK(document["openapi"] == "3.1.0");
  std::set<std::string> described, listed;
  for (const auto& [path, methods] : document["paths"].items())
    for (const auto& [method, operation] : methods.items()) described.insert(method + " " + path);
  for (const auto& route : gateway::documented_routes()) {
    std::string method(route.method);
    std::transform(method.begin(), method.end(), method.begin(), [](char c) { return static_cast<char>(c - 'A' + 'a'); });
    listed.insert(method + " " + std::string(route.path));
  }
  CHECK(described == listed);
  std::set<std::string> answered;
  for (const auto& route : gateway::routes()) {
    std::string method(route.method);
    std::transform(method.begin(), method.end(), method.begin(), [](char c) { return static_cast<char>(c - 'A' + 'a'); });
    answered.insert(method + " " + route.path);
  }
  CHECK(described == answered);
  CHECK(gateway::documented_paths().size() == document["paths"].size());
}

TEST_CASE("every reference of the document leads somewhere, and each operation has its own id") {
  const auto document = Json::parse(gateway::openapi_document());
  std::set<std::string> all, ids;
  references(document, all);
  for (const auto& reference : all) {
    INFO(reference);
    CHECK(document.contains(Json::json_pointer(reference.substr(1))));
  }
  for (const auto& [path, methods] : document["paths"].items())
    for (const auto& [method, operation] : methods.items()) CHECK(ids.insert(operation["operationId"].get<std::string>()).second);
}

TEST_CASE("the page is one file") {
  const auto page = gateway::docs_page();
  for (const char* part : {"src=", "@import", "url(", "http://", "https://", "innerHTML", "eval("}) CHECK(page.find(part) == std::string_view::npos);
}

TEST_CASE("both are served, unless the configuration hides them") {
  Fixture f;
  auto answer = get(f, "/openapi.json");
  CHECK(answer.starts_with("HTTP/1.1 200"));
  CHECK(answer.ends_with(gateway::openapi_document()));
  answer = get(f, "/docs");
  CHECK(has(answer, "Content-Type: text/html; charset=utf-8\r\n"));
  CHECK(has(answer, "Content-Security-Policy: default-src 'none';"));
  CHECK(answer.ends_with(gateway::docs_page()));
  f.shared.docs = false;
  CHECK(get(f, "/docs").starts_with("HTTP/1.1 404"));
  CHECK(get(f, "/openapi.json").starts_with("HTTP/1.1 404"));
}

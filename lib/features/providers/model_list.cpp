#include "features/providers/model_list.hpp"

#include <optional>
#include <utility>

#include "domain/wire/openai.hpp"
#include "features/providers/answers.hpp"
#include "features/providers/credentials.hpp"
#include "features/providers/http_upstream.hpp"
#include "platform/http/server.hpp"
#include "platform/json/reader.hpp"

namespace genai::providers {
namespace {

constexpr std::size_t max_list_bytes = 16 * 1024 * 1024;

// At an object of the list.
std::string read_name(json::Reader& in) {
  std::string id, name;
  std::string_view key;
  if (!in.enter_object()) return {};
  while (in.next_member(key)) {
    if (key != "id" && key != "name") in.skip();
    else if (const auto text = in.string()) (key == "id" ? id : name) = text->unescaped();
  }
  return id.empty() ? name : id;
}

// At the list.
std::vector<std::string> read_names(json::Reader& in) {
  std::vector<std::string> names;
  in.enter_array();
  while (in.next_element()) {
    if (auto name = read_name(in); !name.empty()) names.push_back(std::move(name));
  }
  return names;
}

}  // namespace

Result<std::vector<std::string>> read_model_list(std::string_view body) {
  const Error none{Code::upstream_protocol, "the upstream's answer is no list of models", ""};
  std::optional<std::vector<std::string>> data, models;  // llama.cpp says both, of the same models
  json::Reader in(body, json::Manner::lenient);
  std::string_view key;
  if (!in.enter_object()) return none;
  while (in.next_member(key)) {
    const bool listed = (key == "data" || key == "models") && in.kind() == json::Kind::array;
    if (listed) (key == "data" ? data : models) = read_names(in);
    else in.skip();
  }
  if (!in.end() || (!data && !models)) return none;
  return data ? std::move(*data) : std::move(*models);
}

net::Task<Result<std::vector<std::string>>> list_models(const ProviderConfig& config, http::Client& client, net::Loop& loop, MonoTime until) {
  auto url = http::parse_url(config.base_url);
  if (!url) co_return url.error();
  const Kind its = kind(config);
  const auto credentials = make_credentials(config, its, client, loop);
  net::Cancellation never;
  if (auto proven = co_await credentials->prepare(until, never); !proven) co_return proven.error();

  const Route route(config, *url);
  const std::string target = (url->path == "/" ? std::string() : url->path) + at_place(its.prefix, config.aws, config.google) + std::string(its.models) + config.query;
  std::string head = "GET " + route.origin + target + " HTTP/1.1\r\n" + route.proxy_fields;
  http::append_field(head, "Host", url->authority);
  http::append_field(head, "User-Agent", "genai");
  http::append_field(head, "Accept", "application/json");
  head += its.fields;
  const Secret no_caller;
  if (const auto proven = credentials->append(head, Outgoing{target, "", no_caller, loop.clock().wall_now()}); !proven) co_return proven.error();
  head += "\r\n";
  auto answer = co_await client.send(route.target, std::move(head), std::string(), until, until, never);
  if (!answer) co_return answer.error();
  const int status = (*answer)->head().status;
  auto body = co_await read_all(**answer, max_list_bytes, until);
  if (!body) co_return body.error();
  if (status != 200) co_return wire::openai::decode_error(status, *body);
  co_return read_model_list(*body);
}

}  // namespace genai::providers

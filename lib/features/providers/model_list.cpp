#include "features/providers/model_list.hpp"

#include <optional>
#include <utility>

#include "domain/wire/openai.hpp"
#include "features/providers/answers.hpp"
#include "features/providers/credentials.hpp"
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

Result<std::string> request_head(const ProviderConfig& config, const http::Url& url, net::Loop& loop) {
  const auto& kind = providers::kind(config.type);
  const std::string target = (url.path == "/" ? std::string() : url.path) + std::string(model_list_path(kind));
  std::string head = "GET " + target + " HTTP/1.1\r\n";
  http::append_field(head, "Host", url.authority);
  http::append_field(head, "User-Agent", "genai");
  http::append_field(head, "Accept", "application/json");
  head += kind.fields;
  const Secret no_caller;
  const auto proven = make_credentials(config, kind)->append(head, Outgoing{target, "", no_caller, loop.clock().wall_now()});
  if (!proven) return proven.error();
  return head += "\r\n";
}

}  // namespace

std::string_view model_list_path(const Kind& kind) noexcept {
  for (const auto& endpoint : kind.endpoints) {
    if (endpoint.path.empty()) return {};
    switch (endpoint.dialect) {
      case chat::Dialect::chat_completions:
      case chat::Dialect::messages:
      case chat::Dialect::gemini: return "/models";
      default: break;
    }
  }
  return {};
}

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
  auto head = request_head(config, *url, loop);
  if (!head) co_return head.error();
  http::Target target(url->endpoint, config.trust);
  net::Cancellation never;
  auto answer = co_await client.send(std::move(target), std::move(*head), std::string(), until, until, never);
  if (!answer) co_return answer.error();
  const int status = (*answer)->head().status;
  auto body = co_await read_all(**answer, max_list_bytes, until);
  if (!body) co_return body.error();
  if (status != 200) co_return wire::openai::decode_error(status, *body);
  co_return read_model_list(*body);
}

}  // namespace genai::providers

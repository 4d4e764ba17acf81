// From options to the one request of a run.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "engines/load/plan.hpp"
#include "platform/http/client.hpp"

namespace genai::load {
namespace {

Error usage(std::string what, std::string param) { return Error{Code::usage_error, std::move(what), std::move(param)}; }

bool token_character(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

// Fields that we write ourselves or that would change how the message is framed.
bool is_ours(std::string_view name) {
  for (auto reserved : {"host", "content-length", "transfer-encoding", "connection", "te", "upgrade", "expect", "trailer"}) {
    if (lower(name) == reserved) return true;
  }
  return false;
}

// The line is not quoted in errors: it may hold a secret.
Result<void> check_header_line(const std::string& line) {
  const auto colon = line.find(':');
  const std::string_view name = std::string_view(line).substr(0, colon);
  if (colon == line.npos || name.empty() || !std::all_of(name.begin(), name.end(), token_character)) {
    return usage("a header line is not 'Name: value'", "--header-file");
  }
  if (is_ours(name)) return usage(fmt::format("the header '{}' is written by loadtest itself", name), "--header-file");
  for (unsigned char c : line) {
    if ((c < 0x20 && c != '\t') || c == 0x7f) return usage(fmt::format("the header '{}' holds a control character", name), "--header-file");
  }
  return {};
}

Result<void> check_key(std::string_view key) {
  for (unsigned char c : key) {
    if (c <= 0x20 || c >= 0x7f) return usage("the API key holds a blank, control or non-ASCII character", "--key-file");
  }
  return {};
}

std::string chat_body(Mode mode, const RequestParts& parts) {
  nlohmann::ordered_json body;
  body["model"] = parts.model;
  body["messages"] = {{{"role", "user"}, {"content", parts.prompt}}};
  if (parts.max_tokens > 0) body["max_tokens"] = parts.max_tokens;
  if (mode == Mode::stream) {
    body["stream"] = true;
    body["stream_options"] = {{"include_usage", true}};
  }
  return body.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

std::string chat_path(std::string path) {
  if (path.ends_with('/')) path.pop_back();
  return path + "/chat/completions";
}

std::string render(const http::Url& url, Mode mode, const RequestParts& parts, const std::string& body) {
  const bool posts = mode != Mode::plain || !body.empty();
  std::string text = fmt::format("{} {} HTTP/1.1\r\nHost: {}\r\nUser-Agent: genai-loadtest\r\nAccept: {}\r\n", posts ? "POST" : "GET",
                                 mode == Mode::plain ? url.path : chat_path(url.path), url.authority,
                                 mode == Mode::stream ? "text/event-stream" : mode == Mode::chat ? "application/json" : "*/*");
  for (const auto& line : parts.header_lines) text += line + "\r\n";
  if (!parts.key.empty()) text.append("Authorization: Bearer ").append(parts.key.reveal()).append("\r\n");
  if (posts) text += fmt::format("Content-Type: application/json\r\nContent-Length: {}\r\n", body.size());
  return text + "\r\n" + body;
}

}  // namespace

std::string_view name(Mode mode) {
  switch (mode) {
    case Mode::plain: return "plain";
    case Mode::chat: return "chat";
    case Mode::stream: break;
  }
  return "stream";
}

Result<Target> make_target(Mode mode, const RequestParts& parts) {
  if (lower(parts.url).starts_with("https://")) return usage("https is not supported yet: put a local proxy in front, or use http://", "URL");
  const auto url = http::parse_url(parts.url);
  if (!url) return usage(url.error().what, "URL");
  if (mode != Mode::plain && url->path.find('?') != std::string::npos) {
    return usage("with --model or --stream the URL is a base ending in /v1, without a query", "URL");
  }
  for (const auto& line : parts.header_lines) {
    if (auto checked = check_header_line(line); !checked) return checked.error();
  }
  if (auto checked = check_key(parts.key.reveal()); !checked) return checked.error();
  const std::string body = mode == Mode::plain || !parts.body.empty() ? parts.body : chat_body(mode, parts);
  Target target;
  target.url = parts.url;
  target.mode = mode;
  target.model = mode == Mode::plain ? "" : parts.model;
  target.endpoint = url->endpoint;
  target.request = Secret(render(*url, mode, parts, body));
  return target;
}

}  // namespace genai::load

#include "platform/http/client.hpp"

namespace genai::http {

Result<Url> parse_url(std::string_view text) {
  const auto bad = [&](std::string_view why) {
    return Error{Code::usage_error, "'" + std::string(text) + "' is not a usable URL: " + std::string(why), ""};
  };
  constexpr std::string_view plain = "http://", secure = "https://";
  const bool tls = text.starts_with(secure);
  if (!tls && !text.starts_with(plain)) return bad("it does not start with http:// or https://");
  auto rest = text.substr(tls ? secure.size() : plain.size());
  if (rest.find('#') != std::string_view::npos) return bad("it has a fragment");
  const auto slash = rest.find_first_of("/?");
  const auto authority = rest.substr(0, slash);
  if (authority.find('@') != std::string_view::npos) return bad("it has a user or password in it");
  if (authority.find_first_of("\\\"<>^`{|}%") != std::string_view::npos) return bad("the host or port is malformed");
  for (const char c : text) {
    if (c <= 0x20 || c >= 0x7f) return bad("it has a blank, control or non-ASCII byte");
  }
  const bool has_port = authority.rfind(':') != std::string_view::npos && authority.rfind(':') + 1 < authority.size() && !authority.ends_with(']');
  auto endpoint = net::parse_endpoint(has_port ? std::string(authority) : std::string(authority) + (tls ? ":443" : ":80"));
  if (!endpoint) return bad("the host or port is malformed");
  if (authority.empty() || authority.starts_with(':')) return bad("the host is missing");
  std::string path = slash == std::string_view::npos ? "/" : std::string(rest.substr(slash));
  if (path.front() == '?') path.insert(0, "/");
  if (path.size() > 1 && path.ends_with('/') && path.find('?') == std::string::npos) path.pop_back();
  return Url{std::move(*endpoint), tls, std::string(authority), std::move(path)};
}

}  // namespace genai::http

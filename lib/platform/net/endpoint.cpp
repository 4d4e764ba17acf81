#include <charconv>

#include "platform/net/stream.hpp"

namespace genai::net {

std::string Endpoint::text() const {
  if (is_unix()) return "unix:" + host;
  const bool v6 = host.find(':') != std::string::npos;
  return (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

Result<Endpoint> parse_endpoint(std::string_view text) {
  const auto bad = [&](std::string_view why) {
    return Error{Code::usage_error, "'" + std::string(text) + "' is not HOST:PORT: " + std::string(why), ""};
  };
  if (text.starts_with("unix:")) {
    if (!text.starts_with("unix:/")) return bad("a Unix socket needs an absolute path");
    return Endpoint{std::string(text.substr(5)), 0};
  }
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return bad("the port is missing");
  std::string_view host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']') && host.size() > 2) {
    host = host.substr(1, host.size() - 2);
  } else if (host.find_first_of("[]/") != std::string_view::npos) {
    return bad("the host is malformed");
  } else if (host.find(':') != std::string_view::npos) {
    return bad("an IPv6 address stands in brackets");
  }
  const std::string_view digits = text.substr(colon + 1);
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (error != std::errc{} || end != digits.data() + digits.size()) return bad("the port is a number from 0 to 65535");
  return Endpoint{host.empty() ? "::" : std::string(host), port};
}

}  // namespace genai::net

#include "platform/text/url.hpp"

#include <algorithm>
#include <charconv>

namespace genai::text {
namespace {

Error refused(std::string what) { return {.code = Code::invalid_value, .what = std::move(what), .param = {}}; }

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return result;
}

bool is_host_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
}

bool is_ipv6_byte(char c) {
  return (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || (c >= '0' && c <= '9') || c == ':' || c == '.';
}

Result<std::uint16_t> parse_port(std::string_view digits) {
  std::uint16_t port = 0;
  const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (digits.empty() || failure != std::errc() || end != digits.data() + digits.size() || port == 0)
    return refused("the port must be a number from 1 to 65535");
  return port;
}

// Splits "host:port" or "[::1]:port".
Result<Url> with_authority(Url url, std::string_view authority) {
  std::string_view host = authority, rest;
  if (authority.starts_with('[')) {
    const auto close = authority.find(']');
    if (close == std::string_view::npos) return refused("the bracket of the IPv6 address is not closed");
    host = authority.substr(1, close - 1);
    rest = authority.substr(close + 1);
    if (host.find(':') == std::string_view::npos || !std::all_of(host.begin(), host.end(), is_ipv6_byte))
      return refused("what stands in brackets must be an IPv6 address");
  } else {
    const auto colon = authority.find(':');
    if (colon != std::string_view::npos) {
      host = authority.substr(0, colon);
      rest = authority.substr(colon);
    }
    if (host.empty()) return refused("the host is missing");
    if (!std::all_of(host.begin(), host.end(), is_host_byte)) return refused("the host holds a character that no host name has");
  }
  url.host = lower(host);
  if (rest.empty()) return url;
  if (rest[0] != ':') return refused("what follows the host must be a port or a path");
  auto port = parse_port(rest.substr(1));
  if (!port) return port.error();
  url.port = *port;
  return url;
}

}  // namespace

Result<Url> parse_url(std::string_view text) {
  for (const char c : text)
    if (static_cast<unsigned char>(c) <= 0x20 || static_cast<unsigned char>(c) >= 0x7F) return refused("blanks and control characters have no place in an address");
  const auto colon = text.find("://");
  if (colon == std::string_view::npos) return refused("an address begins with http:// or https://");
  Url url;
  url.scheme = lower(text.substr(0, colon));
  if (url.scheme != "http" && url.scheme != "https") return refused("only http and https addresses can be used");
  url.port = url.scheme == "http" ? 80 : 443;
  const auto rest = text.substr(colon + 3);
  if (rest.find_first_of("?#") != std::string_view::npos) return refused("an address here has no query and no fragment");
  if (rest.find('\\') != std::string_view::npos) return refused("a backslash has no place in an address");
  const auto slash = std::min(rest.find('/'), rest.size());
  const auto authority = rest.substr(0, slash);
  if (authority.find('@') != std::string_view::npos) return refused("credentials have no place in an address");
  url.path = std::string(rest.substr(slash));
  return with_authority(std::move(url), authority);
}

std::string percent_encoded(std::string_view name) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string to;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
    if (plain) to += c;
    else ((to += '%') += digits[byte >> 4]) += digits[byte & 15];
  }
  return to;
}

bool is_loopback(std::string_view host) {
  const auto name = lower(host);
  if (name == "localhost" || name.ends_with(".localhost") || name == "::1") return true;
  // 127.0.0.0/8 in full dotted form only: what starts with "127." may also be a name.
  int parts = 0;
  std::string_view rest = name;
  if (!rest.starts_with("127.")) return false;
  for (;; ++parts) {
    const auto dot = std::min(rest.find('.'), rest.size());
    unsigned value = 0;
    const auto [end, failure] = std::from_chars(rest.data(), rest.data() + dot, value);
    if (dot == 0 || failure != std::errc() || end != rest.data() + dot || value > 255) return false;
    if (dot == rest.size()) return parts == 3;
    rest.remove_prefix(dot + 1);
  }
}

}  // namespace genai::text

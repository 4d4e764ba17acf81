#include "platform/http/proxy.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "platform/http/head.hpp"

namespace genai::http {
namespace {

constexpr std::size_t most_interim_answers = 8;
constexpr std::size_t read_bytes = 2048;

Error refused(std::string what) { return Error{Code::config_error, std::move(what), ""}; }

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return result;
}

// RFC 4648, section 4.
std::string base64(std::string_view bytes) {
  constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    unsigned group = 0;
    for (std::size_t i = 0; i < 3; ++i) group = group << 8 | (at + i < bytes.size() ? static_cast<unsigned char>(bytes[at + i]) : 0U);
    for (std::size_t i = 0; i < 4; ++i) text += at + i <= bytes.size() ? letters[group >> (18 - 6 * i) & 63] : '=';
  }
  return text;
}

// Nothing when a % is not followed by two digits, or a control byte comes out.
std::optional<std::string> percent_decoded(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned byte = static_cast<unsigned char>(text[i]);
    if (byte == '%') {
      const auto digits = text.substr(i + 1, 2);
      const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), byte, 16);
      if (digits.size() < 2 || failure != std::errc() || end != digits.data() + 2) return std::nullopt;
      i += 2;
    }
    if (byte < 0x20 || byte == 0x7F) return std::nullopt;
    result += static_cast<char>(byte);
  }
  return result;
}

Result<Secret> authorization(std::string_view user_and_password) {
  const auto colon = user_and_password.find(':');
  const auto user = percent_decoded(user_and_password.substr(0, colon));
  const auto password = percent_decoded(colon == std::string_view::npos ? "" : user_and_password.substr(colon + 1));
  if (!user || !password || user->find(':') != std::string::npos) return refused("the proxy's user or password is malformed; special characters are written as %XX");
  return Secret("Basic " + base64(*user + ":" + *password));
}

// The last place of '@' before the path: passwords may hold one.
std::size_t end_of_user(std::string_view authority) { return authority.rfind('@'); }

Error no_tunnel(const net::Endpoint& to, const std::string& why) { return Error{Code::upstream_unreachable, "no tunnel to " + to.text() + ": " + why, ""}; }

// What the proxy says, up to the end of its final head.
class Reply {
 public:
  explicit Reply(const Limits& limits) : limits_(limits), scanner_(limits_) {}
  // Nothing yet: more bytes are needed. A status, or 0 when it is not HTTP or too long.
  std::optional<int> status() {
    for (;;) {
      ResponseHead head;
      const auto complete = scanner_.response(bytes_, head, true);
      if (!complete) return 0;
      if (!*complete) return bytes_.size() > limits_.head ? std::optional(0) : std::nullopt;
      bytes_.erase(0, scanner_.consumed());
      scanner_.reset();
      if (head.status >= 200) return head.status;
      if (++interim_ > most_interim_answers) return 0;
    }
  }
  void add(std::string_view bytes) { bytes_ += bytes; }
  bool goes_on() const { return !bytes_.empty(); }

 private:
  const Limits limits_;
  HeadScanner scanner_;
  std::string bytes_;
  std::size_t interim_ = 0;
};

std::string tunnel_request(const net::Endpoint& to, const Proxy& proxy) {
  const auto place = to.text();
  std::string head = "CONNECT " + place + " HTTP/1.1\r\nHost: " + place + "\r\n";
  if (!proxy.authorization.empty()) (head += "Proxy-Authorization: ").append(proxy.authorization.reveal()).append("\r\n");
  return head += "\r\n";
}

// Empty: the tunnel is open. Else why not.
net::Task<std::string> ask(net::Stream& stream, std::string request, const Limits& limits) {
  const auto wrote = co_await net::Write(stream, request);
  if (!wrote.ok()) co_return "the proxy closed the connection";
  Reply reply(limits);
  std::vector<char> buffer(read_bytes);
  for (;;) {
    const auto got = co_await net::Read(stream, buffer);
    if (!got.ok() || got.bytes == 0) co_return "the proxy closed the connection";
    reply.add(std::string_view(buffer.data(), got.bytes));
    const auto status = reply.status();
    if (!status) continue;
    if (*status == 0) co_return "the proxy's answer is not valid HTTP";
    if (*status >= 300) co_return "the proxy answered " + std::to_string(*status);
    if (reply.goes_on()) co_return "the proxy sent more than its answer";
    co_return "";
  }
}

}  // namespace

Result<std::shared_ptr<const Proxy>> parse_proxy(std::string_view text) {
  constexpr std::string_view plain = "http://";
  const auto scheme_end = text.find("://");
  if (scheme_end != std::string_view::npos && lower(text.substr(0, scheme_end + 3)) != plain) return refused("only proxies with http:// can be used; what is https passes them in a tunnel");
  auto authority = scheme_end == std::string_view::npos ? text : text.substr(plain.size());
  auto proxy = std::make_shared<Proxy>();
  if (const auto at = end_of_user(authority); at != std::string_view::npos) {
    auto secret = authorization(authority.substr(0, at));
    if (!secret) return secret.error();
    proxy->authorization = *std::move(secret);
    authority.remove_prefix(at + 1);
  }
  if (authority.ends_with('/')) authority.remove_suffix(1);
  const bool clean = std::all_of(authority.begin(), authority.end(), [](char c) { return c > 0x20 && c < 0x7F && std::string_view("\\\"<>^`{|}%/?#").find(c) == std::string_view::npos; });
  auto endpoint = clean && !authority.starts_with(':') ? net::parse_endpoint(authority) : refused("");
  if (!endpoint || endpoint->is_unix() || endpoint->port == 0) return refused("a proxy is http://HOST:PORT, or http://USER:PASSWORD@HOST:PORT");
  proxy->endpoint = *std::move(endpoint);
  return std::shared_ptr<const Proxy>(std::move(proxy));
}

bool has_written_password(std::string_view text) {
  std::string bare;
  for (std::size_t begin = text.find("${"); begin != std::string_view::npos; begin = text.find("${")) {
    bare += text.substr(0, begin);
    text.remove_prefix(std::min(text.find('}', begin), text.size() - 1) + 1);
  }
  bare += text;
  const auto scheme = bare.find("://");
  const auto rest = std::string_view(bare).substr(scheme == std::string::npos ? 0 : scheme + 3);
  const auto at = end_of_user(rest);
  if (at == std::string_view::npos) return false;
  const auto colon = rest.substr(0, at).find(':');
  return colon != std::string_view::npos && colon + 1 < at;
}

NoProxy::NoProxy(std::string_view list) {
  constexpr std::string_view separators = ", \t\r\n";
  for (;;) {
    const auto begin = list.find_first_not_of(separators);
    if (begin == std::string_view::npos) break;
    list.remove_prefix(begin);
    auto entry = list.substr(0, list.find_first_of(separators));
    list.remove_prefix(entry.size());
    if (entry == "*") everywhere_ = true;
    Rule rule;
    const auto colon = entry.rfind(':');
    const bool has_port = colon != std::string_view::npos && (entry.find(':') == colon || entry[colon - (colon > 0 ? 1 : 0)] == ']');
    if (has_port) {
      const auto digits = entry.substr(colon + 1);
      std::uint16_t port = 0;
      const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
      if (failure != std::errc() || end != digits.data() + digits.size()) continue;  // which names no place
      rule.port = port;
      entry = entry.substr(0, colon);
    }
    if (entry.starts_with('[') && entry.ends_with(']') && entry.size() > 2) entry = entry.substr(1, entry.size() - 2);
    if (!rule.addresses.add(entry)) {
      if (entry.starts_with('*')) entry.remove_prefix(1);
      if (entry.starts_with('.')) entry.remove_prefix(1);
      if (entry.ends_with('.')) entry.remove_suffix(1);
      if (entry.empty()) continue;
      rule.name = lower(entry);
    }
    rules_.push_back(std::move(rule));
  }
}

bool NoProxy::covers(const net::Endpoint& to) const {
  const auto address = net::IpAddress::parse(to.host);
  auto host = lower(to.host);
  if (host.ends_with('.')) host.pop_back();
  const auto covered = [&](const Rule& rule) {
    if (rule.port && *rule.port != to.port) return false;
    if (address) return rule.addresses.contains(*address);
    return !rule.name.empty() && (host == rule.name || host.ends_with("." + rule.name));
  };
  return everywhere_ || std::any_of(rules_.begin(), rules_.end(), covered);
}

net::Task<Result<std::unique_ptr<net::Stream>>> open_tunnel(std::unique_ptr<net::Stream> stream, std::shared_ptr<const Proxy> proxy, net::Endpoint to, Limits limits, MonoTime deadline,
                                                            net::Cancellation& cancellation) {
  auto& raw = *stream;
  auto request = tunnel_request(to, *proxy);
  std::string why;
  {
    const auto give_up = [&raw] { raw.close(); };
    net::Timer timer(raw.loop(), give_up);
    timer.set(deadline);
    const net::Cancellation::Scope scope(cancellation, give_up);
    why = co_await ask(raw, std::move(request), limits);
  }
  if (cancellation.cancelled()) co_return Error{Code::client_closed, "the client closed the connection", ""};
  if (why.empty()) co_return stream;
  if (raw.loop().now() >= deadline) why = "the proxy did not answer in time";
  co_return no_tunnel(to, why);
}

}  // namespace genai::http

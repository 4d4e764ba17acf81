#include "engines/gateway/edge.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <ctime>
#include <optional>
#include <utility>
#include <vector>

#include "features/telemetry/request_log.hpp"
#include "features/telemetry/trace.hpp"
#include "platform/json/writer.hpp"

namespace genai::gateway {
namespace {

constexpr std::size_t longest_path = 1024, longest_user_agent = 256, longest_request_id = 128, longest_method = 32;  // in the log, bytes
constexpr std::size_t most_requested_headers = 64, longest_requested_headers = 4 * 1024;                             // of a preflight
constexpr std::size_t most_forwarded = 64;  // hops of X-Forwarded-For that are looked at

constexpr std::string_view security_fields =
    "X-Content-Type-Options: nosniff\r\nX-Frame-Options: DENY\r\nReferrer-Policy: no-referrer\r\n";
constexpr std::string_view only_over_tls = "Strict-Transport-Security: max-age=31536000\r\n";
constexpr std::string_view same_origin = "Cross-Origin-Resource-Policy: same-origin\r\n";
constexpr std::string_view vary_origin = "Vary: Origin\r\n";
constexpr std::string_view exposed = "Access-Control-Expose-Headers: x-request-id, x-process-time, retry-after, x-should-retry\r\n";
constexpr std::string_view allowed_methods = "Access-Control-Allow-Methods: GET, HEAD, POST, PUT, PATCH, DELETE\r\n";
constexpr std::array<std::string_view, 8> page_headers{"authorization",     "content-type",   "x-api-key",   "x-request-id",
                                                       "idempotency-key", "anthropic-version", "anthropic-beta", "traceparent"};
constexpr std::string_view page_header_prefix = "x-stainless-";

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

std::string_view trimmed(std::string_view text) {
  const auto begin = std::min(text.find_first_not_of(" \t"), text.size());
  const auto end = text.find_last_not_of(" \t");
  return text.substr(begin, end == std::string_view::npos ? 0 : end + 1 - begin);
}

bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
}

// Seconds with three places, without the detour over floating point.
void append_seconds(std::string& to, Nanoseconds time) {
  const auto ms = std::max<std::int64_t>(0, std::chrono::duration_cast<std::chrono::milliseconds>(time).count());
  char digits[24];
  to.append(digits, std::to_chars(digits, digits + sizeof digits, ms / 1000).ptr);
  const auto places = static_cast<int>(ms % 1000);
  const char rest[] = {'.', static_cast<char>('0' + places / 100), static_cast<char>('0' + places / 10 % 10), static_cast<char>('0' + places % 10)};
  to.append(rest, sizeof rest);
}

// RFC 3339 in UTC with milliseconds.
void append_time(std::string& to, WallTime at) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(std::chrono::time_point_cast<std::chrono::seconds>(at));
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(at.time_since_epoch()).count() % 1000;
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  char text[40];
  to.append(text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts));
  const char rest[] = {'.', static_cast<char>('0' + ms / 100), static_cast<char>('0' + ms / 10 % 10), static_cast<char>('0' + ms % 10), 'Z'};
  to.append(rest, sizeof rest);
}

void member(std::string& to, std::string_view name, std::string_view text) {
  to.append(",\"").append(name).append("\":");
  json::append_string(to, text);
}
void member(std::string& to, std::string_view name, std::uint64_t value) {
  to.append(",\"").append(name).append("\":");
  json::append_integer(to, static_cast<std::int64_t>(value));
}

// What the answer's fields say; they are our own.
std::string_view request_id_of(std::string_view fields) {
  constexpr std::string_view name = "X-Request-Id: ";
  const auto at = fields.find(name);
  if (at == std::string_view::npos) return {};
  const auto value = fields.substr(at + name.size());
  return value.substr(0, value.find('\r'));
}

// What is the same for all requests of a site.
class Rules {
 public:
  Rules(const EdgeConfig& config, EdgeServices with) : services(std::move(with)), trusted_(config.trusted), cors_(config.cors) {
    own_ = security_fields;
    if (config.tls) own_ += only_over_tls;
    foreign_ = own_;
    own_ += same_origin;
    foreign_ += exposed;
    if (cors_.any_origin) foreign_ += "Access-Control-Allow-Origin: *\r\n";
    if (cors_.credentials) foreign_ += "Access-Control-Allow-Credentials: true\r\n";
    if (!cors_.origins.empty()) {
      own_ += vary_origin;
      foreign_ += vary_origin;
    }
    max_age_ = "Access-Control-Max-Age: " + std::to_string(cors_.max_age.count()) + "\r\n";
  }

  // The page's origin, if it may read answers. Its view is the head's.
  std::optional<std::string_view> page(const http::RequestHead& head) const {
    if (!cors_.any_origin && cors_.origins.empty()) return std::nullopt;
    const auto origin = head.fields.find("origin");
    if (!origin || head.fields.count("origin") != 1) return std::nullopt;
    const bool allowed = cors_.any_origin || std::find(cors_.origins.begin(), cors_.origins.end(), *origin) != cors_.origins.end();
    return allowed ? origin : std::nullopt;
  }
  static bool is_preflight(const http::RequestHead& head) {
    return head.method == "OPTIONS" && head.fields.find("access-control-request-method").has_value();
  }

  void append_fields(std::string& to, Nanoseconds took, std::optional<std::string_view> page) const {
    to.reserve(to.size() + foreign_.size() + own_.size() + 128);
    to.append("X-Process-Time: ");
    append_seconds(to, took);
    to.append("\r\n").append(page ? foreign_ : own_);
    if (page && !cors_.any_origin) http::append_field(to, "Access-Control-Allow-Origin", *page);
  }
  http::Response preflight(const http::RequestHead& head) const {
    http::Response response;
    response.status = 204;
    response.content_type = "";
    http::append_field(response.fields, "X-Request-Id", services.next_request_id());
    response.fields += allowed_methods;
    const auto headers = allowed_headers(head.fields.find("access-control-request-headers").value_or(""));
    if (!headers.empty()) http::append_field(response.fields, "Access-Control-Allow-Headers", headers);
    response.fields += max_age_;
    return response;
  }
  std::string client(std::string peer, const http::RequestHead& head) const {
    return trusted_.empty() ? std::move(peer) : client_of(std::move(peer), head, trusted_);
  }

  const EdgeServices services;

 private:
  const net::AddressSet trusted_;
  const CorsConfig cors_;
  std::string own_;      // for those who ask from no page, or from one that may not read: no CORS header at all
  std::string foreign_;  // for pages that may
  std::string max_age_;
};

// One exchange as the gateway sees it.
class EdgeExchange final : public http::Exchange {
 public:
  EdgeExchange(const Rules& rules, http::Exchange& inner)
      : rules_(rules), inner_(inner), began_(inner.loop().now()), page_(rules.page(inner.head())), logged_(rules.services.log != nullptr) {
    if (logged_) began_at_ = inner.loop().clock().wall_now();
  }

  const http::RequestHead& head() const override { return inner_.head(); }
  net::Loop& loop() override { return inner_.loop(); }
  std::string peer() const override { return rules_.client(inner_.peer(), inner_.head()); }
  net::Task<Result<std::string>> body() override { return inner_.body(); }

  net::Task<bool> respond(http::Response response) override {
    bytes_out_ += response.body.size();
    prepare(response);
    return inner_.respond(std::move(response));
  }
  void begin(http::Response head) override {
    prepare(head);
    inner_.begin(std::move(head));
  }
  net::Task<bool> send(std::string_view piece) override {
    bytes_out_ += piece.size();
    return inner_.send(piece);
  }
  net::Task<bool> finish(std::string_view last_piece) override {
    bytes_out_ += last_piece.size();
    return inner_.finish(last_piece);
  }
  void abort() override {
    aborted_ = true;
    inner_.abort();
  }
  bool begun() const override { return inner_.begun(); }
  void on_hangup(std::function<void()> left) override { inner_.on_hangup(std::move(left)); }
  bool hung_up() const override { return inner_.hung_up(); }
  void annotate(std::string json_members) override { members_ = std::move(json_members); }

  bool from_page() const { return page_.has_value(); }

  // The log's line. When the handler has returned.
  std::string line() const {
    const auto& head = inner_.head();
    std::string to;
    to.reserve(640 + members_.size());
    to += "{\"time\":\"";
    append_time(to, began_at_);
    to += '"';
    if (!request_id_.empty()) member(to, "request_id", request_id_);
    if (const auto id = head.fields.find("x-request-id")) member(to, "client_request_id", id->substr(0, longest_request_id));
    if (const auto trace = telemetry::parse_traceparent(head.fields.find("traceparent").value_or(""))) member(to, "trace_id", trace->trace_id_text());
    member(to, "client", peer());
    member(to, "method", head.method.substr(0, longest_method));
    member(to, "path", head.path.substr(0, longest_path));
    if (status_ != 0) member(to, "status", static_cast<std::uint64_t>(status_));
    else to += ",\"status\":null";
    const auto us = std::chrono::duration_cast<std::chrono::microseconds>(inner_.loop().now() - began_).count();
    member(to, "duration_ms", static_cast<std::uint64_t>(us / 1000));
    const char places[] = {'.', static_cast<char>('0' + us / 100 % 10), static_cast<char>('0' + us / 10 % 10), static_cast<char>('0' + us % 10)};
    to.append(places, sizeof places);
    if (head.body == http::BodyKind::length) member(to, "bytes_in", head.content_length);
    member(to, "bytes_out", head.method == "HEAD" ? 0 : bytes_out_);
    to.append(",\"aborted\":").append(aborted_ ? "true" : "false");
    to.append(",\"hung_up\":").append(inner_.hung_up() ? "true" : "false");
    if (const auto agent = head.fields.find("user-agent")) member(to, "user_agent", agent->substr(0, longest_user_agent));
    if (!members_.empty()) to.append(",").append(members_);
    to += '}';
    return to;
  }

 private:
  void prepare(http::Response& response) {
    status_ = response.status;
    if (logged_) request_id_ = request_id_of(response.fields);
    rules_.append_fields(response.fields, inner_.loop().now() - began_, page_);
  }

  const Rules& rules_;
  http::Exchange& inner_;
  const MonoTime began_;
  WallTime began_at_{};
  const std::optional<std::string_view> page_;
  const bool logged_;
  bool aborted_ = false;
  int status_ = 0;
  std::uint64_t bytes_out_ = 0;
  std::string request_id_;
  std::string members_;
};

class Edge final : public http::Site {
 public:
  Edge(const EdgeConfig& config, EdgeServices services, net::Loop& loop, std::unique_ptr<http::Site> inner)
      : rules_(config, std::move(services)), loop_(loop), inner_(std::move(inner)) {}

  net::Task<void> handle(http::Exchange& exchange) override {
    EdgeExchange seen(rules_, exchange);
    if (seen.from_page() && Rules::is_preflight(seen.head())) {
      auto answer = rules_.preflight(seen.head());
      co_await seen.respond(std::move(answer));
    } else {
      co_await inner_->handle(seen);
    }
    if (rules_.services.log != nullptr) rules_.services.log->add(seen.line());
  }

  // Bytes that are no request: nothing is known but the answer.
  http::Response reject(const Error& error) override {
    auto response = inner_->reject(error);
    if (auto* log = rules_.services.log) {
      std::string line = "{\"time\":\"";
      append_time(line, loop_.clock().wall_now());
      line += '"';
      member(line, "request_id", request_id_of(response.fields));
      member(line, "status", static_cast<std::uint64_t>(response.status));
      member(line, "error_code", row(error.code).name);
      line += '}';
      log->add(line);
    }
    rules_.append_fields(response.fields, Nanoseconds(0), std::nullopt);
    return response;
  }

  Nanoseconds drain() override { return inner_->drain(); }
  void cut_plain() override { inner_->cut_plain(); }
  void cut_streams() override { inner_->cut_streams(); }
  net::Task<void> close() override { return inner_->close(); }

 private:
  const Rules rules_;
  net::Loop& loop_;
  const std::unique_ptr<http::Site> inner_;
};

}  // namespace

std::string client_of(std::string peer, const http::RequestHead& head, const net::AddressSet& trusted) {
  if (!trusted.contains_peer(peer)) return peer;
  std::vector<std::string_view> values;  // several fields are one list (RFC 9110, section 5.3)
  for (const auto& field : head.fields.all()) {
    constexpr std::string_view name = "x-forwarded-for";
    const bool same = field.name.size() == name.size() && std::equal(name.begin(), name.end(), field.name.begin(), [](char a, char b) { return a == lower(b); });
    if (same) values.push_back(field.value);
  }
  if (values.empty()) {
    const auto real = head.fields.count("x-real-ip") == 1 ? net::IpAddress::of_peer(trimmed(*head.fields.find("x-real-ip"))) : std::nullopt;
    return real ? real->text() : peer;
  }
  std::size_t hops = 0;
  for (auto value = values.rbegin(); value != values.rend(); ++value) {
    for (auto rest = *value; hops < most_forwarded; ++hops) {
      const auto comma = rest.rfind(',');
      const auto entry = trimmed(comma == std::string_view::npos ? rest : rest.substr(comma + 1));
      const auto address = net::IpAddress::of_peer(entry);
      if (!address) return peer;
      peer = address->text();
      if (!trusted.contains(*address)) return peer;
      if (comma == std::string_view::npos) break;
      rest = rest.substr(0, comma);
    }
  }
  return peer;
}

std::string allowed_headers(std::string_view requested) {
  std::string allowed;
  if (requested.size() > longest_requested_headers) return allowed;
  for (std::size_t count = 0; !requested.empty() && count < most_requested_headers; ++count) {
    const auto comma = std::min(requested.find(','), requested.size());
    const auto written = trimmed(requested.substr(0, comma));
    requested.remove_prefix(std::min(comma + 1, requested.size()));
    if (!is_token(written)) continue;
    std::string name(written);
    std::transform(name.begin(), name.end(), name.begin(), lower);
    const bool known = std::find(page_headers.begin(), page_headers.end(), name) != page_headers.end();
    if (!known && !name.starts_with(page_header_prefix)) continue;
    if (!allowed.empty()) allowed += ", ";
    allowed += name;
  }
  return allowed;
}

std::unique_ptr<http::Site> make_edge(const EdgeConfig& config, EdgeServices services, net::Loop& loop, std::unique_ptr<http::Site> inner) {
  return std::make_unique<Edge>(config, std::move(services), loop, std::move(inner));
}

}  // namespace genai::gateway

#include "platform/http/head.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace genai::http {
namespace {

// RFC 9110, section 5.6.2.
constexpr std::array<bool, 256> make_token_table() {
  std::array<bool, 256> table{};
  for (int c = '0'; c <= '9'; ++c) table[static_cast<std::size_t>(c)] = true;
  for (int c = 'a'; c <= 'z'; ++c) table[static_cast<std::size_t>(c)] = true;
  for (int c = 'A'; c <= 'Z'; ++c) table[static_cast<std::size_t>(c)] = true;
  for (const char c : std::string_view("!#$%&'*+-.^_`|~")) table[static_cast<unsigned char>(c)] = true;
  return table;
}
constexpr auto token_table = make_token_table();

bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return token_table[static_cast<unsigned char>(c)]; });
}
// Field values: visible bytes, obs-text, space and tab.
bool is_value(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte >= 0x20 && byte != 0x7f) || byte == '\t';
  });
}
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }
bool equals_lower(std::string_view text, std::string_view lower_case) {
  return text.size() == lower_case.size() &&
         std::equal(text.begin(), text.end(), lower_case.begin(), [](char a, char b) { return lower(a) == b; });
}
std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}
bool all_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

Error bad(std::string what, Code code = Code::bad_request) { return Error{code, std::move(what), ""}; }

// Does a comma-separated list hold the token? For Connection.
bool list_holds(std::string_view list, std::string_view lower_case) {
  while (!list.empty()) {
    const auto comma = list.find(',');
    if (equals_lower(trim(list.substr(0, comma)), lower_case)) return true;
    if (comma == std::string_view::npos) break;
    list.remove_prefix(comma + 1);
  }
  return false;
}

// The first CR or LF from `from` on, or the end.
std::size_t find_line_end(std::string_view buffer, std::size_t from) {
  const char* const begin = buffer.data() + from;
  const auto* lf = static_cast<const char*>(std::memchr(begin, '\n', buffer.size() - from));
  const std::size_t end = lf == nullptr ? buffer.size() : static_cast<std::size_t>(lf - buffer.data());
  const auto* cr = static_cast<const char*>(std::memchr(begin, '\r', end - from));
  return cr == nullptr ? end : static_cast<std::size_t>(cr - buffer.data());
}

Result<Field> parse_field(std::string_view line) {
  if (line.front() == ' ' || line.front() == '\t') return bad("a header line starts with a blank (folded lines are not allowed)");
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return bad("a header line has no colon");
  const auto name = line.substr(0, colon);
  if (name.empty()) return bad("a header has an empty name");
  if (!is_token(name)) return bad("a header name has a byte that is not allowed there");
  const auto value = trim(line.substr(colon + 1));
  if (!is_value(value)) return bad("a header value has a control character");
  return Field{name, value};
}

struct Framing {
  BodyKind kind = BodyKind::none;
  std::uint64_t length = 0;
};

Result<std::uint64_t> parse_length(std::string_view text) {
  if (!all_digits(text)) return bad("Content-Length is not a decimal number");
  std::uint64_t length = 0;
  constexpr std::uint64_t most = std::uint64_t{1} << 63;
  for (const char c : text) {
    if (length > (most - 9) / 10) return bad("Content-Length is beyond 2^63");
    length = length * 10 + static_cast<std::uint64_t>(c - '0');
  }
  return length;
}

// What both directions agree on; nothing when neither field is there. Transfer-Encoding is `chunked`, once, alone, or nothing.
Result<std::optional<Framing>> framing(const Fields& fields, bool http_1_0) {
  const auto lengths = fields.count("content-length");
  const auto codings = fields.count("transfer-encoding");
  if (codings > 0) {
    if (lengths > 0) return bad("Transfer-Encoding and Content-Length together");
    if (http_1_0) return bad("Transfer-Encoding in HTTP/1.0");
    if (codings > 1) return bad("more than one Transfer-Encoding");
    const auto coding = *fields.find("transfer-encoding");
    if (equals_lower(coding, "chunked")) return std::optional(Framing{BodyKind::chunked, 0});
    if (list_holds(coding, "chunked")) {
      std::string_view rest = coding;
      std::size_t chunked = 0, others = 0;
      while (!rest.empty()) {
        const auto comma = rest.find(',');
        ++(equals_lower(trim(rest.substr(0, comma)), "chunked") ? chunked : others);
        if (comma == std::string_view::npos) break;
        rest.remove_prefix(comma + 1);
      }
      const auto last = trim(coding.substr(coding.rfind(',') + 1));
      if (chunked > 1 || !equals_lower(last, "chunked")) return bad("Transfer-Encoding: chunked stands twice or not last");
    }
    return bad("the only transfer coding understood is 'chunked'", Code::transfer_coding);
  }
  if (lengths > 1) return bad("more than one Content-Length");
  if (lengths == 0) return std::optional<Framing>();
  auto length = parse_length(*fields.find("content-length"));
  if (!length) return length.error();
  return std::optional(Framing{*length == 0 ? BodyKind::none : BodyKind::length, *length});
}

bool keep_alive(const Fields& fields, bool http_1_0) {
  bool close = false, keep = false;
  for (const auto& field : fields.all()) {
    if (!equals_lower(field.name, "connection")) continue;
    close = close || list_holds(field.value, "close");
    keep = keep || list_holds(field.value, "keep-alive");
  }
  return !close && (!http_1_0 || keep);
}

// The version's answer: true for HTTP/1.0.
Result<bool> parse_version(std::string_view version) {
  if (version == "HTTP/1.1") return false;
  if (version == "HTTP/1.0") return true;
  const bool shaped = version.starts_with("HTTP/") && version.size() > 5 && version[5] >= '0' && version[5] <= '9';
  if (shaped && version != "HTTP/0.9") return bad("only HTTP/1.1 and HTTP/1.0 are spoken here", Code::http_version);
  return bad("the request line does not end in HTTP/1.1");
}

bool is_host(std::string_view host) {
  return host.find_first_of("/?#@\\ \t\"<>^`{|}") == std::string_view::npos && is_value(host);
}

// Reduces absolute-form to origin-form; the authority in it must be well-formed but decides nothing.
Result<std::string_view> origin_form(std::string_view target) {
  if (target == "*" || target.starts_with('/')) return target;
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (target.size() <= scheme.size() || !equals_lower(target.substr(0, scheme.size()), scheme)) continue;
    const auto rest = target.substr(scheme.size());
    const auto slash = rest.find_first_of("/?");
    const auto authority = rest.substr(0, slash);
    if (authority.empty() || !is_host(authority)) return bad("the request target has a malformed authority");
    if (slash == std::string_view::npos) return std::string_view("/");
    if (rest[slash] == '?') return bad("the request target has a query but no path");
    return rest.substr(slash);
  }
  return bad("the request target is neither a path nor an http URL");
}

Result<bool> parse_request_line(std::string_view line, RequestHead& head) {
  const auto first = line.find(' ');
  const auto last = line.rfind(' ');
  if (first == std::string_view::npos) return bad("the request line is not 'METHOD TARGET HTTP/1.1'");
  head.method = line.substr(0, first);
  if (!is_token(head.method)) return bad("the request method has a byte that is not allowed there");
  if (first == last) return bad("the request line has no version: HTTP/0.9 is not spoken here");
  auto version = parse_version(line.substr(last + 1));
  if (!version) return version.error();
  head.http_1_0 = *version;
  const auto target = line.substr(first + 1, last - first - 1);
  const bool clean = !target.empty() && std::all_of(target.begin(), target.end(), [](char c) { return c > 0x20 && c < 0x7f; });
  if (!clean) return bad("the request target has a blank, control or non-ASCII byte");
  if (head.method == "CONNECT") {  // authority-form: refused by every route
    head.target = head.path = target;
    return true;
  }
  auto origin = origin_form(target);
  if (!origin) return origin.error();
  head.target = *origin;
  head.path = head.target.substr(0, head.target.find('?'));
  return true;
}

Result<bool> check_host(const RequestHead& head) {
  const auto hosts = head.fields.count("host");
  if (hosts > 1) return bad("more than one Host");
  if (hosts == 0 && !head.http_1_0) return bad("Host is missing");
  if (hosts == 1 && !is_host(*head.fields.find("host"))) return bad("Host is malformed");
  return true;
}

}  // namespace

std::optional<std::string_view> Fields::find(std::string_view lower_case_name) const {
  for (const auto& field : fields_) {
    if (equals_lower(field.name, lower_case_name)) return field.value;
  }
  return std::nullopt;
}

std::size_t Fields::count(std::string_view lower_case_name) const {
  return static_cast<std::size_t>(
      std::count_if(fields_.begin(), fields_.end(), [&](const Field& field) { return equals_lower(field.name, lower_case_name); }));
}

void HeadScanner::reset() {
  line_begin_ = scanned_ = consumed_ = 0;
  start_checked_ = false;
  lines_.clear();
}

// Cuts the buffer into lines as far as it goes and applies the limits. True: the empty line was seen. Of several offences the one that an
// earlier byte completes is told, so that the answer does not depend on how the bytes were split.
Result<bool> HeadScanner::lines(std::string_view buffer, bool is_request) {
  while (scanned_ < buffer.size()) {
    const bool start = lines_.empty() && is_request;
    const std::size_t longest = line_begin_ + (start ? limits_->request_line : limits_->field);
    const std::size_t end = find_line_end(buffer, scanned_);
    const bool at_cr = end < buffer.size() && buffer[end] == '\r';
    const std::size_t seen = std::min(end + (at_cr ? 2 : 1), buffer.size());
    if (end > longest && longest <= limits_->head) return too_long(start);
    if (seen > limits_->head) {
      return bad("the head is longer than " + std::to_string(limits_->head) + " bytes", Code::headers_too_large);
    }
    scanned_ = end;  // a CR at the very end waits there for its LF
    if (end + (at_cr ? 1 : 0) == buffer.size()) return false;
    if (!at_cr) return bad("a line ends in a bare line feed");
    if (buffer[end + 1] != '\n') return bad("a carriage return without a line feed");
    const Line line{line_begin_, end};
    line_begin_ = scanned_ = end + 2;
    if (line.begin == line.end) {
      if (start && line.begin == 0) continue;  // RFC 9112, section 2.2: one empty line before a request is passed over
      if (lines_.empty()) return bad("an empty line instead of a start line");
      consumed_ = line_begin_;
      return true;
    }
    if (lines_.size() > limits_->fields) {
      return bad("more than " + std::to_string(limits_->fields) + " header lines", Code::headers_too_large);
    }
    lines_.push_back(line);
  }
  return false;
}

Error HeadScanner::too_long(bool start_line) const {
  if (start_line) return bad("the request line is longer than " + std::to_string(limits_->request_line) + " bytes", Code::uri_too_long);
  return bad("a header line is longer than " + std::to_string(limits_->field) + " bytes", Code::headers_too_large);
}

// A request line is judged as soon as it is there: who speaks another protocol may never send an empty line.
Result<bool> HeadScanner::check_start(std::string_view buffer) {
  if (start_checked_ || lines_.empty()) return true;
  start_checked_ = true;
  RequestHead scratch;
  return parse_request_line(buffer.substr(lines_.front().begin, lines_.front().end - lines_.front().begin), scratch);
}

Result<bool> HeadScanner::request(std::string_view buffer, RequestHead& head) {
  if (!buffer.empty() && buffer.front() == '\x16') return bad("these bytes are TLS: this port speaks plain HTTP, use http://");
  auto complete = lines(buffer, true);
  if (!complete || !*complete) {
    if (auto start = check_start(buffer); !start) return start;
    return complete;
  }
  const auto text = [&](const Line& line) { return buffer.substr(line.begin, line.end - line.begin); };
  head.fields.clear();
  if (auto line = parse_request_line(text(lines_.front()), head); !line) return line.error();
  for (std::size_t i = 1; i < lines_.size(); ++i) {
    auto field = parse_field(text(lines_[i]));
    if (!field) return field.error();
    head.fields.add(*field);
  }
  if (auto host = check_host(head); !host) return host;
  auto framed = framing(head.fields, head.http_1_0);
  if (!framed) return framed.error();
  head.body = *framed ? (*framed)->kind : BodyKind::none;
  head.content_length = *framed ? (*framed)->length : 0;
  head.keep_alive = keep_alive(head.fields, head.http_1_0);
  head.expects_continue = false;
  for (const auto& field : head.fields.all()) {
    if (head.http_1_0 || !equals_lower(field.name, "expect")) continue;
    if (!equals_lower(field.value, "100-continue")) return bad("the only expectation understood is 100-continue", Code::expectation_failed);
    head.expects_continue = head.body != BodyKind::none;
  }
  return true;
}

Result<bool> HeadScanner::response(std::string_view buffer, ResponseHead& head, bool to_head_request) {
  auto complete = lines(buffer, false);
  if (!complete || !*complete) return complete;
  const auto text = [&](const Line& line) { return buffer.substr(line.begin, line.end - line.begin); };
  const auto status_line = text(lines_.front());
  const bool http_1_0 = status_line.starts_with("HTTP/1.0 ");
  const bool shaped = status_line.size() >= 12 && (http_1_0 || status_line.starts_with("HTTP/1.1 ")) &&
                      all_digits(status_line.substr(9, 3)) && (status_line.size() == 12 || status_line[12] == ' ') &&
                      is_value(status_line);
  if (!shaped) return bad("the status line is malformed", Code::upstream_protocol);
  head.status = (status_line[9] - '0') * 100 + (status_line[10] - '0') * 10 + (status_line[11] - '0');
  if (head.status < 100) return bad("the status is below 100", Code::upstream_protocol);
  head.fields.clear();
  for (std::size_t i = 1; i < lines_.size(); ++i) {
    auto field = parse_field(text(lines_[i]));
    if (!field) return field.error();
    head.fields.add(*field);
  }
  auto framed = framing(head.fields, http_1_0);
  if (!framed) return framed.error();
  const bool bodiless = to_head_request || head.status < 200 || head.status == 204 || head.status == 304;
  head.keep_alive = keep_alive(head.fields, http_1_0);
  head.content_length = *framed ? (*framed)->length : 0;
  head.body = bodiless ? BodyKind::none : *framed ? (*framed)->kind : BodyKind::until_close;
  if (head.body == BodyKind::until_close) head.keep_alive = false;
  return true;
}

}  // namespace genai::http

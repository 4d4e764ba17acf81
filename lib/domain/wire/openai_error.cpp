#include "domain/wire/openai_error.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string>

#include "domain/wire/openai.hpp"
#include "platform/json/writer.hpp"

namespace genai::wire {

Error no_object(const json::Reader& in) {
  std::string what = "the upstream sent something that is not a JSON object";
  if (in.failed()) what += ": " + in.error().what;
  return {Code::upstream_protocol, std::move(what), {}};
}

}  // namespace genai::wire

namespace genai::wire::openai {
namespace {

using json::Kind;

constexpr std::size_t longest_message = 1000;
constexpr std::size_t longest_param = 200;
constexpr std::array<std::string_view, 7> key_prefixes{"sk-", "gsk_", "xai-", "AIza", "hf_", "pplx-", "Bearer "};
constexpr std::array<std::string_view, 2> filters{"content_filter", "content_policy_violation"};  // codes of errors: Azure's, OpenAI's
constexpr std::size_t shortest_key = 6;  // behind its prefix; shorter is a word

// What an upstream says about a failure.
struct Said {
  std::string message;
  std::string type;
  std::string param;
  std::string code;
  int status = 0;  // a number in `code`, `status` or `http_status_code`
};

bool belongs_to_key(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '*' || c == '.';
}

bool begins_word(std::string_view text, std::size_t at) { return at == 0 || !belongs_to_key(text[at - 1]); }

// The text with everything that looks like a provider's key masked.
std::string mask_keys(std::string_view text) {
  std::string to;
  for (std::size_t at = 0; at < text.size();) {
    const std::string_view rest = text.substr(at);
    const auto* const prefix = std::find_if(key_prefixes.begin(), key_prefixes.end(), [&](auto p) { return rest.starts_with(p); });
    if (prefix != key_prefixes.end() && begins_word(text, at)) {
      const auto tail = rest.substr(prefix->size());
      const auto size = static_cast<std::size_t>(std::find_if_not(tail.begin(), tail.end(), belongs_to_key) - tail.begin());
      if (size >= shortest_key) {
        (to += *prefix) += "***";
        at += prefix->size() + size;
        continue;
      }
    }
    to += text[at++];
  }
  return to;
}

bool looks_like_html(std::string_view text) {
  std::string lower(text.substr(0, longest_message));
  std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return lower.find("<html") != lower.npos || lower.find("<!doctype") != lower.npos || lower.find("<body") != lower.npos;
}

// Cuts at the border of a character.
void cap(std::string& text, std::size_t most) {
  if (text.size() <= most) return;
  while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xC0) == 0x80) --most;
  text.resize(most);
  text += "...";
}

// A stranger's words, fit to be shown: no keys, no HTML, no control characters, not too long.
std::string presentable(std::string text) {
  if (looks_like_html(text)) return {};
  text = mask_keys(text);
  for (char& c : text)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  cap(text, longest_message);
  return text;
}

void read_code(json::Reader& in, Said& said) {
  int status = 0;
  std::string digits;
  if (in.kind() == Kind::number) {
    digits = std::string(in.number().value_or(""));
  } else if (const auto text = in.string()) {
    digits = std::string(text->raw);
    said.code = digits;
  }
  const auto [stop, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), status);
  if (failed == std::errc() && stop == digits.data() + digits.size() && status >= 400 && status <= 599) said.status = status;
}

void read_text(json::Reader& in, std::string& into) {
  if (const auto text = in.string()) into = text->unescaped();
}

// A member's name, or an element's number.
std::string read_name(json::Reader& in) {
  if (in.kind() == Kind::number) return std::string(in.number().value_or(""));
  const auto text = in.string();
  return text ? text->unescaped() : std::string();
}

// {"loc": ["body", "stream_options"], "msg": "Extra inputs are not permitted"}: what servers that are built on FastAPI say.
std::string read_complaint(json::Reader& in) {
  std::string where, what;
  std::string_view key;
  if (!in.enter_object()) return {};
  while (in.next_member(key)) {
    if (key == "msg") {
      read_text(in, what);
    } else if (key == "loc" && in.enter_array()) {
      while (in.next_element()) {
        const std::string name = read_name(in);
        if (where.empty() && name == "body") continue;
        if (!where.empty()) where += '.';
        where += name;
      }
    } else if (key != "loc") {
      in.skip();
    }
  }
  return where.empty() || what.empty() ? what : where + ": " + what;
}

// A sentence; a list of complaints, of which the first is told; or either as {"detail": ...}.
void read_message(json::Reader& in, std::string& into) {
  if (in.kind() == Kind::string) return read_text(in, into);
  std::string first;
  if (in.kind() == Kind::object) {
    std::string_view key;
    for (in.enter_object(); in.next_member(key);) {
      if (key == "detail") read_message(in, first);
      else in.skip();
    }
  } else if (in.enter_array()) {
    while (in.next_element()) {
      std::string complaint = read_complaint(in);
      if (first.empty()) first = std::move(complaint);
    }
  }
  if (!first.empty()) into = std::move(first);
}

// At the value of `error`.
Said read_said(json::Reader& in) {
  Said said;
  if (in.kind() == Kind::string) {
    read_text(in, said.message);
  } else if (in.enter_object()) {
    std::string_view key;
    while (in.next_member(key)) {
      if (key == "message") read_message(in, said.message);
      else if (key == "type") read_text(in, said.type);
      else if (key == "param") read_text(in, said.param);
      else if (key == "code" || key == "status" || key == "http_status_code") read_code(in, said);
      else in.skip();
    }
  }
  return said;
}

// The body of an error answer: {"error": {...}}, {"error": "..."}, {"message": "...", "param"} or {"detail": ...}; nothing of anything else.
Said read_body(std::string_view body) {
  Said said;
  json::Reader in(body, json::Manner::lenient);
  std::string_view key;
  if (!in.enter_object()) return said;
  while (in.next_member(key)) {
    if (key == "error" && in.kind() != Kind::null) said = read_said(in);
    else if ((key == "message" || key == "detail") && said.message.empty()) read_message(in, said.message);
    else if (key == "param" && said.param.empty()) read_text(in, said.param);
    else in.skip();
  }
  return in.end() ? said : Said{};
}

template <std::size_t size>
bool is_one_of(const std::array<std::string_view, size>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// The one place that decides what an upstream's failure means to our caller.
Error judge(int status, Said said) {
  const std::string message = presentable(std::move(said.message));
  const std::string number = std::to_string(status);
  const auto with = [&message](std::string ours) { return message.empty() ? ours : ours + ": " + message; };
  if (status == 401 || status == 403)  // its message is about our key: not the caller's business
    return {Code::upstream_auth, "the provider refused the gateway's credentials (HTTP " + number + ")", {}};
  if (status == 429) return {Code::upstream_rate_limited, with("the provider limits the rate of requests"), {}};
  // Bedrock's ModelTimeoutException and ModelErrorException, and what Text Generation Inference says of a generation that failed: no fault of the caller's.
  if (status == 408) return {Code::upstream_timeout, with("the provider gave up waiting for its model (HTTP 408)"), {}};
  if (status == 424) return {Code::upstream_error, with("the provider failed (HTTP 424)"), {}};
  if (status >= 400 && status < 500) {
    std::string param = presentable(std::move(said.param));
    cap(param, longest_param);
    if (is_one_of(filters, said.code)) return {Code::content_filter, message.empty() ? "the provider's filter refused this request" : message, std::move(param), status};
    return {Code::upstream_rejected, message.empty() ? "the provider rejected the request (HTTP " + number + ")" : message, std::move(param), status};
  }
  if (status >= 500) {
    const bool busy = status == 503 || status == 529;
    return {Code::upstream_error, with("the provider failed (HTTP " + number + ")"), {}, busy ? 503 : 0};
  }
  return {Code::upstream_protocol, "the provider answered with the unexpected status " + number, {}};
}

// A status for an error that came without one.
int implied_status(const Said& said) {
  if (said.status != 0) return said.status;
  const auto is = [&said](std::string_view part) { return said.type.find(part) != said.type.npos; };
  if (is("rate_limit") || is("insufficient_quota")) return 429;
  if (is("authentication") || is("permission")) return 401;
  if (is("overloaded")) return 503;
  if (is("invalid_request") || is("not_found") || is("validation")) return 400;
  return 500;
}

Error embedded(Said said) {
  const int status = implied_status(said);
  if (status != 500 || said.status == 500) return judge(status, std::move(said));
  const std::string message = presentable(std::move(said.message));
  return {Code::upstream_error, message.empty() ? "the provider reported an error" : "the provider reported an error: " + message, {}};
}

}  // namespace

Error read_embedded_error(json::Reader& in) { return embedded(read_said(in)); }

Error embedded_error(std::string message, std::string type) {
  Said said;
  said.message = std::move(message);
  said.type = std::move(type);
  return embedded(std::move(said));
}

Error decode_error(int status, std::string_view body) { return judge(status, read_body(body)); }

std::string encode_error(const Error& error) {
  const CodeRow& about = row(error.code);
  std::string to = R"({"error":{"message":)";
  json::append_string(to, error.what);
  ((to += R"(,"type":")") += about.type) += R"(","param":)";
  if (error.param.empty()) to += "null";
  else json::append_string(to, error.param);
  ((to += R"(,"code":")") += about.name) += "\"}}";
  return to;
}

}  // namespace genai::wire::openai

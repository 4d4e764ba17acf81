#include "features/providers/google_account.hpp"

#include <algorithm>
#include <charconv>

#include "features/providers/config.hpp"
#include "platform/crypto/encoding.hpp"
#include "platform/json/reader.hpp"
#include "platform/json/writer.hpp"
#include "platform/text/url.hpp"

namespace genai::providers {
namespace {

constexpr std::string_view scope = "https://www.googleapis.com/auth/cloud-platform";
constexpr std::string_view grant = "urn:ietf:params:oauth:grant-type:jwt-bearer";
constexpr std::chrono::seconds assertion_lifetime{3600};  // the longest that is allowed
constexpr std::size_t longest_token = 16 * 1024;
constexpr std::int64_t longest_lifetime = 24 * 60 * 60;

Error refused(std::string what) { return {.code = Code::config_error, .what = std::move(what), .param = {}}; }
Error no_token(std::string_view why) { return {.code = Code::upstream_protocol, .what = "the provider's token endpoint gave no token: " + std::string(why), .param = {}}; }

std::string text_of(json::Reader& in) {
  const auto text = in.string();
  return text ? text->unescaped() : std::string();
}

// 0: it is none.
std::int64_t whole_number(json::Reader& in) {
  std::int64_t value = 0;
  const auto digits = in.number().value_or("");
  const auto [stop, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return failed == std::errc() && stop == digits.data() + digits.size() ? value : 0;
}

// A word of OAuth's, "invalid_grant", fit to be shown; anything else is empty.
std::string word_of(std::string text) {
  const bool is_word = text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; });
  return is_word ? text : std::string();
}

bool fits_a_field(std::string_view text) {
  return !text.empty() && text.size() <= longest_token && std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7F; });
}

std::int64_t seconds_of(WallTime now) { return std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count(); }

std::string claims_of(const ServiceAccount& account, WallTime now) {
  std::string to = R"({"iss":)";
  json::append_string(to, account.email);
  (to += R"(,"scope":")") += scope;
  json::append_string(to += R"(","aud":)", account.token_uri);
  json::append_integer(to += R"(,"iat":)", seconds_of(now));
  json::append_integer(to += R"(,"exp":)", seconds_of(now) + assertion_lifetime.count());
  return to += '}';
}

std::string head_of(const ServiceAccount& account) {
  std::string to = R"({"alg":"RS256","typ":"JWT")";
  if (!account.key_id.empty()) json::append_string(to += R"(,"kid":)", account.key_id);
  return to += '}';
}

}  // namespace

Result<ServiceAccount> read_service_account(std::string_view json) {
  ServiceAccount account;
  std::string type, key;
  json::Reader in(json);
  std::string_view name;
  if (!in.enter_object()) return refused("is not the JSON of a service account");
  while (in.next_member(name)) {
    if (name == "type") type = text_of(in);
    else if (name == "client_email") account.email = text_of(in);
    else if (name == "private_key_id") account.key_id = text_of(in);
    else if (name == "private_key") key = text_of(in);
    else if (name == "token_uri") account.token_uri = text_of(in);
    else in.skip();
  }
  if (!in.end()) return refused("is not JSON");
  if (type != "service_account") return refused("is not the file of a service account: its type is another one");
  if (account.email.empty() || key.empty() || account.token_uri.empty()) return refused("needs client_email, private_key and token_uri");
  account.private_key = Secret(std::move(key));
  if (const auto usable = crypto::SigningKey::of_pem(account.private_key); !usable) return refused("private_key: " + usable.error().what);
  if (const auto usable = check_base_url(account.token_uri, PlainHttp::loopback_only); !usable) return refused("token_uri is not a usable https address");
  return account;
}

Result<std::string> token_request(const ServiceAccount& account, const crypto::SigningKey& key, WallTime now) {
  std::string assertion = crypto::base64url(head_of(account)) + '.' + crypto::base64url(claims_of(account, now));
  const auto signature = key.sign(assertion);
  if (!signature) return signature.error();
  (assertion += '.') += crypto::base64url(*signature);
  return "grant_type=" + text::percent_encoded(grant) + "&assertion=" + assertion;
}

Result<Token> read_token(int status, std::string_view body) {
  std::string token, error, type;
  std::int64_t lifetime = 0;
  json::Reader in(body, json::Manner::lenient);
  std::string_view name;
  const bool is_object = in.enter_object();
  while (is_object && in.next_member(name)) {
    if (name == "access_token") token = text_of(in);
    else if (name == "token_type") type = text_of(in);
    else if (name == "error") error = word_of(text_of(in));
    else if (name == "expires_in") lifetime = whole_number(in);
    else in.skip();
  }
  const bool is_whole = is_object && in.end();
  if (status >= 400 && status < 500) {
    const std::string why = is_whole && !error.empty() ? ", " + error : "";
    return Error{Code::upstream_auth, "the provider's token endpoint refused the gateway's service account (HTTP " + std::to_string(status) + why + ")", {}};
  }
  if (status != 200) return Error{Code::upstream_error, "the provider's token endpoint failed (HTTP " + std::to_string(status) + ")", {}};
  if (!is_whole) return no_token("its answer is no JSON object");
  if (!fits_a_field(token)) return no_token("its answer holds none");
  if (!type.empty() && type != "Bearer") return no_token("it is of another kind than Bearer");
  if (lifetime <= 0 || lifetime > longest_lifetime) return no_token("it does not say for how long it holds");
  return Token{Secret(std::move(token)), std::chrono::seconds(lifetime)};
}

}  // namespace genai::providers

#include "features/providers/aws_signature.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <vector>

#include "platform/crypto/encoding.hpp"
#include "platform/crypto/hash.hpp"
#include "platform/http/server.hpp"
#include "platform/text/url.hpp"

namespace genai::providers {
namespace {

constexpr std::string_view algorithm = "AWS4-HMAC-SHA256";
constexpr std::string_view scope_end = "aws4_request";
constexpr std::size_t date_size = 8;  // of "20150830T123600Z"

std::string text_of(const crypto::Digest& digest) { return std::string(digest.bytes()); }

std::string time_text(WallTime now) {
  const auto day = std::chrono::floor<std::chrono::days>(now);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(std::chrono::floor<std::chrono::seconds>(now - day));
  char text[64];
  const int size = std::snprintf(text, sizeof text, "%04d%02u%02uT%02d%02d%02dZ", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                                 static_cast<unsigned>(date.day()), static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
                                 static_cast<int>(time.seconds().count()));
  return {text, static_cast<std::size_t>(size)};
}

// Every segment encoded once more: what is %3A on the wire is %253A here ("each path segment must be URI-encoded twice").
std::string canonical_path(std::string_view path) {
  std::string to;
  for (std::size_t at = 0; at <= path.size();) {
    const auto end = std::min(path.find('/', at), path.size());
    to += text::percent_encoded(path.substr(at, end - at));
    if (end < path.size()) to += '/';
    at = end + 1;
  }
  return to.empty() ? "/" : to;
}

// Sorted, and each name with its '='.
std::string canonical_query(std::string_view query) {
  std::vector<std::string> pairs;
  for (std::size_t at = 0; at < query.size();) {
    const auto end = std::min(query.find('&', at), query.size());
    std::string pair(query.substr(at, end - at));
    if (pair.find('=') == pair.npos) pair += '=';
    if (pair.size() > 1) pairs.push_back(std::move(pair));
    at = end + 1;
  }
  std::sort(pairs.begin(), pairs.end());
  std::string to;
  for (const auto& pair : pairs) (to += to.empty() ? "" : "&") += pair;
  return to;
}

// The fields that are signed, by name.
struct Fields {
  std::string lines;  // "host:example.com\n..."
  std::string names;  // "host;x-amz-date"

  void add(std::string_view name, std::string_view value) {
    if (value.empty()) return;
    (((lines += name) += ':') += value) += '\n';
    (names += names.empty() ? "" : ";") += name;
  }
};

std::string canonical_request(const AwsRequest& request, const Fields& fields) {
  const auto question = std::min(request.target.find('?'), request.target.size());
  std::string to(request.method);
  (to += '\n') += canonical_path(request.target.substr(0, question));
  (to += '\n') += canonical_query(request.target.substr(std::min(question + 1, request.target.size())));
  (to += '\n') += fields.lines;
  (to += '\n') += fields.names;
  return (to += '\n') += crypto::hex(crypto::sha256(request.body).bytes());
}

}  // namespace

const std::string& AwsSigner::signing_key(const std::string& date, std::string_view service) {
  std::string scope = date + '/' + key_.region + '/';
  ((scope += service) += '/') += scope_end;
  if (scope == scope_) return signing_key_;
  signing_key_ = "AWS4" + std::string(key_.secret.reveal());
  for (const std::string_view step : {std::string_view(date), std::string_view(key_.region), service, scope_end})
    signing_key_ = text_of(crypto::hmac_sha256(signing_key_, step));
  scope_ = std::move(scope);
  return signing_key_;
}

void AwsSigner::append(std::string& head, const AwsRequest& request, WallTime now) {
  const std::string time = time_text(now);
  Fields fields;
  fields.add("content-type", request.content_type);
  fields.add("host", request.host);
  fields.add("x-amz-date", time);
  fields.add("x-amz-security-token", key_.session.reveal());
  const auto& key = signing_key(time.substr(0, date_size), request.service);
  std::string to_sign(algorithm);
  ((to_sign += '\n') += time) += '\n';
  (to_sign += scope_) += '\n';
  to_sign += crypto::hex(crypto::sha256(canonical_request(request, fields)).bytes());
  std::string proof(algorithm);
  (((proof += " Credential=") += key_.id) += '/') += scope_;
  (proof += ", SignedHeaders=") += fields.names;
  (proof += ", Signature=") += crypto::hex(crypto::hmac_sha256(key, to_sign).bytes());
  http::append_field(head, "X-Amz-Date", time);
  if (!key_.session.empty()) http::append_field(head, "X-Amz-Security-Token", key_.session.reveal());
  http::append_field(head, "Authorization", proof);
}

}  // namespace genai::providers

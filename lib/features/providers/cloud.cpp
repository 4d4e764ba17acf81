#include "features/providers/cloud.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "platform/config/config.hpp"

namespace genai::providers {
namespace {

constexpr std::size_t longest_name = 63;  // of a part of a host's name

bool is_lower_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

// Places stand in hosts' names and in paths.
bool is_place(std::string_view name) {
  const auto fits = [](char c) { return is_lower_or_digit(c) || c == '-'; };
  return !name.empty() && name.size() <= longest_name && std::all_of(name.begin(), name.end(), fits) && is_lower_or_digit(name.front()) && is_lower_or_digit(name.back());
}

// "example.com:my-project-7" is one, too: what belongs to a domain.
bool is_project(std::string_view name) {
  const auto fits = [](char c) { return is_lower_or_digit(c) || c == '-' || c == '.' || c == ':'; };
  return !name.empty() && name.size() <= 2 * longest_name && std::all_of(name.begin(), name.end(), fits) && is_lower_or_digit(name.front()) && is_lower_or_digit(name.back());
}

std::string place(const config::Value& value, bool (*is_right)(std::string_view), std::string_view example) {
  auto text = value.text_or("");
  if (!value.present() || is_right(text)) return text;
  value.problem("expected a name of lower-case letters, digits and '-', like " + std::string(example));
  return {};
}

// Vertex AI's host is that of its location; the global one has none.
std::string vertex_host(std::string_view location) {
  constexpr std::string_view service = "aiplatform";
  if (location.empty()) return {};
  return location == "global" ? std::string(service) : std::string(location) + "-" + std::string(service);
}

}  // namespace

AwsConfig read_aws(config::Map& map) {
  AwsConfig aws;
  aws.region = place(map.required("region", "the region whose Bedrock is asked, and for which requests are signed"), is_place, "eu-central-1");
  const auto id = map.optional("access_key_id", "of the access key with which requests are signed; usually \"${env:AWS_ACCESS_KEY_ID}\"");
  aws.key_id = id.text_or("");
  if (id.present() && !std::all_of(aws.key_id.begin(), aws.key_id.end(), [](char c) { return is_lower_or_digit(c) || (c >= 'A' && c <= 'Z'); })) id.problem("expected letters and digits, like AKIAIOSFODNN7EXAMPLE");
  const auto secret = map.optional("secret_access_key", "the other half of the access key, read from \"${env:AWS_SECRET_ACCESS_KEY}\"");
  aws.secret_key = secret.secret();
  if (id.present() != secret.present()) (id.present() ? secret : id).problem("missing: access_key_id and secret_access_key go together");
  const auto session = map.optional("session_token", "of temporary access keys, read from \"${env:AWS_SESSION_TOKEN}\"");
  aws.session_token = session.secret();
  if (session.present() && !id.present()) session.problem("goes with access_key_id and secret_access_key");
  return aws;
}

GoogleConfig read_google(config::Map& map) {
  GoogleConfig google;
  google.project = place(map.required("project", "the id of the Google Cloud project that is billed"), is_project, "my-project-7");
  google.location = place(map.required("location", "the region whose Vertex AI is asked, or global"), is_place, "europe-west1");
  google.service_account = map.optional("service_account", "the JSON file of a service account as which requests are sent; tokens are fetched with its key").file();
  return google;
}

std::string at_place(std::string_view pattern, const AwsConfig& aws, const GoogleConfig& google) {
  const std::array<std::pair<std::string_view, std::string>, 4> places{
      {{"{region}", aws.region}, {"{project}", google.project}, {"{location}", google.location}, {"{vertex}", vertex_host(google.location)}}};
  std::string to(pattern);
  for (const auto& [mark, value] : places) {
    if (value.empty()) continue;
    for (auto at = to.find(mark); at != to.npos; at = to.find(mark, at + value.size())) to.replace(at, mark.size(), value);
  }
  return to;
}

}  // namespace genai::providers

#include "features/providers/google_account.hpp"

#include <nlohmann/json.hpp>

#include "fakes/rsa_key.hpp"
#include "platform/crypto/encoding.hpp"
#include "test.hpp"

using namespace genai;
using namespace genai::providers;
using Json = nlohmann::json;

namespace {

Json account() {
  return {{"type", "service_account"}, {"client_email", "a@b.example"}, {"private_key_id", "k1"}, {"private_key", fakes::rsa_key}, {"token_uri", "https://oauth2.googleapis.com/token"}, {"universe_domain", "googleapis.com"}};
}

std::string problem(const Json& json) {
  const auto read = read_service_account(json.dump());
  REQUIRE(read.has_error());
  CHECK(read.error().code == Code::config_error);
  return read.error().what;
}

Json without(const char* name) {
  auto json = account();
  json.erase(name);
  return json;
}

Json with(const char* name, const char* value) {
  auto json = account();
  json[name] = value;
  return json;
}

std::string told(int status, std::string_view body) {
  const auto token = read_token(status, body);
  REQUIRE(token.has_error());
  return std::string(row(token.error().code).name) + ": " + token.error().what;
}

}  // namespace

TEST_CASE("a service account's file is read", "[providers]") {
  const auto read = read_service_account(account().dump());
  REQUIRE(read.has_value());
  CHECK(read->email == "a@b.example");
  CHECK(read->key_id == "k1");
  CHECK(read->token_uri == "https://oauth2.googleapis.com/token");
  CHECK(read->private_key.reveal() == fakes::rsa_key);
  CHECK(read_service_account(without("private_key_id").dump()).has_value());
  CHECK(problem("text") == "is not the JSON of a service account");
  CHECK(read_service_account("{\"type\":").error().what == "is not JSON");
  CHECK(problem(with("type", "authorized_user")) == "is not the file of a service account: its type is another one");
  for (const char* name : {"client_email", "private_key", "token_uri"}) CHECK(problem(without(name)) == "needs client_email, private_key and token_uri");
  CHECK(problem(with("private_key", "secret words")) == "private_key: this is no private key in PEM without a password");
  CHECK(problem(with("token_uri", "http://tokens.example")) == "token_uri is not a usable https address");
  CHECK(read_service_account(with("token_uri", "http://127.0.0.1:8080/token").dump()).has_value());
}

TEST_CASE("tokens are asked for with a signed assertion of an hour", "[providers]") {
  const auto read = read_service_account(account().dump());
  REQUIRE(read.has_value());
  const auto key = crypto::SigningKey::of_pem(read->private_key);
  REQUIRE(key.has_value());
  const WallTime now{std::chrono::seconds(1'763'700'000)};
  const auto body = token_request(*read, *key, now);
  REQUIRE(body.has_value());
  const std::string begin = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=";
  REQUIRE(body->starts_with(begin));
  const std::string assertion = body->substr(begin.size());
  const auto first = assertion.find('.'), second = assertion.rfind('.');
  CHECK(Json::parse(*crypto::from_base64url(assertion.substr(0, first))) == Json{{"alg", "RS256"}, {"typ", "JWT"}, {"kid", "k1"}});
  CHECK(Json::parse(*crypto::from_base64url(assertion.substr(first + 1, second - first - 1))) ==
        Json{{"iss", "a@b.example"}, {"scope", "https://www.googleapis.com/auth/cloud-platform"}, {"aud", read->token_uri}, {"iat", 1'763'700'000}, {"exp", 1'763'703'600}});
  CHECK(crypto::from_base64url(assertion.substr(second + 1)) == *key->sign(assertion.substr(0, second)));
}

TEST_CASE("answers to requests for tokens", "[providers]") {
  const auto token = read_token(200, R"({"access_token":"ya29.abc","expires_in":3599,"token_type":"Bearer","scope":"x"})");
  REQUIRE(token.has_value());
  CHECK(token->text.reveal() == "ya29.abc");
  CHECK(token->lifetime == std::chrono::seconds(3599));
  CHECK(told(400, R"({"error":"invalid_grant","error_description":"Invalid JWT: a@b.example"})") ==
        "upstream_auth: the provider's token endpoint refused the gateway's service account (HTTP 400, invalid_grant)");
  CHECK(told(401, R"({"error":"<b>words</b>"})") == "upstream_auth: the provider's token endpoint refused the gateway's service account (HTTP 401)");
  CHECK(told(503, "<html>") == "upstream_error: the provider's token endpoint failed (HTTP 503)");
  CHECK(told(302, "") == "upstream_error: the provider's token endpoint failed (HTTP 302)");
  CHECK(told(200, "<html>") == "upstream_protocol: the provider's token endpoint gave no token: its answer is no JSON object");
  CHECK(told(200, "{}") == "upstream_protocol: the provider's token endpoint gave no token: its answer holds none");
  CHECK(told(200, R"({"access_token":"a\r\nb","expires_in":1})") == "upstream_protocol: the provider's token endpoint gave no token: its answer holds none");
  CHECK(told(200, R"({"access_token":"a","expires_in":1,"token_type":"mac"})") == "upstream_protocol: the provider's token endpoint gave no token: it is of another kind than Bearer");
  for (const char* lifetime : {"0", "-5", "1e9", "99999999", "\"3599\"", "null"})
    CHECK(told(200, std::string(R"({"access_token":"a","expires_in":)") + lifetime + "}") == "upstream_protocol: the provider's token endpoint gave no token: it does not say for how long it holds");
}

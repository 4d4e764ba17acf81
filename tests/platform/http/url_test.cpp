#include "platform/http/client.hpp"
#include "test.hpp"

namespace genai::http {

TEST_CASE("URLs taken apart") {
  const auto check = [](std::string_view text, const std::string& endpoint, std::string_view authority, std::string_view path) {
    INFO(text);
    const auto url = parse_url(text);
    REQUIRE(url.has_value());
    CHECK(url->endpoint.text() == endpoint);
    CHECK(url->authority == authority);
    CHECK(url->path == path);
  };
  check("http://api.example", "api.example:80", "api.example", "/");
  check("http://api.example/", "api.example:80", "api.example", "/");
  check("http://api.example:8080/v1/", "api.example:8080", "api.example:8080", "/v1");
  check("http://api.example/v1?x=a/", "api.example:80", "api.example", "/v1?x=a/");
  check("http://api.example?x", "api.example:80", "api.example", "/?x");
  check("https://api.example/v1", "api.example:443", "api.example", "/v1");
  check("https://api.example:8443", "api.example:8443", "api.example:8443", "/");
  CHECK(parse_url("https://a/")->tls);
  CHECK_FALSE(parse_url("http://a/")->tls);
  check("http://[::1]/v1", "[::1]:80", "[::1]", "/v1");
  check("http://[::1]:81/v1", "[::1]:81", "[::1]:81", "/v1");
}

TEST_CASE("URLs refused, with the reason") {
  const auto why = [](std::string_view text) {
    const auto url = parse_url(text);
    REQUIRE(url.has_error());
    CHECK(row(url.error().code).exit == 2);
    return url.error().what;
  };
  using Catch::Matchers::Contains;
  CHECK_THAT(why("ftp://a/"), Contains("http:// or https://"));
  CHECK_THAT(why("a:80"), Contains("http://"));
  CHECK_THAT(why(""), Contains("http://"));
  CHECK_THAT(why("http://"), Contains("host"));
  CHECK_THAT(why("http:///v1"), Contains("host"));
  CHECK_THAT(why("http://:80/"), Contains("host"));
  CHECK_THAT(why("http://user:secret@a/"), Contains("user or password"));
  CHECK_THAT(why("http://a/#f"), Contains("fragment"));
  CHECK_THAT(why("http://a:/"), Contains("port"));
  CHECK_THAT(why("http://a:65536/"), Contains("port"));
  CHECK_THAT(why("http://a:80x/"), Contains("port"));
  CHECK_THAT(why("http://a b/"), Contains("blank"));
  CHECK_THAT(why("http://a/\r\nX: y"), Contains("control"));
  CHECK_THAT(why("http://\xc3\xa4/"), Contains("non-ASCII"));
  CHECK_THAT(why("http://a\\b/"), Contains("malformed"));
  CHECK_THAT(why("http://::1/"), Contains("malformed"));
  CHECK_THAT(why("http://[::1/"), Contains("malformed"));
}

}  // namespace genai::http

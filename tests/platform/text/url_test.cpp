#include "platform/text/url.hpp"

#include "test.hpp"

using namespace genai;

TEST_CASE("addresses are split into their parts") {
  const auto url = text::parse_url("HTTP://LocalHost:8000/v1").value();
  CHECK(url.scheme == "http");
  CHECK(url.host == "localhost");
  CHECK(url.port == 8000);
  CHECK(url.path == "/v1");
  CHECK(text::parse_url("https://api.example.com").value().port == 443);
  CHECK(text::parse_url("http://[::1]:1/").value().host == "::1");
}

TEST_CASE("what no upstream needs is refused, without repeating it") {
  for (const char* text : {"", "localhost:8000", "ftp://host", "http://", "http://:80", "http://user:secret@host/", "http://host?key=secret", "http://host#x",
                           "http://ho st", "http://host\r\nX: y", "http://host:0", "http://host:65536", "http://host:80x", "http://host:", "http://[::1",
                           "http://[host]", "http://[::1]x", "http://host\\@other", "http://h\xC3\xB6st", "http://a%2fb"}) {
    INFO(text);
    const auto url = text::parse_url(text);
    REQUIRE_FALSE(url.has_value());
    CHECK(url.error().what.find("secret") == std::string::npos);
  }
}

TEST_CASE("only names and addresses of this machine are loopback") {
  for (const char* host : {"localhost", "LOCALHOST", "a.localhost", "127.0.0.1", "127.255.0.3", "::1"}) CHECK(text::is_loopback(host));
  for (const char* host : {"", "127.0.0.1.example.com", "127.1", "127.0.0.256", "127.0.0.1.", "128.0.0.1", "10.0.0.1", "localhost.example.com", "::2", "127.0..1"})
    CHECK_FALSE(text::is_loopback(host));
}

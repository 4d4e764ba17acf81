#include "platform/http/census.hpp"

#include "test.hpp"

namespace genai::http {

TEST_CASE("H21 connections are counted in total and by address") {
  Census census(5, 2);
  CHECK(census.enter("10.0.0.1"));
  CHECK(census.enter("10.0.0.1"));
  CHECK_FALSE(census.enter("10.0.0.1"));
  CHECK(census.enter("10.0.0.2"));
  census.leave("10.0.0.1");
  CHECK(census.enter("10.0.0.1"));
  CHECK(census.enter("[fe80::1]"));
  CHECK_FALSE(census.full());
  CHECK(census.enter("[fe80::1]"));
  CHECK(census.full());
  census.leave("10.0.0.2");
  CHECK_FALSE(census.full());
}

TEST_CASE("H21 this machine's own connections have no limit of their own") {
  Census census(100, 1);
  for (const std::string peer : {"127.0.0.1:5000", "127.3.2.1:1", "[::1]:80", "unix:/", "unknown"}) {
    INFO(peer);
    CHECK(census.enter(Census::address_of(peer)));
    CHECK(census.enter(Census::address_of(peer)));
  }
  CHECK(Census::address_of("10.0.0.1:80") == "10.0.0.1");
  CHECK(Census::address_of("[fe80::1]:80") == "[fe80::1]");
}

}  // namespace genai::http

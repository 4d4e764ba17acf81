#include "platform/text/bytes.hpp"

#include "test.hpp"

using namespace genai;
using namespace genai::text;

TEST_CASE("sizes in bytes are read with and without a unit") {
  CHECK(parse_bytes("0").value() == 0);
  CHECK(parse_bytes("4096").value() == 4096);
  CHECK(parse_bytes("7B").value() == 7);
  CHECK(parse_bytes("1KB").value() == 1000);
  CHECK(parse_bytes("1KiB").value() == 1024);
  CHECK(parse_bytes("32MiB").value() == 32u << 20);
  CHECK(parse_bytes("2GB").value() == 2'000'000'000);
  CHECK(parse_bytes("9223372036854775807").value() == INT64_MAX);
  for (const auto bytes : {0ULL, 1ULL, 999ULL, 1000ULL, 1024ULL, 1536ULL, 32ULL << 20, 5'000'000'000ULL}) CHECK(parse_bytes(format_bytes(bytes)).value() == bytes);
  CHECK(format_bytes(32 << 20) == "32MiB");
  CHECK(format_bytes(5'000'000) == "5MB");
}

TEST_CASE("P3: what is no size in bytes is refused with what was found") {
  for (const auto text : {"", "MiB", "-1", "+1", "1.5MiB", "1 MiB", "1mib", "1K", "0x10", "1MiBs"}) {
    INFO(text);
    REQUIRE(parse_bytes(text).has_error());
    CHECK(parse_bytes(text).error().what == "expected a number of bytes such as 4096, 512KiB or 32MiB, found '" + std::string(text) + "'");
  }
  for (const auto text : {"9223372036854775808", "99999999999999999999999", "9223372036854775807KB", "8589934592GiB"}) {
    INFO(text);
    CHECK(parse_bytes(text).error().what == "expected fewer bytes, found '" + std::string(text) + "'");
  }
}

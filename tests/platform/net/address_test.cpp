#include "platform/net/address.hpp"

#include "test.hpp"

namespace genai::net {
namespace {

AddressSet set_of(std::initializer_list<std::string_view> ranges) {
  AddressSet set;
  for (const auto range : ranges) REQUIRE(set.add(range).has_value());
  return set;
}

std::string why(std::string_view range) {
  AddressSet set;
  const auto added = set.add(range);
  return added.has_value() ? "no problem" : added.error().what;
}

}  // namespace

TEST_CASE("addresses are read strictly, alone or as a peer's") {
  CHECK(IpAddress::parse("10.0.0.1")->text() == "10.0.0.1");
  CHECK(IpAddress::parse("2001:DB8::1")->text() == "2001:db8::1");
  CHECK(IpAddress::parse("::ffff:10.0.0.1")->text() == "10.0.0.1");
  CHECK(IpAddress::parse("::ffff:10.0.0.1") == IpAddress::parse("10.0.0.1"));
  for (const auto text : {"", "10.0.0", "10.0.0.01", "10.0.0.256", "1", "fe80::1%eth0", "[::1]", "10.0.0.1:80", " 10.0.0.1", "localhost"}) {
    INFO(text);
    CHECK_FALSE(IpAddress::parse(text));
  }
  for (const auto text : {"10.0.0.1", "10.0.0.1:80", "10.0.0.1:65535"}) CHECK(IpAddress::of_peer(text)->text() == "10.0.0.1");
  for (const auto text : {"::1", "[::1]", "[::1]:80"}) CHECK(IpAddress::of_peer(text)->text() == "::1");
  for (const auto text : {"", "memory", "unix:/run/x", "[10.0.0.1]", "[::1", "[::1]80", "[::1]:", "10.0.0.1:", "10.0.0.1:x", "10.0.0.1:123456"}) {
    INFO(text);
    CHECK_FALSE(IpAddress::of_peer(text));
  }
}

TEST_CASE("sets of addresses hold what their prefixes say") {
  const auto set = set_of({"10.0.0.0/8", "192.168.4.0/22", "203.0.113.7", "2001:db8::/33", "::1"});
  for (const auto text : {"10.0.0.0", "10.255.255.255", "192.168.7.255", "203.0.113.7", "::ffff:10.1.1.1", "2001:db8:7fff::1", "::1"}) {
    INFO(text);
    CHECK(set.contains(*IpAddress::parse(text)));
  }
  for (const auto text : {"11.0.0.0", "9.255.255.255", "192.168.8.0", "192.168.3.255", "203.0.113.6", "2001:db8:8000::", "::2", "::a00:1"}) {
    INFO(text);
    CHECK_FALSE(set.contains(*IpAddress::parse(text)));
  }
  CHECK(set.contains_peer("10.0.0.1:443"));
  CHECK_FALSE(set.contains_peer("unix:/run/x"));
  CHECK(set_of({"0.0.0.0/0"}).contains_peer("8.8.8.8"));
  CHECK_FALSE(set_of({"0.0.0.0/0"}).contains_peer("2001:db8::1"));
  CHECK(set_of({"::/0"}).contains_peer("2001:db8::1"));
  CHECK(AddressSet::loopback().contains_peer("127.3.2.1:1"));
  CHECK(AddressSet::loopback().contains_peer("[::1]:1"));
  CHECK_FALSE(AddressSet::loopback().contains_peer("128.0.0.1:1"));
  CHECK_FALSE(AddressSet().contains_peer("127.0.0.1"));
}

TEST_CASE("P3: ranges that are none are refused with the reason") {
  CHECK(why("10.0.0.0/33") == "'10.0.0.0/33' is no address range: the prefix length must be 0 to 32");
  CHECK(why("::/129") == "'::/129' is no address range: the prefix length must be 0 to 128");
  CHECK(why("10.0.0.1/8") == "'10.0.0.1/8' is no address range: it has bits beyond its prefix");
  for (const auto text : {"", "/8", "host/8", "10.0.0.0/", "10.0.0.0/8/8", "10.0.0.0/-1", "10.0.0.0/ 8"}) {
    INFO(text);
    CHECK(why(text) != "no problem");
  }
}

}  // namespace genai::net

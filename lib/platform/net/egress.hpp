// Where this process may connect to, as its owner lists it: the last line of defence stands in the loop itself.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "platform/net/address.hpp"
#include "platform/net/stream.hpp"

namespace genai::net {

// Any thread once filled.
class Egress {
 public:
  // "api.example", "*.example" (what is below it), "10.0.0.0/8" or one address, each with a port behind it or for all ports ("[::1]:80" as usual).
  // invalid_value when it is none of these.
  Result<void> allow(std::string_view rule);

  enum class Verdict {
    allowed,     // by its name, whatever its addresses are; or it is an address that is listed
    by_address,  // only ranges of addresses are left that could allow it: each address it has must be asked about
    refused
  };
  // A name or an address without brackets; a Unix socket leaves nothing and is always allowed.
  Verdict judge(const Endpoint& to) const;
  bool allows(const IpAddress& address, std::uint16_t port) const;

 private:
  struct Name {
    std::string text;  // lower case; with its dot, if what is below it is meant
    bool below = false;
    std::optional<std::uint16_t> port;
  };
  struct Range {
    AddressSet addresses;
    std::optional<std::uint16_t> port;
  };
  std::vector<Name> names_;
  std::vector<Range> ranges_;
};

}  // namespace genai::net

// IP addresses and sets of them, as configuration and header fields write them.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace genai::net {

// One IPv4 or IPv6 address without port or zone. An IPv4 address that is mapped into IPv6 (RFC 4291, section 2.5.5.2) is that IPv4 address.
class IpAddress {
 public:
  // "10.0.0.1" or "::1", nothing around it.
  static std::optional<IpAddress> parse(std::string_view text);
  // The same, or as streams and proxies name a peer: "10.0.0.1:80", "[::1]", "[::1]:80".
  static std::optional<IpAddress> of_peer(std::string_view text);
  // Of 4 or 16 bytes in network order.
  static std::optional<IpAddress> of_bytes(std::string_view bytes);

  bool is_v4() const;
  std::string text() const;
  friend bool operator==(const IpAddress&, const IpAddress&) = default;

 private:
  friend class AddressSet;
  std::array<std::uint8_t, 16> bytes_{};  // IPv4 is mapped
};

// A few address ranges. Asked on hot paths: a scan, without allocation.
class AddressSet {
 public:
  // "10.0.0.0/8", "2001:db8::/32", or one address. invalid_value when it is neither, or has bits beyond its prefix.
  Result<void> add(std::string_view range);
  // 127.0.0.0/8 and ::1.
  static AddressSet loopback();

  bool contains(const IpAddress& address) const;
  // A peer as IpAddress::of_peer reads it; what is no IP address is in no set.
  bool contains_peer(std::string_view peer) const;
  bool empty() const { return ranges_.empty(); }

 private:
  struct Range {
    IpAddress first;
    unsigned bits;  // of the 128
  };
  std::vector<Range> ranges_;
};

}  // namespace genai::net

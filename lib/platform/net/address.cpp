#include "platform/net/address.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace genai::net {
namespace {

constexpr std::array<std::uint8_t, 12> mapped_prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr unsigned mapped_bits = 96;
constexpr std::size_t longest_text = INET6_ADDRSTRLEN;

unsigned bit_of(const std::array<std::uint8_t, 16>& bytes, unsigned index) { return (bytes[index / 8] >> (7 - index % 8)) & 1U; }

}  // namespace

std::optional<IpAddress> IpAddress::of_bytes(std::string_view bytes) {
  IpAddress address;
  if (bytes.size() == 4) {
    std::copy(mapped_prefix.begin(), mapped_prefix.end(), address.bytes_.begin());
    std::memcpy(address.bytes_.data() + mapped_prefix.size(), bytes.data(), 4);
  } else if (bytes.size() == 16) {
    std::memcpy(address.bytes_.data(), bytes.data(), 16);
  } else {
    return std::nullopt;
  }
  return address;
}

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
  char terminated[longest_text];
  if (text.empty() || text.size() >= sizeof terminated || text.find('\0') != std::string_view::npos) return std::nullopt;
  terminated[text.copy(terminated, text.size())] = '\0';
  char bytes[16];
  if (::inet_pton(AF_INET, terminated, bytes) == 1) return of_bytes({bytes, 4});
  if (::inet_pton(AF_INET6, terminated, bytes) == 1) return of_bytes({bytes, 16});
  return std::nullopt;
}

std::optional<IpAddress> IpAddress::of_peer(std::string_view text) {
  const auto is_port = [](std::string_view rest) {
    return rest.size() >= 2 && rest.size() <= 6 && rest[0] == ':' && std::all_of(rest.begin() + 1, rest.end(), [](char c) { return c >= '0' && c <= '9'; });
  };
  if (text.starts_with('[')) {
    const auto close = text.find(']');
    if (close == std::string_view::npos || (close + 1 < text.size() && !is_port(text.substr(close + 1)))) return std::nullopt;
    const auto inside = text.substr(1, close - 1);
    return inside.find(':') == std::string_view::npos ? std::nullopt : parse(inside);
  }
  const auto colon = text.find(':');
  const bool one_colon = colon != std::string_view::npos && text.find(':', colon + 1) == std::string_view::npos;
  if (!one_colon) return parse(text);
  return is_port(text.substr(colon)) ? parse(text.substr(0, colon)) : std::nullopt;
}

bool IpAddress::is_v4() const { return std::equal(mapped_prefix.begin(), mapped_prefix.end(), bytes_.begin()); }

std::string IpAddress::text() const {
  char buffer[longest_text];
  const bool v4 = is_v4();
  return ::inet_ntop(v4 ? AF_INET : AF_INET6, bytes_.data() + (v4 ? mapped_prefix.size() : 0), buffer, sizeof buffer);
}

Result<void> AddressSet::add(std::string_view range) {
  const auto refused = [&](std::string_view why) {
    return Error{Code::invalid_value, "'" + std::string(range.substr(0, 64)) + "' is no address range: " + std::string(why), ""};
  };
  const auto slash = std::min(range.find('/'), range.size());
  const auto written = range.substr(0, slash);
  const auto address = IpAddress::parse(written);
  if (!address) return refused("expected an address and a prefix length such as 10.0.0.0/8 or 2001:db8::/32");
  const bool as_v4 = written.find(':') == std::string_view::npos;
  unsigned bits = 128;
  if (slash < range.size()) {
    const auto digits = range.substr(slash + 1);
    const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
    if (failure != std::errc() || end != digits.data() + digits.size() || bits > (as_v4 ? 32U : 128U))
      return refused(as_v4 ? "the prefix length must be 0 to 32" : "the prefix length must be 0 to 128");
    if (as_v4) bits += mapped_bits;
  }
  for (unsigned i = bits; i < 128; ++i) {
    if (bit_of(address->bytes_, i) != 0) return refused("it has bits beyond its prefix");
  }
  ranges_.push_back({*address, bits});
  return {};
}

AddressSet AddressSet::loopback() {
  AddressSet set;
  set.ranges_ = {{*IpAddress::parse("127.0.0.0"), mapped_bits + 8}, {*IpAddress::parse("::1"), 128}};
  return set;
}

bool AddressSet::contains(const IpAddress& address) const {
  return std::any_of(ranges_.begin(), ranges_.end(), [&](const Range& range) {
    const std::size_t whole = range.bits / 8;
    if (std::memcmp(range.first.bytes_.data(), address.bytes_.data(), whole) != 0) return false;
    const unsigned rest = range.bits % 8;
    return rest == 0 || (range.first.bytes_[whole] >> (8 - rest)) == (address.bytes_[whole] >> (8 - rest));
  });
}

bool AddressSet::contains_peer(std::string_view peer) const {
  if (ranges_.empty()) return false;
  const auto address = IpAddress::of_peer(peer);
  return address && contains(*address);
}

}  // namespace genai::net

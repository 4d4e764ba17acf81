#include "platform/net/proxy_header.hpp"

#include <string>

#include "platform/net/address.hpp"

namespace genai::net {
namespace {

constexpr std::string_view signature("\r\n\r\n\0\r\nQUIT\n", 12);
constexpr unsigned char version_local = 0x20, version_proxy = 0x21;
constexpr unsigned char unspecified = 0x00, tcp4 = 0x11, tcp6 = 0x21, unix_stream = 0x31;
constexpr std::size_t tcp4_addresses = 12, tcp6_addresses = 36, unix_addresses = 216;  // what the families' blocks are long at least

Error refused(std::string what) { return Error{Code::bad_request, "no PROXY protocol header: " + std::move(what), ""}; }

unsigned byte_at(std::string_view bytes, std::size_t at) { return static_cast<unsigned char>(bytes[at]); }
unsigned number_at(std::string_view bytes, std::size_t at) { return byte_at(bytes, at) << 8 | byte_at(bytes, at + 1); }

std::size_t least_block(unsigned family) {
  switch (family) {
    case tcp4: return tcp4_addresses;
    case tcp6: return tcp6_addresses;
    case unix_stream: return unix_addresses;
    default: return 0;
  }
}

}  // namespace

Result<std::size_t> proxy_header_length(std::string_view start) {
  if (start.size() < proxy_header_start || !start.starts_with(signature)) return refused("it begins with other bytes");
  if (const auto version = byte_at(start, 12); version != version_local && version != version_proxy) return refused("an unknown version or command");
  const std::size_t length = proxy_header_start + number_at(start, 14);
  if (length > max_proxy_header) return refused("it is longer than " + std::to_string(max_proxy_header) + " bytes");
  return length;
}

Result<ProxyHeader> parse_proxy_header(std::string_view header) {
  const auto length = proxy_header_length(header);
  if (!length) return length.error();
  if (header.size() != *length) return refused("it is not as long as it says");
  if (byte_at(header, 12) == version_local) return ProxyHeader{};
  const unsigned family = byte_at(header, 13);
  if (family != unspecified && family != tcp4 && family != tcp6 && family != unix_stream) return refused("an unknown family or transport");
  const auto block = header.substr(proxy_header_start);
  if (block.size() < least_block(family)) return refused("its addresses are cut short");
  if (family != tcp4 && family != tcp6) return ProxyHeader{};
  const std::size_t size = family == tcp4 ? 4 : 16;
  return ProxyHeader{Endpoint{IpAddress::of_bytes(block.substr(0, size))->text(), static_cast<std::uint16_t>(number_at(block, 2 * size))}};
}

Task<Result<ProxyHeader>> read_proxy_header(Stream& stream, MonoTime deadline) {
  std::string header(proxy_header_start, '\0');
  std::size_t got = 0;
  bool late = false;
  Timer timer(stream.loop(), [&stream, &late] {
    late = true;
    stream.close();
  });
  timer.set(deadline);
  for (;;) {
    const auto free = std::span(header).subspan(got);
    const auto read = co_await Read(stream, free);
    if (late) co_return Error{Code::request_timeout, "the PROXY protocol header did not arrive in time", ""};
    if (!read.ok() || read.bytes == 0) co_return refused("the connection ended before it was complete");
    got += read.bytes;
    if (got < header.size()) continue;
    const auto length = proxy_header_length(header);
    if (!length) co_return length.error();
    if (*length == got) co_return parse_proxy_header(header);
    header.resize(*length);
  }
}

}  // namespace genai::net

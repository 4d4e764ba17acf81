// The header of the PROXY protocol, version 2, by which a TCP proxy says whose connection it passes on.
// The specification is HAProxy's "The PROXY protocol", section 2.2; version 1, the text form, is not spoken.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "base/error.hpp"
#include "platform/net/stream.hpp"

namespace genai::net {

inline constexpr std::size_t proxy_header_start = 16;          // bytes that say how long the rest is
inline constexpr std::size_t max_proxy_header = 4 * 1024;      // in all, with its extensions, which are not looked at

struct ProxyHeader {
  // The client. Nothing: the connection is the proxy's own (LOCAL, a health check), or of a family without addresses.
  std::optional<Endpoint> source;
};

// The length of the whole header from its first 16 bytes. bad_request: it is none, or too long.
Result<std::size_t> proxy_header_length(std::string_view start);
// A whole header, no more and no less. bad_request: it is none.
Result<ProxyHeader> parse_proxy_header(std::string_view header);
// Takes the header from the stream, and no byte behind it. bad_request; request_timeout when it is not there at `deadline`, whereupon the stream is closed.
Task<Result<ProxyHeader>> read_proxy_header(Stream& stream, MonoTime deadline);

}  // namespace genai::net

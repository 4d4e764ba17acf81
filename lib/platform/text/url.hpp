// The parts of an http address, strictly.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace genai::text {

// http or https, a host, a port (the scheme's own if none is written), a path that is empty or begins with a slash.
struct Url {
  std::string scheme;  // lower case
  std::string host;    // lower case, an IPv6 literal without its brackets
  std::uint16_t port = 0;
  std::string path;
};

// Refuses other schemes, credentials, queries, fragments, blanks and control bytes with a sentence that says which. Never repeats what could be a secret.
Result<Url> parse_url(std::string_view text);

// A name as one segment of a path (RFC 3986, section 2.3): what is not unreserved is %XX.
std::string percent_encoded(std::string_view name);

// The host is this machine whatever a resolver says: localhost and below, 127.0.0.0/8, ::1.
bool is_loopback(std::string_view host);

}  // namespace genai::text

// PROXY protocol headers, version 2, as a proxy writes them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace genai::net {

inline std::string proxy_start(int version_and_command, int family, std::size_t length) {
  std::string header("\r\n\r\n\0\r\nQUIT\n", 12);
  header += static_cast<char>(version_and_command);
  header += static_cast<char>(family);
  header += static_cast<char>(length >> 8);
  header += static_cast<char>(length & 0xff);
  return header;
}

// 203.0.113.9:4660 to 10.0.0.1:443.
inline std::string proxy_tcp4(std::string_view extensions = "") {
  return proxy_start(0x21, 0x11, 12 + extensions.size()) + std::string("\xcb\x00\x71\x09\x0a\x00\x00\x01\x12\x34\x01\xbb", 12) + std::string(extensions);
}

// [2001:db8::9]:4660 to [::1]:443.
inline std::string proxy_tcp6() {
  std::string source(16, '\0'), target(16, '\0');
  source.replace(0, 4, "\x20\x01\x0d\xb8");
  source[15] = '\x09';
  target[15] = '\x01';
  return proxy_start(0x21, 0x21, 36) + source + target + "\x12\x34\x01\xbb";
}

inline std::string proxy_local() { return proxy_start(0x20, 0x00, 0); }

}  // namespace genai::net

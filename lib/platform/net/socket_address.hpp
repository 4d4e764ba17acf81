// Addresses as the kernel takes them.
#pragma once

#include <sys/socket.h>
#include <sys/un.h>

#include <optional>
#include <string>

#include "platform/net/stream.hpp"

namespace genai::net {

// A numeric IPv4, IPv6 or Unix address. Never a name.
class SocketAddress {
 public:
  static std::optional<SocketAddress> numeric(const std::string& host, std::uint16_t port);
  static std::optional<SocketAddress> of_local(int socket);
  static std::optional<SocketAddress> of_peer(int socket);

  int family() const { return storage_.ss_family; }
  const sockaddr* raw() const { return reinterpret_cast<const sockaddr*>(&storage_); }
  socklen_t size() const { return size_; }
  Endpoint endpoint() const;

 private:
  sockaddr_storage storage_{};
  socklen_t size_ = 0;
};

}  // namespace genai::net

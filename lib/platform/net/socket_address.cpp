#include "platform/net/socket_address.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <cstring>

namespace genai::net {
namespace {

// The kernel's address structures overlay one storage.
template <class Raw, class Storage>
auto* as(Storage& storage) {
  return reinterpret_cast<std::conditional_t<std::is_const_v<Storage>, const Raw, Raw>*>(&storage);
}

}  // namespace

std::optional<SocketAddress> SocketAddress::numeric(const std::string& host, std::uint16_t port) {
  SocketAddress address;
  if (host.starts_with('/')) {
    auto* local = as<sockaddr_un>(address.storage_);
    if (host.size() >= sizeof local->sun_path) return std::nullopt;
    local->sun_family = AF_UNIX;
    std::memcpy(local->sun_path, host.c_str(), host.size() + 1);
    address.size_ = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + host.size() + 1);
    return address;
  }
  auto* v4 = as<sockaddr_in>(address.storage_);
  if (::inet_pton(AF_INET, host.c_str(), &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons(port);
    address.size_ = sizeof *v4;
    return address;
  }
  auto* v6 = as<sockaddr_in6>(address.storage_);
  if (::inet_pton(AF_INET6, host.c_str(), &v6->sin6_addr) == 1) {
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(port);
    address.size_ = sizeof *v6;
    return address;
  }
  return std::nullopt;
}

std::optional<SocketAddress> SocketAddress::of_local(int socket) {
  SocketAddress address;
  address.size_ = sizeof address.storage_;
  if (::getsockname(socket, reinterpret_cast<sockaddr*>(&address.storage_), &address.size_) != 0) return std::nullopt;
  return address;
}

std::optional<SocketAddress> SocketAddress::of_peer(int socket) {
  SocketAddress address;
  address.size_ = sizeof address.storage_;
  if (::getpeername(socket, reinterpret_cast<sockaddr*>(&address.storage_), &address.size_) != 0) return std::nullopt;
  return address;
}

Endpoint SocketAddress::endpoint() const {
  char text[INET6_ADDRSTRLEN] = "";
  if (family() == AF_UNIX) {
    const auto path = size_ > offsetof(sockaddr_un, sun_path) ? std::string(as<sockaddr_un>(storage_)->sun_path) : std::string();
    return {path.empty() ? "/" : path, 0};
  }
  if (family() == AF_INET) {
    const auto* v4 = as<sockaddr_in>(storage_);
    ::inet_ntop(AF_INET, &v4->sin_addr, text, sizeof text);
    return {text, ntohs(v4->sin_port)};
  }
  const auto* v6 = as<sockaddr_in6>(storage_);
  if (IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr)) ::inet_ntop(AF_INET, &v6->sin6_addr.s6_addr[12], text, sizeof text);
  else ::inet_ntop(AF_INET6, &v6->sin6_addr, text, sizeof text);
  return {text, ntohs(v6->sin6_port)};
}

}  // namespace genai::net

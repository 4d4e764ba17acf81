// The parts `server` and `log` of the configuration: how clients reach the gateway, and what is written down about their requests.
#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "platform/net/address.hpp"

namespace genai::config {
class Map;
}

namespace genai::gateway {

// Which web pages may read answers (the Fetch standard, section 3.3).
struct CorsConfig {
  std::vector<std::string> origins;  // exact: "https://app.example"; empty: none may
  bool any_origin = false;           // "*", without credentials
  bool credentials = false;          // pages may send cookies and such
  std::chrono::seconds max_age{600};  // how long a browser may remember a preflight's answer
};

struct TlsFiles {
  std::filesystem::path certificate, key;  // PEM
};

struct LogConfig {
  enum class Requests { off, standard_error, file };
  Requests requests = Requests::off;
  std::filesystem::path file;
};

// Nothing is left to parse or check, but whether files can be read.
struct EdgeConfig {
  std::optional<TlsFiles> tls;    // nothing: plain HTTP
  net::AddressSet trusted;        // proxies whose word about the client's address counts
  bool proxy_protocol = false;    // each connection begins with a PROXY v2 header, and comes from a trusted proxy
  CorsConfig cors;
  std::size_t max_body = 32 * 1024 * 1024;  // bytes of a request's body
  std::size_t max_connections = 20'000;
  std::size_t max_connections_per_address = 1'000;
  std::chrono::nanoseconds ping = std::chrono::seconds(15);  // of streams that have nothing to say; 0: never
  net::AddressSet metrics_allow = net::AddressSet::loopback();
  LogConfig log;

  // Whether this peer, as Exchange::peer() names it, may read /metrics.
  bool allows_metrics(std::string_view peer) const { return metrics_allow.contains_peer(peer); }
};

// Reads `server: {tls, proxies, cors, max_body, max_connections, max_connections_per_address, ping, metrics_allow}` and `log: {requests}`. What is not
// written there stays as `weaker` has it. Problems go to the document's list; what is returned is only meaningful if that list stays empty.
EdgeConfig read_edge(config::Map& parent, EdgeConfig weaker = {});

}  // namespace genai::gateway

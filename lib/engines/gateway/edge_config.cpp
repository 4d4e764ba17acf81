#include "engines/gateway/edge_config.hpp"

#include <algorithm>
#include <array>

#include "platform/config/config.hpp"

namespace genai::gateway {
namespace {

using namespace std::chrono_literals;

constexpr std::array<std::string_view, 2> proxy_protocols{"none", "v2"};
constexpr std::size_t least_body = 1024, most_body = 1024 * 1024 * 1024;
constexpr std::int64_t most_connections = 1'000'000;
constexpr std::size_t most_origins = 100, longest_origin = 256;

net::AddressSet read_ranges(const config::Value& value) {
  net::AddressSet set;
  for (const auto& range : value.texts()) {
    if (const auto added = set.add(range); !added) value.problem(added.error().what);
  }
  return set;
}

// RFC 6454, section 6.1: scheme, host, port if it is not the scheme's; no path. Browsers send it in lower case.
bool is_origin(std::string_view text) {
  const auto scheme = text.find("://");
  if (scheme == std::string_view::npos || scheme == 0 || text.size() > longest_origin || scheme + 3 == text.size()) return false;
  const auto host = text.substr(scheme + 3);
  return std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f && !(c >= 'A' && c <= 'Z'); }) &&
         host.find_first_of("/?#@*,\"\\") == std::string_view::npos;
}

void read_tls(const config::Value& value, EdgeConfig& edge) {
  auto map = value.map();
  if (!map) return;
  const auto certificate = map->required("certificate", "a PEM file with the certificate and those between it and its authority").file();
  const auto key = map->required("key", "the PEM file of its key, which not everyone may read").file();
  edge.tls = TlsFiles{certificate, key};
}

void read_proxies(const config::Value& value, EdgeConfig& edge) {
  auto map = value.map();
  if (!map) return;
  const auto trusted = map->optional("trusted", "addresses of proxies whose X-Forwarded-For counts, such as 10.0.0.0/8");
  if (auto ranges = read_ranges(trusted); trusted.present()) edge.trusted = std::move(ranges);
  const auto protocol = map->optional("protocol", "v2: every connection begins with a PROXY header, from trusted addresses alone");
  edge.proxy_protocol = protocol.one_of(proxy_protocols, edge.proxy_protocol ? "v2" : "none") == "v2";
  if (edge.proxy_protocol && edge.trusted.empty()) protocol.problem("v2 needs `trusted`: the addresses from which its headers count");
}

void read_cors(const config::Value& value, EdgeConfig& edge) {
  auto map = value.map();
  if (!map) return;
  auto& cors = edge.cors;
  const auto origins = map->optional("origins", "pages that may read answers, as scheme://host[:port]; '*' alone for all");
  if (auto listed = origins.texts(); origins.present()) cors.origins = std::move(listed);
  if (cors.origins.size() > most_origins) origins.problem("at most " + std::to_string(most_origins) + " origins");
  const auto star = std::find(cors.origins.begin(), cors.origins.end(), "*");
  cors.any_origin = cors.any_origin && !origins.present();
  if (star != cors.origins.end()) {
    if (cors.origins.size() > 1) origins.problem("'*' stands alone");
    cors.any_origin = true;
    cors.origins.clear();
  }
  for (const auto& origin : cors.origins) {
    if (!is_origin(origin)) origins.problem("'" + origin.substr(0, 64) + "' is no origin: write scheme://host[:port] as browsers do, in lower case and without a path");
  }
  const auto credentials = map->optional("credentials", "whether those pages may send cookies and the like");
  cors.credentials = credentials.flag_or(cors.credentials);
  if (cors.credentials && cors.any_origin) credentials.problem("true excludes the origin '*': name the origins that may use the caller's credentials");
  cors.max_age = std::chrono::duration_cast<std::chrono::seconds>(map->optional("max_age", "how long browsers remember what they may do").duration_or(cors.max_age, {.least = 0s, .most = 24h}));
}

void read_log(const config::Value& value, LogConfig& log) {
  auto map = value.map();
  if (!map) return;
  const auto requests = map->optional("requests", "where a line of JSON for each request goes: off, stderr or a file");
  const auto text = requests.text_or("off");
  if (!requests.present()) return;
  log.file.clear();
  if (text == "off") log.requests = LogConfig::Requests::off;
  else if (text == "stderr") log.requests = LogConfig::Requests::standard_error;
  else {
    log.requests = LogConfig::Requests::file;
    log.file = requests.file();
  }
}

}  // namespace

EdgeConfig read_edge(config::Map& parent, EdgeConfig weaker) {
  auto edge = std::move(weaker);
  if (auto server = parent.optional("server", "how the gateway is reached").map()) {
    read_tls(server->optional("tls", "https instead of http; both files are read again when they change"), edge);
    read_proxies(server->optional("proxies", "what stands between clients and the gateway"), edge);
    read_cors(server->optional("cors", "which web pages may use the gateway"), edge);
    edge.max_body = server->optional("max_body", "the longest request body").bytes_or(edge.max_body, least_body, most_body);
    const auto count = [&](std::string_view key, std::string_view meaning, std::size_t fallback) {
      return static_cast<std::size_t>(server->optional(key, meaning).integer_or(static_cast<std::int64_t>(fallback), {.least = 1, .most = most_connections}));
    };
    edge.max_connections = count("max_connections", "connections in all; beyond, accepting pauses", edge.max_connections);
    edge.max_connections_per_address = count("max_connections_per_address", "of one address; beyond, 503; loopback exempt", edge.max_connections_per_address);
    edge.ping = server->optional("ping", "after how long a silence a stream says that it lives; 0s: never").duration_or(edge.ping, {.least = 0s, .most = 10min});
    const auto allowed = server->optional("metrics_allow", "addresses that may read /metrics", "127.0.0.0/8 and ::1");
    if (auto ranges = read_ranges(allowed); allowed.present()) edge.metrics_allow = std::move(ranges);
  }
  read_log(parent.optional("log", "what is written beside the ledger"), edge.log);
  return edge;
}

}  // namespace genai::gateway

// The edge: what every answer of the gateway gets, whoever gives it. Who is really asking, security headers, CORS, time, and the request log.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "engines/gateway/edge_config.hpp"
#include "platform/http/host.hpp"

namespace genai::telemetry {
class RequestLog;
}

namespace genai::gateway {

// What the edge needs of the process; outlives it. Called on any loop.
struct EdgeServices {
  std::function<std::string()> next_request_id;  // for answers that the edge itself gives
  telemetry::RequestLog* log = nullptr;          // null: nothing is logged
};

// Wraps the site of one loop; confined to that loop, owns `inner`. To each answer it adds X-Process-Time (seconds from the request's head to the
// answer's) and security headers; to those that an allowed web page asked for, CORS headers. It answers preflights itself. Exchanges seen by
// `inner` name the client as peer(), also behind trusted proxies, and take annotate() for the log's line.
std::unique_ptr<http::Site> make_edge(const EdgeConfig& config, EdgeServices services, net::Loop& loop, std::unique_ptr<http::Site> inner);

// The client behind a trusted peer: from the right, the first address of X-Forwarded-For that is not trusted too; one that cannot be read ends the
// search at the one before. Without that field X-Real-IP, without either the peer. The fields of untrusted peers do not count.
std::string client_of(std::string peer, const http::RequestHead& head, const net::AddressSet& trusted);

// The requested header names that a page may send, in its order, for Access-Control-Allow-Headers. Bounded; what is no token is left out.
std::string allowed_headers(std::string_view requested);

}  // namespace genai::gateway

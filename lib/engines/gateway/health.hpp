// What the gateway says about itself: whether it works, and what it has done.
#pragma once

#include <string_view>

#include "engines/gateway/site.hpp"

namespace genai::gateway {

// Any loop; `shared` outlives it. Every answer carries X-Request-Id and may not be cached.
class Health {
 public:
  explicit Health(Shared& shared) : shared_(shared) {}

  // GET /health: {status, uptime_seconds, version, error_rate, requests, window_seconds, reasons?}. 503 "unhealthy" while draining, while the ledger is
  // not ready, and when a tenth of the requests of the last five minutes, or more, ended in an error that was not the caller's; with fewer than
  // ten requests there is no such judgement (telemetry::Pulse).
  http::Response health() const;
  // GET /health/live: answers as long as the process does.
  http::Response live() const;
  // GET /health/ready: 503 while no request should be sent here: while draining, while the ledger is not ready, or when no upstream could be reached
  // at the last three attempts, for a minute. Names what fails, also while others still answer. Remembers that somebody asked.
  http::Response ready();
  // GET /metrics: Prometheus text, or for who prefers application/json {schema, monitoring, cost, health}.
  http::Response metrics(const http::RequestHead& head) const;

 private:
  Shared& shared_;
};

// Whether the field Accept prefers JSON to text: names application/json with a weight no smaller than that of plain text.
bool prefers_json(std::string_view accept);

// Counts its exchange when that ends, however it does. `path` is the route that was found, or empty.
class Counted {
 public:
  Counted(Shared& shared, const http::Exchange& exchange) : shared_(shared), exchange_(exchange), began_(shared.clock.now()) {}
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;
  ~Counted() { shared_.http.count(exchange_.head().method, endpoint_, shared_.clock.now() - began_); }
  void found(std::string_view path) { endpoint_ = shared_.http.endpoint(path); }

 private:
  Shared& shared_;
  const http::Exchange& exchange_;
  const MonoTime began_;
  std::size_t endpoint_ = SIZE_MAX;  // until it is found: "other"
};

}  // namespace genai::gateway

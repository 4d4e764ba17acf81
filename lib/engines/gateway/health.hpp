// What the gateway says about itself: whether it works, and what it has done.
#pragma once

#include "engines/gateway/site.hpp"

namespace genai::gateway {

// Any loop; `shared` outlives it. Every answer carries X-Request-Id.
class Health {
 public:
  explicit Health(Shared& shared) : shared_(shared) {}

  // GET /health
  http::Response health() const;
  // GET /health/live: answers as long as the process does.
  http::Response live() const;
  // GET /health/ready: 503 while no request should be sent here, with the parts that fail. Remembers that somebody asked.
  http::Response ready();
  // GET /metrics
  http::Response metrics() const;

 private:
  Shared& shared_;
};

}  // namespace genai::gateway

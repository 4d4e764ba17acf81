// The bounds of HTTP/1.1 as this project speaks it. Each has a name and an answer (BAD INPUT rows H).
#pragma once

#include <chrono>
#include <cstddef>

namespace genai::http {

struct Limits {
  std::size_t request_line = 8 * 1024;    // 414
  std::size_t head = 32 * 1024;           // 431
  std::size_t fields = 100;               // 431
  std::size_t field = 16 * 1024;          // 431
  std::size_t chunk_extensions = 1024;    // in total, 400
  std::size_t trailers = 8 * 1024;        // 400
  std::size_t body = 32 * 1024 * 1024;    // 413
};

struct Timeouts {
  std::chrono::milliseconds head{10'000};          // 408
  std::chrono::milliseconds body_grace{10'000};    // then `body_rate`
  std::size_t body_bytes_per_second = 256;         // slower: 408
  std::chrono::milliseconds idle{75'000};          // keep-alive without a request: silent close
  std::chrono::milliseconds write_stall{60'000};   // no progress in sending: cut
};

}  // namespace genai::http

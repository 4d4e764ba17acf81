// Streams in memory, for tests and seeded runs.
#pragma once

#include <memory>
#include <utility>

#include "platform/net/stream.hpp"

namespace genai::net {

// Two ends of one connection on one loop. `capacity` bytes may be on the way in each direction before writes wait.
std::pair<std::unique_ptr<Stream>, std::unique_ptr<Stream>> make_stream_pair(Loop& loop, std::size_t capacity = 64 * 1024);

}  // namespace genai::net

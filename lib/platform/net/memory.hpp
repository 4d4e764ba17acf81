// Streams in memory, for tests and seeded runs.
#pragma once

#include <memory>
#include <utility>

#include "platform/net/stream.hpp"

namespace genai::net {

// Two ends of one connection on one loop. `capacity` bytes may be on the way in each direction before writes wait.
std::pair<std::unique_ptr<Stream>, std::unique_ptr<Stream>> make_stream_pair(Loop& loop, std::size_t capacity = 64 * 1024);

// Closes an end of such a pair as if its machine had reset the connection: the other end's reads fail, what was on the way is lost.
void reset(Stream& end);

}  // namespace genai::net

// Name resolution beside the loops: getaddrinfo on a few threads, abandoned when it takes too long.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/error.hpp"

namespace genai::net {

// Calls `done` with the numeric addresses of `host`, on one of at most 4 threads, which live as long as the process: getaddrinfo cannot be cancelled, so
// who has waited long enough forgets about it. At most 256 look-ups wait; a further one fails at once, on the caller's thread.
void resolve(std::string host, std::function<void(Result<std::vector<std::string>>)> done);

}  // namespace genai::net

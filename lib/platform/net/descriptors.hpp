// How many files and sockets this process may have open.
#pragma once

#include <cstddef>

namespace genai::net {

// Raises the soft limit to the hard one (setrlimit(2), RLIMIT_NOFILE) and returns what holds now. Once, at the start of a program that serves or loads.
std::size_t raise_descriptor_limit();

}  // namespace genai::net

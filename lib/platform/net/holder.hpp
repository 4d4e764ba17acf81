// Who listens on a port of this machine.
#pragma once

#include <cstdint>
#include <string>

namespace genai::net {

// "nginx (pid 812)" for the process that listens on the TCP port, or empty when the kernel does not let us see. Reads /proc.
std::string holder_of_port(std::uint16_t port);

}  // namespace genai::net

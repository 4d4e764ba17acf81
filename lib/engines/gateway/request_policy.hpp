// What the gateway thinks of requests that are well-formed and still strange: the `requests` part of the configuration.
#pragma once

#include <cstdint>

namespace genai::config {
class Map;
}

namespace genai::gateway {

struct RequestPolicy {
  // Characters that hide text (wire::find_invisible): the request goes on and is marked; goes on without them; is refused.
  enum class Invisible : std::uint8_t { flag, strip, block };
  Invisible invisible = Invisible::flag;
  bool refuse_unknown_fields = false;  // of the dialects; our own endpoints never take them
};

// Reads `requests: {invisible_characters, unknown_fields}`. What is not said stays as in `weaker`. Problems go to the document's list.
RequestPolicy read_request_policy(config::Map& parent, RequestPolicy weaker);

}  // namespace genai::gateway

// The fields of requests that their dialects' documentation names.
#pragma once

#include <optional>

#include "base/error.hpp"
#include "domain/chat/chat.hpp"

namespace genai::wire {

// The first field of the chat's body that its dialect does not know, as the error invalid_value that refuses it and names the nearest that is known;
// nothing if all are known. Of our own endpoints unknown fields are never taken.
std::optional<Error> unknown_field(const chat::Chat& chat);

}  // namespace genai::wire

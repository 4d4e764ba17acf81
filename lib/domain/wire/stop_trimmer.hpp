// For servers that say the sequence that stopped them. Private to this folder.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "domain/wire/dialect.hpp"

namespace genai::wire {

// A decoder of bare texts, translated, whose answers end before the stop sequence: what could be its beginning is held back until the next event.
// Usage and the text that tokens are counted from stay as they were generated.
std::unique_ptr<Decoder> without_stops(std::unique_ptr<Decoder> inner, std::vector<std::string> stops);

}  // namespace genai::wire

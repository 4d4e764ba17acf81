// How many tokens an answer took.
#pragma once

#include "base/quantity.hpp"

namespace genai::chat {

// Totals as providers report them: `cached` is the part of `prompt` that the provider read from its prompt cache, `reasoning`
// the part of `completion` that stayed hidden. `estimated`: counted here, because the provider did not say.
struct Usage {
  Tokens prompt;
  Tokens completion;
  Tokens cached;
  Tokens reasoning;
  bool estimated = false;
  friend bool operator==(const Usage&, const Usage&) = default;
};

}  // namespace genai::chat

// How many tokens an answer took.
#pragma once

#include <optional>

#include "base/quantity.hpp"

namespace genai::chat {

// Totals as providers report them, each token of the request in `prompt` or `completion`; decoders of dialects that count otherwise add up.
// Parts of `prompt`: `cached` was read from the provider's prompt cache, `cache_write_5m` and `cache_write_1h` were stored in it for that long
// (5m also where a provider knows one duration only), `audio_prompt` is audio. Parts of `completion`: `reasoning` stayed hidden,
// `audio_completion` is audio. `estimated`: counted here, because the provider did not say.
struct Usage {
  Tokens prompt;
  Tokens completion;
  Tokens cached;
  Tokens reasoning;
  bool estimated = false;
  Tokens cache_write_5m{};
  Tokens cache_write_1h{};
  Tokens audio_prompt{};
  Tokens audio_completion{};
  std::optional<NanoUsd> charged{};  // what the provider itself says that this cost; zero is a price
  friend bool operator==(const Usage&, const Usage&) = default;
};

}  // namespace genai::chat

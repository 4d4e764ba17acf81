// Which encoding counts for which model, and how far off it can be.
//
// Names are resolved by exact and prefix rules, never by a part of a name. A fine-tuned model ft:BASE:... counts as BASE. What stands before
// the last slash (a provider, a region) says nothing about the vocabulary and is left out, lower and upper case are one.
// Pure; any thread. Test: counter_test.cpp.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "domain/tokens/tokens.hpp"

namespace genai::tokens {

// What an image costs in a prompt (OpenAI's guide to images and vision).
struct ImageRule {
  enum class Kind : std::uint8_t {
    none,   // no published rule: assumed to cost what `base` says
    tiles,  // fitted into 2048 x 2048 and to a short side of 768: `base`, and `tile` for each begun square of 512
    patches,  // begun squares of 32, at most 1536 after scaling down, times `thousandths` / 1000
  };
  Kind kind = Kind::none;
  int base = 0, tile = 0, thousandths = 1000;
};

// What a chat request adds to its texts (OpenAI's cookbook, "How to count tokens with tiktoken").
struct ChatRule {
  bool published = false;  // said for this model; otherwise the nearest rule, and the count is an estimate
  int message = 3;         // for each message
  int name = 1;            // for a field `name` (may be negative)
  int reply = 3;           // once: the answer is primed
  int function = 7;        // for each tool
  ImageRule image{};
};

// How to count for one model. A value; the encoding lives as long as the process or its owner.
struct Counter {
  const Encoding* encoding = nullptr;
  bool exact = false;  // the encoding is the model's own
  double scale = 1;    // what counts are multiplied with when they are estimates
  double band = 0;     // relative error that an estimate stays within on ordinary text: 0.2 is +-20 %. 0 when exact
  std::string_view why;  // one sentence: where the mapping or the estimate comes from
  ChatRule chat{};

  Tokens count(std::string_view text) const { return scaled(encoding->count(text)); }
  Tokens scaled(Tokens counted) const;  // rounded to nearest
};

// Never fails: a model that nobody knows is estimated with the widest band.
Counter counter_for(std::string_view model);

// All of an encoding, exactly; chat overheads are those of the models that use it, as an estimate.
Counter counter_of(const Encoding& encoding);

}  // namespace genai::tokens

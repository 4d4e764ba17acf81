// What a chat request costs in prompt tokens: its texts and what the request adds to them.
//
// The rules are those of OpenAI's cookbook ("How to count tokens with tiktoken"): for each message 3, for a field `name` 1, once 3 for the
// primed answer, every text by the model's encoding; for each tool 7 or 10 and "name:description", for its properties 3 once and 3 each with
// "name:type:description", for an enum -3 and 3 for each value, 12 once; a full stop at the end of a description does not count. Published
// for gpt-3.5-turbo, gpt-4 and gpt-4o and exact there; for others, and for what the cookbook does not cover (see Doubt), the count is an
// estimate with a band.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "domain/tokens/counter.hpp"

namespace genai::tokens {

// Why a count is an estimate. Bits.
enum class Doubt : std::uint16_t {
  none = 0,
  encoding = 1,        // the model's vocabulary is not known
  overhead = 2,        // no rule is published for this model
  parts = 4,           // content in several parts
  tool_calls = 8,      // calls of the assistant and answers of tools
  schema = 16,         // nested or untyped tool parameters, response formats
  image = 32,          // images, by the rule of the model
  unseen_image = 64,   // an image whose size is not in the request
  other_media = 128,   // sound or files: nothing is counted for them
};
constexpr Doubt operator|(Doubt a, Doubt b) { return static_cast<Doubt>(static_cast<unsigned>(a) | static_cast<unsigned>(b)); }
constexpr bool has(Doubt doubts, Doubt one) { return (static_cast<unsigned>(doubts) & static_cast<unsigned>(one)) != 0; }
// The doubts as one sentence, empty for none.
std::string describe(Doubt doubts);

struct ChatCount {
  Tokens tokens;
  Doubt doubts = Doubt::none;
  double band = 0;  // relative error, 0 when exact
  bool exact() const { return doubts == Doubt::none; }
};

// Counts a request body (one JSON object with `messages`; also `tools`, `functions`, `response_format`). One pass; nothing is built, so a
// gateway may call it for each request: 1 KB costs what its text costs and half a microsecond. Fails with the reader's errors, and with
// missing_field if there are no messages.
Result<ChatCount> count_chat(const Counter& counter, std::string_view request_body);

}  // namespace genai::tokens

// What a model says, piece by piece. A stream is many events; a plain answer is one event that is `whole`.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "domain/chat/dialect.hpp"
#include "domain/chat/usage.hpp"

namespace genai::chat {

// Why a model stopped.
enum class Finish : std::uint8_t { none, stop, length, tool_calls, content_filter, stop_sequence, refusal };

// One thing that a model does, in no dialect. Texts are as they stand between the quotes of a JSON string, escapes and all: that is how
// they come and how they leave.
struct Delta {
  enum class Kind : std::uint8_t {
    text,       // visible content
    reasoning,  // thought aloud
    signature,  // proof of the reasoning before it, for its provider
    hidden_reasoning,  // reasoning that only its provider can read
    refusal,    // content that says no
    tool_call,  // a call begins: call, id, name
    arguments,  // the next piece of a call's arguments: call, text
  };
  Kind kind = Kind::text;
  int call = 0;  // which call of this answer, from 0
  std::string_view text{};
  std::string_view id{};
  std::string_view name{};
};

// One event of an answer. Whatever it points to is valid until the next event is pulled from the same source.
struct Event {
  std::string_view payload;  // its JSON as the upstream wrote it
  std::string_view type{};   // the `event:` it came under, or empty
  std::span<const Delta> deltas{};  // what it says in no dialect; only where it is to be translated
  std::string_view text{};   // what the model says in it, all channels in a row; empty when its source always reports usage
  Dialect dialect = Dialect::chat_completions;  // of payload
  bool whole = false;        // a complete plain answer, not a chunk of a stream
  bool token = false;        // carries a token of any channel: content, reasoning, refusal or tool call. An empty role chunk carries none
  bool visible = false;      // carries visible content
  bool only_usage = false;   // a stream's usage chunk: `choices` is empty and `usage` is there
  bool last = false;         // the stream's good ending: the client may see it once its row is durable
  Finish finish = Finish::none;  // carries the reason why the model stopped
  std::string_view stop_sequence{};  // which one it was, as Delta::text; empty: not known
  std::optional<Usage> usage{};
  std::string_view service_tier{};  // how the provider served it, in its words; empty when it does not say
  // Where the member `usage` stands in `payload`, comma included, so that it can be left out; both 0 when absent.
  std::size_t usage_begin = 0;
  std::size_t usage_end = 0;
};

}  // namespace genai::chat

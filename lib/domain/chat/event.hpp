// What a model says, piece by piece. A stream is many events; a plain answer is one event that is `whole`.
#pragma once

#include <optional>
#include <string_view>

#include "domain/chat/usage.hpp"

namespace genai::chat {

// One event of an answer. `payload` is its JSON as the upstream wrote it, in the dialect of the conversation; it is valid until the next
// event is pulled from the same source.
struct Event {
  std::string_view payload;
  std::string_view text;     // what the model says in it, all channels in a row; empty when its source always reports usage. Valid as `payload`
  bool whole = false;        // a complete plain answer, not a chunk of a stream
  bool token = false;        // carries a token of any channel: content, reasoning, refusal or tool call. An empty role chunk carries none
  bool visible = false;      // carries visible content
  bool finish = false;       // carries a finish_reason
  bool only_usage = false;   // a stream's usage chunk: `choices` is empty and `usage` is there
  std::optional<Usage> usage;
  std::string_view service_tier;  // how the provider served it, in its words; empty when it does not say. Valid as `payload`
  // Where the member `usage` stands in `payload`, comma included, so that it can be left out; both 0 when absent.
  std::size_t usage_begin = 0;
  std::size_t usage_end = 0;
};

}  // namespace genai::chat

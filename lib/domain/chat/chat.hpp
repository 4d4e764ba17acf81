// A request for a completion, as the gateway understands it.
//
// A Chat owns the bytes that the client sent and knows where in them the few things stand that the gateway reads. What it does
// not touch passes byte-exact: an edit for an upstream is a splice of the body, never a rewrite.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/quantity.hpp"
#include "base/secret.hpp"
#include "domain/chat/dialect.hpp"

namespace genai::chat {

// Bytes [begin, end) of a body. Empty: not there.
struct Span {
  std::size_t begin = 0;
  std::size_t end = 0;
  bool empty() const { return begin == end; }
};

struct Chat {
  Dialect dialect = Dialect::chat_completions;  // of body
  std::string body;   // one JSON object, checked
  std::string model;  // unescaped
  std::string user;   // the field `user`, or empty
  bool stream = false;
  int choices = 1;    // the field `n`
  bool base64 = false;                   // of embeddings: the client asked for them in base64
  bool include_usage = false;            // the client asked for `stream_options.include_usage`
  std::optional<Tokens> max_tokens;      // `max_completion_tokens`, else `max_tokens`
  Nanoseconds time_limit{};              // of the whole answer; 0: the model's own limits hold
  std::string forwarded;                 // the client's header lines for an upstream of the same dialect: "anthropic-beta: ...\r\n"
  std::string trace;                     // header lines of the W3C trace context for the upstream
  Secret credential;                     // the caller's own bearer token, for a provider that is configured to be handed it
  // Of the text in the messages: a token for 4 bytes, rounded up, and 3 for each message. Only used when the provider says nothing.
  Tokens prompt_estimate;
  // Where in `body`:
  Span model_value;                      // the string with its quotes
  Span include_usage_value;              // `true` or `false` inside stream_options
  Span stream_options_value;             // the object or null
  std::size_t open_brace = 0;            // the object's `{`
};

}  // namespace genai::chat

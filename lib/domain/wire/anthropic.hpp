// The Anthropic dialect: the Messages API, both ways.
// Format: Anthropic API reference, "Messages", "Streaming messages", "Errors", "Count tokens in a Message", "Extended thinking", "Tool use".
#pragma once

#include <memory>
#include <string>

#include "domain/wire/dialect.hpp"

namespace genai::wire::anthropic {

// A client's request: POST /v1/messages, or /v1/messages/count_tokens, which has the same fields but needs no max_tokens.
Result<chat::Chat> decode(std::string body, chat::Dialect dialect);

// What it asks, in no dialect. Left out as hints: cache_control, metadata, context_management, service_tier, and a budget for thinking, which
// bounds what an answer costs and not what it may say.
Result<chat::Conversation> read_conversation(const chat::Chat& chat);
// For an upstream that speaks this dialect. `max_tokens` is required there: 8192 where nothing was said, beyond what thinking may take.
Result<std::string> write_conversation(const chat::Conversation& asked, std::string_view model);

std::unique_ptr<Decoder> make_decoder(bool translated);
std::unique_ptr<Encoder> make_encoder(Identity identity);

// {"type":"error","error":{"type","message"},"request_id"}, and the status it comes with: what is overloaded is 529 here. That `thread` cannot be
// said comes with the details by which official SDKs know to send whole histories instead.
std::string encode_error(const Error& error, std::string_view request_id = {});
int error_status(const Error& error);

}  // namespace genai::wire::anthropic

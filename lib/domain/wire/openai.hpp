// The OpenAI dialect of chat completions: pure decoders and encoders, shared by gateway, providers, sim and load.
// Format: OpenAI API reference, "Create chat completion", "The chat completion chunk object", "Error codes".
#pragma once

#include <string>
#include <string_view>

#include "base/error.hpp"
#include "domain/chat/chat.hpp"
#include "domain/chat/event.hpp"
#include "domain/wire/dialect.hpp"

namespace genai::wire::openai {

// Reads a request body. Takes the bytes over. Errors are the caller's: invalid_json with offset, line and column, expected_object, invalid_unicode,
// json_too_deep, duplicate_key, missing_field, invalid_value, forbidden_field, each with the JSON path in `param`. A body that is not well-formed is
// reported as that before any wrong value in it. Unknown fields are checked as JSON and otherwise left alone.
// `dialect` is chat_completions, or completions, which differ in `prompt` alone.
Result<chat::Chat> decode_chat(std::string body, chat::Dialect dialect = chat::Dialect::chat_completions);

// The body for an upstream: the chat's own bytes, `model` replaced when it differs, and when streaming, usage asked for.
std::string encode_chat(const chat::Chat& chat, std::string_view model);

// What a chat asks, to be said in another dialect; and the other way round. unsupported_parameter names what cannot be said.
Result<chat::Conversation> read_conversation(const chat::Chat& chat);
Result<std::string> write_conversation(const chat::Conversation& asked, std::string_view model, const Manner& manner = {});

// Reads the `data` of one server-sent event (not `[DONE]`), or a whole plain answer; the event's payload is that text. Usage that is negative,
// absurd or incomplete counts as missing. An error body (`{"error": ...}`) comes back as an Error: upstream_rejected, upstream_error and so on, with the upstream's
// message made safe to show. Anything that is not such JSON: upstream_protocol.
// What the model says in it, in whatever channel, is appended to `text` unless that is null: what its tokens can be counted from.
Result<chat::Event> decode_chunk(std::string_view payload, std::string* text = nullptr);
Result<chat::Event> decode_answer(std::string_view payload, std::string* text = nullptr);

// Answers of chat completions, and of completions, whose chunks differ in nothing that is read.
std::unique_ptr<Decoder> make_chat_decoder(chat::Dialect dialect, bool translated);
std::unique_ptr<Encoder> make_chat_encoder(const chat::Chat& chat, Identity identity);

// The upstream's error answer: status and body to the Error that the client should see (BAD_INPUT U7-U10): 401/403 -> upstream_auth, 429 ->
// upstream_rate_limited, other 4xx -> upstream_rejected keeping the status, 5xx -> upstream_error; HTML is never forwarded.
Error decode_error(int status, std::string_view body);

// The JSON of an error answer: {"error":{"message","type","param","code"}}.
std::string encode_error(const Error& error);

// The payload without its usage member, written into `into` (cleared first) when there is one; otherwise the payload itself.
std::string_view without_usage(const chat::Event& event, std::string& into);

}  // namespace genai::wire::openai

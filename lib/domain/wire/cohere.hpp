// Cohere's dialect, spoken to upstreams only: /v2/chat.
// Format: Cohere API reference, "Chat API (V2)" and "Chat with Streaming"; "A Guide to Streaming Responses", "Streaming for tool use", "Reasoning Capabilities",
// "Structured Outputs", "Different Types of API Keys and Rate Limits" (billed units).
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "domain/chat/conversation.hpp"
#include "domain/wire/dialect.hpp"

namespace genai::wire::cohere {

// The body of a request. A top_p outside of Cohere's 0.01 to 0.99 becomes the nearest that is in it: its 1 is everybody's default. Left out: `user`, names
// of an answer's schema, thoughts but those that led to calls of tools, which are said as their plan.
Result<std::string> write(const chat::Conversation& asked, std::string_view model);

// Answers; plans of tools are reasoning, citations are left out. Usage is what is billed, since rows are priced: Cohere counts its own preambles and marks
// among `tokens`, but not on its bill. Where no units are billed, it is `tokens`.
std::unique_ptr<Decoder> make_decoder(bool translated);

}  // namespace genai::wire::cohere

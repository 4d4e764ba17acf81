// Amazon Bedrock's dialect, spoken to upstreams only: model/M/converse, and model/M/converse-stream.
// Format: Amazon Bedrock API Reference, "Converse", "ConverseStream", "ContentBlock", "OutputConfig"; Amazon Bedrock User Guide, "Carry out a conversation
// with the Converse API operations", "Call a tool with the Converse API", "Get validated JSON results from models", "Prompt caching".
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "domain/chat/conversation.hpp"
#include "domain/wire/dialect.hpp"

namespace genai::wire::converse {

// The body of a request. The model stands in its URL; here it only decides how things are said that have no field of their own and differ from family
// to family: top_k, thinking, effort. Left out: `user`, reasoning without a signature, a budget for thinking where there is none.
Result<std::string> write(const chat::Conversation& conversation, std::string_view model);

// Answers. A stream's last event is `metadata`, which has the usage; its answer is complete with `messageStop`, and it may end there.
std::unique_ptr<Decoder> make_decoder(bool translated);

}  // namespace genai::wire::converse

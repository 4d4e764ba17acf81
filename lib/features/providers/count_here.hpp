// Counting tokens for those whose provider does not offer it.
#pragma once

#include <memory>
#include <string_view>

#include "features/providers/upstream.hpp"

namespace genai::providers {

// The answer to a chat of dialect count_tokens, by the tokenizer of the model as its provider calls it: {"input_tokens":N}.
Result<std::unique_ptr<EventSource>> count_here(const chat::Chat& chat, std::string_view model);

// A whole answer that is there already.
std::unique_ptr<EventSource> make_given(std::string payload, chat::Event event);

}  // namespace genai::providers

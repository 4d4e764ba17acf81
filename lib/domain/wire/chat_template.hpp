// A conversation as the one text that a model was trained to go on with, for servers that know no roles.
//
// What marks the roles must come from here alone: a message that holds such a mark, or any other of the model's special tokens, is refused, for a
// model would take what follows it for a new message. A bare text, as of completions, goes as it stands. No beginning-of-text token is written: the
// servers' tokenizers put it in front.
// Formats: "Chat Markup Language"; Llama 3, "Prompt Template"; Mistral 7B Instruct, "Instruction format"; Gemma, "Formatting and system instructions".
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "domain/chat/conversation.hpp"
#include "domain/wire/dialect.hpp"

namespace genai::wire {

// Those that a configuration can name: "none", "chatml" and so on.
std::span<const std::string_view> chat_template_names() noexcept;
// By its name; none, for others.
ChatTemplate chat_template(std::string_view name) noexcept;

// The text. A last message of the assistant is gone on with. unsupported_parameter for tools, pictures and documents, and for a conversation without
// a template; invalid_value for a message that holds a mark. Thoughts are left out.
Result<std::string> render(const chat::Conversation& asked, ChatTemplate how);

}  // namespace genai::wire

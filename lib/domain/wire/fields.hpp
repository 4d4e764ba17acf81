// Fields of chat completions that some servers call otherwise, or do not take. Private to this folder.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "domain/wire/dialect.hpp"

namespace genai::wire {

// The body, one checked JSON object, with its members renamed: all others keep their bytes. Where both names stand in it, the value of the old
// name holds.
std::string renamed(std::string body, std::span<const Rename> renames);

// The id of a tool call as `style` wants it: itself where it fits, else one that is the same for the same id.
std::string tool_id(std::string_view id, ToolIds style);

}  // namespace genai::wire

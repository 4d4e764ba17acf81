// What stands on the command line besides options: secrets that must not be there, and names that nearly are.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace genai {

struct Command;

// Arguments are seen by every user of the machine and kept in histories, so none may be a secret. The refusal if one looks like a
// provider's key; it names the place of the argument and where to put the key, never the text.
std::optional<Error> refuse_secrets(std::span<const std::string> arguments);

// `genai usag`, or `genai cost-estimate prices lst` below a command that only has children.
Error unknown_command(std::string_view typed, const Command* parent = nullptr);
// `genai cost-estimate prices`
Error missing_command(const Command& parent);
// `genai usage --fromat json`: `argument` is what was not understood, `flags` what the command has; `command` may be empty.
Error unexpected_argument(std::string_view argument, std::string_view command, std::span<const std::string_view> flags);

}  // namespace genai

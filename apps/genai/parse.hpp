// From a command's arguments to what runs. The one place that sees CLI11's errors.
#pragma once

#include <span>
#include <string>

#include "genai/commands.hpp"

namespace genai {

// What the arguments ask for: `run` with the parsed options, or the help page.
struct Parsed {
  Runner run;
  bool help = false;
};

// Parses the arguments after the command's name.
Result<Parsed> parse(const Command& command, std::span<const std::string> arguments);

}  // namespace genai

// The command table and its options as plain values: what every form of help, the completions and the README are written from.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "genai/commands.hpp"

namespace genai::help {

enum class Completes { nothing, files, directories };

// One flag or one positional argument.
struct Option {
  std::vector<std::string> names;    // "-h", "--help"; empty for a positional argument
  std::string value;                 // "DURATION", "text|json", "URL"; empty for a switch
  std::string what;                  // what it is for
  std::string standard;              // the default as one would type it; may be empty
  std::vector<std::string> choices;  // the only values allowed; empty: any
  std::string variable;              // the environment variable below it; may be empty
  bool required = false;
  bool repeatable = false;
  Completes completes = Completes::nothing;
  bool is_positional() const { return names.empty(); }
};

struct Page {
  const Command* command;
  std::vector<Option> options;  // positional arguments first, --help last
};

// Declares the command's options and reads them back.
Page describe(const Command& command);
// Of every command, children behind their parents.
std::vector<Page> describe_all();

// "genai usage [FLAGS] [URL]"
std::string usage_line(const Page& page);
// "-h, --help", "--rate N", "URL"
std::string signature(const Option& option);
// What it is for, then choices, default and variable: "what to group by; one of day, user [default: day] [env: X]".
std::string explanation(const Option& option);
// The example as a reader may type it.
std::string shown_line(const Example& example);
std::string_view group_title(Group group);

}  // namespace genai::help

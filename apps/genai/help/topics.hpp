// What help says that belongs to no single command.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace genai::help {

struct ExitCode {
  int code;
  std::string_view meaning;
};
// Every exit code that any command can end with.
std::span<const ExitCode> exit_codes();

struct Topic {
  std::string_view name;
  std::string_view summary;
  std::string (*body)();  // paragraphs; lines that begin with a blank are kept as they are
};
std::span<const Topic> topics();
const Topic* find_topic(std::string_view name);

}  // namespace genai::help

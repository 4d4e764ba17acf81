// Prompts that ship with the program: files of prompts/, put into the binary. Private to this folder.
#pragma once

#include <string_view>

namespace genai::wire {

// prompts/summarize/v1.txt; {length} stands where the wanted length is due.
std::string_view summarize_prompt();

}  // namespace genai::wire

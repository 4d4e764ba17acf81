// The forms in which the tree is shown. Each returns the whole text, ending with LF.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "genai/help/topics.hpp"
#include "genai/help/tree.hpp"

namespace genai::help {

// Plain text, no line longer than `width` where words allow it.
std::string overview_text(std::size_t width);
std::string page_text(const Page& page, std::size_t width);
std::string topic_text(const Topic& topic, std::size_t width);

// Manual pages in troff's man macros: genai(1), genai-COMMAND(1).
std::string overview_man();
std::string page_man(const Page& page);

// Everything as one document, schema "genai.help/v1"; or one page of it.
std::string overview_json();
std::string page_json(const Page& page);

// The list of commands in the README, between its markers.
std::string readme_list();

// Completion scripts. They are static: installed files need no process to answer.
std::string bash_completion();
std::string zsh_completion();
std::string fish_completion();

}  // namespace genai::help

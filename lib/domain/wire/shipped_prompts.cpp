// GENAI_SUMMARIZE_PROMPT is the path of the file.
#include "domain/wire/shipped_prompts.hpp"

#include <cstddef>

asm(".pushsection .rodata\n"
    ".globl genai_summarize_begin\n.globl genai_summarize_end\n"
    ".hidden genai_summarize_begin\n.hidden genai_summarize_end\n"
    "genai_summarize_begin:\n.incbin \"" GENAI_SUMMARIZE_PROMPT "\"\ngenai_summarize_end:\n.byte 0\n.popsection\n");

extern "C" {
extern const char genai_summarize_begin[];
extern const char genai_summarize_end[];
}

namespace genai::wire {

std::string_view summarize_prompt() { return {genai_summarize_begin, static_cast<std::size_t>(genai_summarize_end - genai_summarize_begin)}; }

}  // namespace genai::wire

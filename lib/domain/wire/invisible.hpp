// Characters that a person does not see and a model reads: Unicode tags, directional overrides, runs of zero-width characters. Text hidden
// in them is how instructions are smuggled into prompts (Unicode Technical Report 36, "Unicode Security Considerations", and Unicode
// Standard Annex 9 for the directional ones).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace genai::wire {

// What hides something: tag characters U+E0000 to U+E007F but in the flag of a region (U+1F3F4, tags, U+E007F); U+202A to U+202E and U+2066 to
// U+2069; two or more of U+200B, U+200C, U+200D, U+2060 and U+FEFF in a row. A joiner alone, as real scripts and emoji have it, hides nothing.
// Works on the text of a JSON document: characters may be written as they are or escaped. Bytes that are no UTF-8 are left alone.
struct Invisible {
  std::size_t found = 0;  // characters that hide something
  std::string text;       // without them; empty when there were none
};
Invisible find_invisible(std::string_view json);

}  // namespace genai::wire

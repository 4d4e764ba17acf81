// ${env:NAME} and ${file:PATH} in scalars, ${command:...} where a secret is meant. Private to this folder.
#pragma once

#include <string>
#include <string_view>

#include "base/error.hpp"
#include "base/secret.hpp"
#include "platform/config/config.hpp"

namespace genai::config {

// The text with every reference replaced and $$ made one dollar. The error names the reference, never a value.
Result<std::string> expand(std::string_view text, const Sources& sources);

// The secret that the one reference, which the whole text must be, stands for. Never empty, always one line; a file must not be
// readable by everyone.
Result<Secret> read_secret(std::string_view text, const Sources& sources);
// What the reference inside the braces is of, and where.
SecretSource source_of(std::string_view reference, const Sources& sources);
// A text is written where a secret is meant: no reference at all.
bool is_written_out(std::string_view text);
// A secret as it must look: not empty, one line, no blanks. The error names `what`.
Result<Secret> checked_secret(std::string text, std::string_view what);

}  // namespace genai::config

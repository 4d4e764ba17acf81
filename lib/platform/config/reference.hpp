// ${env:NAME} and ${file:PATH} in scalars. Private to this folder.
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

}  // namespace genai::config

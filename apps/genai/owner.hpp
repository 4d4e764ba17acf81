// Talking to the `genai serve` that owns a data directory, through the socket in it.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "base/error.hpp"
#include "genai/world.hpp"

namespace genai {

// Sends one request and returns the body of the answer; nothing when no server owns the directory. Waits at most ten seconds. environment when it
// does not answer, or not with a good status.
Result<std::optional<std::string>> ask_owner(const std::filesystem::path& data_dir, std::string_view method, std::string_view path, std::string body,
                                             const World& world);

}  // namespace genai

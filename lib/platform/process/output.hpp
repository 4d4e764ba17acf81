// The output of a program that is run for it: no shell, and bounds on time and size.
#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace genai::process {

// A command line taken apart: blanks separate, '...' and "..." hold together what is in them; nothing else means anything. config_error when a quote
// is left open or nothing stands there.
Result<std::vector<std::string>> split(std::string_view line);

struct Bounds {
  std::chrono::milliseconds time{10'000};
  std::size_t bytes = 64 * 1024;  // of output
};

// What the program (found by PATH unless its name has a slash) writes to its standard output, run in `directory` with our variables, nothing on its
// standard input, and its standard error thrown away. Blocks; any thread. The error (environment) names the program and why: it cannot be started, its
// exit status or signal, too long or too much; then it and what it started in its process group are killed.
Result<std::string> output(const std::vector<std::string>& arguments, const std::filesystem::path& directory, Bounds bounds = {});

}  // namespace genai::process

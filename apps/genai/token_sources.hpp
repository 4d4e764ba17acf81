// The texts that `genai tokens` counts: files, directories and standard input, found in a stable order and read in chunks.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "genai/world.hpp"

namespace genai {

struct TokenSource {
  std::string name;            // as shown: what was typed, or the path below a directory that was
  std::filesystem::path path;  // empty: standard input
};

struct SkippedFile {
  std::string name;
  std::string why;
};

struct TokenSources {
  std::vector<TokenSource> files;
  std::vector<SkippedFile> skipped;
};

// "-" is standard input; directories are walked (sorted by name, symbolic links to directories are not followed). What is found there and
// is no text is listed as skipped; what was named itself is counted, whatever it is. usage_error for a name that does not exist.
Result<TokenSources> find_token_sources(const std::vector<std::string>& names, const World& world);

// Hands a source to `take`, at most 1 MiB at a time. Fails with what `take` or the system refused, naming the source.
Result<void> read_token_source(const TokenSource& source, World& world, const std::function<Result<void>(std::string_view)>& take);

// A NUL among the first 8 KiB, as git decides it.
bool looks_binary(std::string_view beginning);

}  // namespace genai

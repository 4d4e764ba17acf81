#include "genai/token_sources.hpp"

#include <fcntl.h>

#include <algorithm>
#include <system_error>

#include "platform/fs/file.hpp"

namespace genai {
namespace {

namespace stdfs = std::filesystem;

constexpr std::size_t chunk_bytes = 1024 * 1024;
constexpr std::size_t looked_at = 8 * 1024;

Error named(Error error, const std::string& name) {
  error.what = name + ": " + error.what;
  return error;
}

// Why a file found in a directory is not counted; empty if it is.
std::string reason_to_skip(const stdfs::directory_entry& entry) {
  std::error_code failure;
  if (!entry.is_regular_file(failure)) return failure ? failure.message() : entry.is_symlink(failure) ? "a symbolic link" : "not a regular file";
  const auto file = fs::File::open(entry.path(), O_RDONLY);
  if (!file) return "cannot be read";
  std::string beginning(looked_at, '\0');
  const auto got = file->read_at(0, beginning);
  if (!got) return "cannot be read";
  return looks_binary(std::string_view(beginning).substr(0, *got)) ? "binary" : "";
}

Result<void> walk(const stdfs::path& directory, const std::string& shown, TokenSources& found) {
  std::error_code failure;
  std::vector<stdfs::directory_entry> entries;
  for (stdfs::directory_iterator at(directory, failure), end; !failure && at != end; at.increment(failure)) entries.push_back(*at);
  if (failure) {
    found.skipped.push_back({shown, failure.message()});
    return {};
  }
  std::sort(entries.begin(), entries.end());
  for (const auto& entry : entries) {
    const auto name = shown + (shown.ends_with('/') ? "" : "/") + entry.path().filename().string();
    if (entry.is_directory(failure) && !entry.is_symlink(failure)) {
      if (entry.path().filename() == ".git") {
        found.skipped.push_back({name, "version control"});
      } else if (auto walked = walk(entry.path(), name, found); !walked) {
        return walked;
      }
    } else if (const auto why = reason_to_skip(entry); !why.empty()) {
      found.skipped.push_back({name, why});
    } else {
      found.files.push_back({name, entry.path()});
    }
  }
  return {};
}

}  // namespace

bool looks_binary(std::string_view beginning) { return beginning.substr(0, looked_at).find('\0') != std::string_view::npos; }

Result<TokenSources> find_token_sources(const std::vector<std::string>& names, const World& world) {
  TokenSources found;
  for (const auto& name : names) {
    if (name == "-") {
      found.files.push_back({"-", {}});
      continue;
    }
    const auto path = world.directory / name;
    std::error_code failure;
    const auto status = stdfs::status(path, failure);
    if (!stdfs::exists(status)) return Error{Code::usage_error, name + ": no such file or directory", name};
    if (!stdfs::is_directory(status)) {
      found.files.push_back({name, path});
    } else if (auto walked = walk(path, name, found); !walked) {
      return walked.error();
    }
  }
  return found;
}

Result<void> read_token_source(const TokenSource& source, World& world, const std::function<Result<void>(std::string_view)>& take) {
  std::string chunk(chunk_bytes, '\0');
  const auto pass_on = [&](std::size_t size) -> Result<void> {
    auto taken = take(std::string_view(chunk).substr(0, size));
    return taken ? taken : named(taken.error(), source.name);
  };
  if (source.path.empty()) {
    while (world.in) {
      world.in.read(chunk.data(), static_cast<std::streamsize>(chunk.size()));
      if (world.in.gcount() == 0) break;
      if (auto taken = pass_on(static_cast<std::size_t>(world.in.gcount())); !taken) return taken;
    }
    if (world.in.bad()) return Error{Code::environment, "cannot read standard input", {}};
    return {};
  }
  const auto file = fs::File::open(source.path, O_RDONLY);
  if (!file) return file.error();
  for (;;) {
    const auto got = file->read_on(chunk);
    if (!got) return named(got.error(), source.name);
    if (*got == 0) return {};
    if (auto taken = pass_on(*got); !taken) return taken;
  }
}

}  // namespace genai

// The binary as data: each tests/cli/<command>/<case>/ holds args (one argument a line) and what has to come out, byte for byte: stdout, stderr
// (both absent when empty), exit. Optional: stdin, variables (NAME=VALUE a line), files/ (copied to where the command runs; their modes
// are set as `modes` says, "0644 NAME" a line). {dir} in what comes out is that directory. GENAI_UPDATE_GOLDEN=1 writes what came out instead.
#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>
#include <sstream>

#include "cli/process.hpp"
#include "test.hpp"

using namespace genai;
namespace fs = std::filesystem;

namespace {

std::vector<std::string> lines(const std::string& text) {
  std::vector<std::string> result;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) result.push_back(line);
  return result;
}

std::vector<fs::path> cases() {
  std::vector<fs::path> result;
  for (const auto& entry : fs::recursive_directory_iterator(fs::path(GENAI_SOURCE_DIR) / "tests/cli"))
    if (entry.path().filename() == "args") result.push_back(entry.path().parent_path());
  std::sort(result.begin(), result.end());
  return result;
}

test::Outcome outcome_of(const fs::path& directory) {
  const test::Directory scratch;
  if (fs::exists(directory / "files")) fs::copy(directory / "files", scratch.path(), fs::copy_options::recursive);
  for (const auto& line : lines(test::read_file(directory / "modes")))
    ::chmod((scratch.path() / line.substr(5)).c_str(), static_cast<mode_t>(std::stoul(line.substr(0, 4), nullptr, 8)));
  test::Variables variables;
  for (const auto& line : lines(test::read_file(directory / "variables"))) variables[line.substr(0, line.find('='))] = line.substr(line.find('=') + 1);
  auto outcome = test::run(lines(test::read_file(directory / "args")), scratch.path(), test::read_file(directory / "stdin"), variables);
  for (auto* text : {&outcome.out, &outcome.err})
    for (auto at = text->find(scratch.path().string()); at != std::string::npos; at = text->find(scratch.path().string()))
      text->replace(at, scratch.path().string().size(), "{dir}");
  return outcome;
}

void update(const fs::path& file, const std::string& text) {
  if (text.empty())
    fs::remove(file);
  else
    test::write_file(file, text);
}

}  // namespace

TEST_CASE("golden command lines") {
  const bool rewrite = std::getenv("GENAI_UPDATE_GOLDEN") != nullptr;
  const auto all = cases();
  REQUIRE(all.size() > 10);
  for (const auto& directory : all) {
    INFO(directory.string());
    const auto outcome = outcome_of(directory);
    if (rewrite) {
      update(directory / "stdout", outcome.out);
      update(directory / "stderr", outcome.err);
      test::write_file(directory / "exit", std::to_string(outcome.exit) + "\n");
    }
    CHECK(outcome.out == test::read_file(directory / "stdout"));
    CHECK(outcome.err == test::read_file(directory / "stderr"));
    CHECK(std::to_string(outcome.exit) + "\n" == test::read_file(directory / "exit"));
    CHECK((outcome.out + outcome.err).find('\x1b') == std::string::npos);
  }
}

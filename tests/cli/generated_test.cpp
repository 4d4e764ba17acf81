// What is generated from the command table: files in the tree are as the binary writes them, and each form is what its readers accept.
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <set>

#include "base/error.hpp"
#include "cli/process.hpp"
#include "genai/help/render.hpp"
#include "test.hpp"

using namespace genai;
namespace fs = std::filesystem;

namespace {

const fs::path source = GENAI_SOURCE_DIR;

bool rewriting() { return std::getenv("GENAI_UPDATE_GOLDEN") != nullptr; }

void check_file(const fs::path& file, const std::string& expected) {
  INFO(file.string() << ": GENAI_UPDATE_GOLDEN=1 rewrites it");
  if (rewriting()) test::write_file(file, expected);
  CHECK(test::read_file(file) == expected);
}

bool installed(const char* program) { return fs::exists(fs::path("/usr/bin") / program) || fs::exists(fs::path("/bin") / program); }

// What the shell's line prints; the completion scripts are in $completions.
std::string shell_says(const std::string& line, const fs::path& directory) {
  const auto outcome = test::run_shell(line, directory, {{"completions", (source / "completions").string()}, {"TERM", "dumb"}});
  INFO(line << "\n" << outcome.err);
  CHECK(outcome.exit == 0);
  return outcome.out;
}

}  // namespace

TEST_CASE("completion files are as the binary writes them") {
  check_file(source / "completions/genai.bash", help::bash_completion());
  check_file(source / "completions/_genai", help::zsh_completion());
  check_file(source / "completions/genai.fish", help::fish_completion());
}

TEST_CASE("the README lists the commands that exist") {
  const auto file = source / "README.md";
  const std::string begin = "<!-- commands: generated -->\n", end = "<!-- /commands -->";
  auto text = test::read_file(file);
  const auto from = text.find(begin);
  const auto to = text.find(end);
  REQUIRE(from != std::string::npos);
  REQUIRE(to != std::string::npos);
  text.replace(from + begin.size(), to - from - begin.size(), help::readme_list());
  check_file(file, text);
}

TEST_CASE("bash completes commands, flags, words and files") {
  if (!installed("bash")) {
    WARN("no bash here");
    return;
  }
  const test::Directory directory;
  test::write_file(directory.path() / "genai.yaml", "");
  const auto complete = [&](const std::string& words, int at) {
    return shell_says("exec bash -c '. \"$completions/genai.bash\"; COMP_WORDS=(" + words + "); COMP_CWORD=" + std::to_string(at) +
                          "; _genai; printf \"%s\\n\" \"${COMPREPLY[@]}\"'",
                      directory.path());
  };
  CHECK(complete("genai compl", 1) == "completions\n");
  CHECK(complete("genai help --for", 2) == "--format\n");
  CHECK(complete("genai help --format j", 3) == "json\n");
  CHECK(complete("genai help --format = m", 4) == "man\n");
  CHECK(complete("genai completions z", 2) == "zsh\n");
  CHECK(complete("genai cost-estimate pri", 2) == "prices\n");
  CHECK(complete("genai cost-estimate prices up", 3) == "update\n");
  CHECK(complete("genai cost-estimate prices list --form", 4) == "--format\n");
  CHECK(complete("genai cost-estimate explain --cache-ttl 1", 4) == "1h\n");
  CHECK(complete("genai cost-estimate prices check gen", 4) == "genai.yaml\n");
  if (find_command("serve") != nullptr) CHECK(complete("genai serve --config gen", 3) == "genai.yaml\n");
}

TEST_CASE("fish completes commands, flags, words and files") {
  if (!installed("fish")) {
    WARN("no fish here");
    return;
  }
  const test::Directory directory;
  test::write_file(directory.path() / "genai.yaml", "");
  const auto complete = [&](const std::string& line) {
    const auto out = shell_says("exec fish --no-config -c 'source \"$completions/genai.fish\"; complete -C \"" + line + "\"'", directory.path());
    return out.substr(0, out.find_first_of("\t\n"));
  };
  CHECK(complete("genai compl") == "completions");
  CHECK(complete("genai help --for") == "--format");
  CHECK(complete("genai help --format j") == "json");
  CHECK(complete("genai completions z") == "zsh");
  CHECK(complete("genai cost-estimate pri") == "prices");
  CHECK(complete("genai cost-estimate prices up") == "update");
  CHECK(complete("genai cost-estimate prices list --form") == "--format");
  if (find_command("serve") != nullptr) CHECK(complete("genai serve --config gen") == "genai.yaml");
}

TEST_CASE("zsh completes commands, flags, words and files") {
  if (!installed("zsh")) {
    WARN("no zsh here");
    return;
  }
  const test::Directory directory;
  test::write_file(directory.path() / "genai.yaml", "");
  // A shell in a terminal, as a person would use it: types the line, TAB, and shows what the line became.
  test::write_file(directory.path() / "type.zsh", R"(zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell "PS1=; fpath=($completions \$fpath); autoload -U compinit; compinit -u -D; stty -echo"
zpty -w shell 'show() { print -r -- "<<$BUFFER>>"; BUFFER=; }; zle -N show; bindkey "^I" complete-word; bindkey "^X" show; print rea""dy'
zpty -r shell out '*ready*'
zpty -w -n shell "$1"$'\t\x18'
zpty -r shell out '*<<*>>*'
out=${out##*<<}
print -r -- "${out%%>>*}"
)");
  const auto complete = [&](const std::string& line) { return shell_says("exec zsh -f type.zsh '" + line + "'", directory.path()); };
  CHECK(complete("genai compl") == "genai completions \n");
  CHECK(complete("genai help --for") == "genai help --format=\n");
  CHECK(complete("genai help --format j") == "genai help --format json \n");
  CHECK(complete("genai completions z") == "genai completions zsh \n");
  CHECK(complete("genai cost-estimate pri") == "genai cost-estimate prices \n");
  CHECK(complete("genai cost-estimate prices up") == "genai cost-estimate prices update \n");
  CHECK(complete("genai cost-estimate prices list --vend") == "genai cost-estimate prices list --vendor=\n");
  if (find_command("serve") != nullptr) CHECK(complete("genai serve --config gen") == "genai serve --config genai.yaml \n");
}

TEST_CASE("manual pages are clean troff") {
  if (!installed("groff")) {
    WARN("no groff here");
    return;
  }
  const test::Directory directory;
  std::vector<std::string> subjects{""};
  for (const auto* command : all_commands()) subjects.emplace_back(command->name);
  for (const auto& subject : subjects) {
    INFO("genai help --format man " << subject);
    const auto outcome = test::run_shell("genai help --format man " + subject + " | groff -ww -man -Tutf8 -z", directory.path());
    CHECK(outcome.exit == 0);
    CHECK(outcome.err == "");
    const auto shown = test::run_shell("genai help --format man " + subject + " | groff -man -Tutf8 -P-cbou", directory.path()).out;
    CHECK(shown.find(subject.empty() ? "COMMANDS" : "EXAMPLES") != std::string::npos);
  }
}

TEST_CASE("help as JSON holds every command, flag, exit code and variable") {
  const test::Directory directory;
  const auto outcome = test::run({"help", "--format", "json"}, directory.path());
  REQUIRE(outcome.exit == 0);
  const auto json = nlohmann::json::parse(outcome.out);
  CHECK(json["schema"] == "genai.help/v1");
  const auto all = all_commands();
  REQUIRE(json["commands"].size() == all.size());
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto& command = json["commands"][i];
    CHECK(command["name"] == all[i]->name);
    CHECK(command["examples"].size() == all[i]->examples.size());
    CHECK(command["options"].back()["names"].back() == "--help");
  }
  CHECK(nlohmann::json::parse(test::run({"help", "--json", "help"}, directory.path()).out)["commands"].size() == 1);
}

TEST_CASE("every exit code of the error table is explained") {
  std::set<int> explained;
  for (const auto& row : help::exit_codes()) explained.insert(row.code);
  for (int code = 0; code <= static_cast<int>(Code::internal); ++code) CHECK(explained.contains(row(static_cast<Code>(code)).exit));
}

TEST_CASE("one flag has one meaning for its value") {
  // --format and the like may differ in their words, but a name that takes a value here takes one everywhere.
  std::map<std::string, bool> takes_value;
  for (const auto& page : help::describe_all()) {
    for (const auto& option : page.options) {
      INFO(page.command->name);
      CHECK_FALSE(option.what.empty());
      for (const auto& name : option.names) {
        const auto [at, fresh] = takes_value.emplace(name, !option.value.empty());
        INFO(name);
        CHECK(at->second == !option.value.empty());
        CHECK_FALSE((name.ends_with("key") || name.ends_with("password") || name.ends_with("secret")));  // a file that holds one, at most
      }
    }
  }
}

TEST_CASE("help keeps to its width") {
  for (const std::size_t width : {60U, 80U, 100U}) {
    for (const auto& page : help::describe_all()) {
      const auto text = help::page_text(page, width);
      std::size_t start = 0;
      for (auto end = text.find('\n'); end != std::string::npos; end = text.find('\n', start)) {
        const auto line = text.substr(start, end - start);
        start = end + 1;
        const bool is_set = line.starts_with("  $ ") || line.find(' ', 4) == std::string::npos || line.starts_with("genai ") || line.starts_with("Usage:");
        INFO(line);
        CHECK((is_set || line.size() <= width));
      }
    }
  }
}

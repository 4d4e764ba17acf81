#include "genai/commands.hpp"
#include "genai/help/render.hpp"
#include "genai/options.hpp"

namespace genai {
namespace {

struct Options {
  std::string shell;
};

void declare(CLI::App& app, Options& options) {
  option::one_of(app, "SHELL", options.shell, "the shell to write for", {"bash", "zsh", "fish"})->required();
}

Result<int> run(const Options& options, World& world) {
  if (options.shell == "bash")
    world.out << help::bash_completion();
  else if (options.shell == "zsh")
    world.out << help::zsh_completion();
  else
    world.out << help::fish_completion();
  return 0;
}

constexpr Example examples[] = {
    {.line = "genai completions bash > genai.bash", .shows = "for this shell: then `. ./genai.bash`"},
    {.line = "genai completions zsh > _genai", .shows = "put it into a directory of $fpath"},
    {.line = "genai completions fish > genai.fish", .shows = "put it into ~/.config/fish/completions"},
};

}  // namespace

const Command completions_command{.name = "completions",
                                  .summary = "write a completion script for bash, zsh or fish",
                                  .group = Group::meta,
                                  .description = "The script completes commands, flags, their words and file names. Packages install it; from a source "
                                                 "tree, load it as the examples show.",
                                  .examples = examples,
                                  .add = bind<Options, declare, run>};

}  // namespace genai

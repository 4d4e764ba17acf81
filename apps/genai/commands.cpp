#include "genai/commands.hpp"

#include <algorithm>
#include <array>
#include <exception>

#include "genai/arguments.hpp"
#include "genai/help/render.hpp"
#include "genai/parse.hpp"
#include "genai/version.hpp"
#include "platform/text/table.hpp"

namespace genai {
namespace {

constexpr std::array table{
    &serve_command, &sim_command, &loadtest_command, &usage_command, &tokens_command, &cost_estimate_command, &config_command, &completions_command, &help_command,
};

int show(World& world, const std::string& text) {
  world.out << text;
  return 0;
}

// Arguments before any command.
int run_bare(const std::string& first, World& world) {
  if (first == "--help" || first == "-h") return show(world, help::overview_text(static_cast<std::size_t>(world.width)));
  if (first == "--version" || first == "-V") return show(world, version_line() + "\n");
  if (!first.starts_with('-')) return report(unknown_command(first), world);
  constexpr std::array<std::string_view, 2> flags{"--help", "--version"};
  return report(unexpected_argument(first, "", flags), world);
}

int run_command(const Command& command, std::span<const std::string> arguments, World& world) {
  if (const auto* child = arguments.empty() ? nullptr : find_command(arguments[0], command.children)) return run_command(*child, arguments.subspan(1), world);
  if (command.add == nullptr && (arguments.empty() || !arguments[0].starts_with('-')))
    return report(arguments.empty() ? missing_command(command) : unknown_command(arguments[0], &command), world);
  auto parsed = parse(command, arguments);
  if (!parsed) return report(parsed.error(), world);
  if (parsed->help) return show(world, help::page_text(help::describe(command), static_cast<std::size_t>(world.width)));
  const auto code = parsed->run(world);
  return code ? *code : report(code.error(), world);
}

}  // namespace

std::span<const Command* const> commands() { return table; }

std::vector<const Command*> all_commands() {
  std::vector<const Command*> result;
  const auto add = [&](const auto& self, std::span<const Command* const> some) -> void {
    for (const auto* command : some) {
      result.push_back(command);
      self(self, command->children);
    }
  };
  add(add, table);
  return result;
}

const Command* find_command(std::string_view word, std::span<const Command* const> among) {
  const auto at = std::find_if(among.begin(), among.end(), [&](const Command* command) { return command->word() == word; });
  return at == among.end() ? nullptr : *at;
}

int run_genai(std::span<const std::string> arguments, World& world) {
  try {
    if (arguments.empty()) {
      world.err << help::overview_text(static_cast<std::size_t>(world.width));
      return row(Code::usage_error).exit;
    }
    if (const auto secret = refuse_secrets(arguments)) return report(*secret, world);
    const auto* command = find_command(arguments[0]);
    return command == nullptr ? run_bare(arguments[0], world) : run_command(*command, arguments.subspan(1), world);
  } catch (const std::exception& e) {
    return report({.code = Code::internal, .what = std::string("a bug in genai: ") + e.what(), .param = {}}, world);
  }
}

int report(const Error& error, World& world) {
  world.out.flush();
  std::string_view rest = error.what;
  for (bool first = true; first || !rest.empty(); first = false) {
    const auto end = std::min(rest.find('\n'), rest.size());
    world.err << (first ? "error: " : "") << text::printable(rest.substr(0, end)) << '\n';
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  world.err.flush();
  return row(error.code).exit;
}

}  // namespace genai

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
    &serve_command, &sim_command, &loadtest_command, &usage_command, &completions_command, &help_command,
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
  auto parsed = parse(command, arguments);
  if (!parsed) return report(parsed.error(), world);
  if (parsed->help) return show(world, help::page_text(help::describe(command), static_cast<std::size_t>(world.width)));
  const auto code = parsed->run(world);
  return code ? *code : report(code.error(), world);
}

}  // namespace

std::span<const Command* const> commands() { return table; }

const Command* find_command(std::string_view name) {
  const auto at = std::find_if(table.begin(), table.end(), [&](const Command* command) { return command->name == name; });
  return at == table.end() ? nullptr : *at;
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

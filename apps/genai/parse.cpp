#include "genai/parse.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "genai/arguments.hpp"

namespace genai {
namespace {

Error usage_error(std::string what, std::string param) { return {.code = Code::usage_error, .what = std::move(what), .param = std::move(param)}; }

std::string name_of(const CLI::Option& option) {
  return option.get_lnames().empty() ? option.get_name(option.get_positional()) : "--" + option.get_lnames().front();
}

Error with_hint(const std::string& what, const CLI::Option& option, const Command& command) {
  return usage_error(name_of(option) + ": " + what + "\nhint: `genai " + std::string(command.name) + " --help` shows what there is", name_of(option));
}

std::vector<std::string> flags_of(const CLI::App& app) {
  std::vector<std::string> names;
  for (const auto* option : app.get_options())
    for (const auto& name : option->get_lnames()) names.push_back("--" + name);
  return names;
}

// The argument that named the option and stands last on the line, so that its value is missing.
bool lacks_value(const CLI::Option& option, std::span<const std::string> arguments) {
  if (arguments.empty() || option.get_items_expected_min() == 0) return false;
  const auto& last = arguments.back();
  const auto& long_names = option.get_lnames();
  const auto& short_names = option.get_snames();
  return std::any_of(long_names.begin(), long_names.end(), [&](const auto& name) { return last == "--" + name; }) ||
         std::any_of(short_names.begin(), short_names.end(), [&](const auto& name) { return last == "-" + name; });
}

// What CLI11 objected to, found in its options rather than in its message.
Error explained(const CLI::ParseError& error, const CLI::App& app, const Command& command, std::span<const std::string> arguments) {
  const auto rest = app.remaining();
  if (!rest.empty()) {
    const auto names = flags_of(app);
    const std::vector<std::string_view> flags(names.begin(), names.end());
    return unexpected_argument(rest.front(), command.name, flags);
  }
  for (const auto* option : app.get_options()) {
    if (lacks_value(*option, arguments)) return with_hint("a value is missing", *option, command);
    if (static_cast<int>(option->results().size()) > std::max(1, option->get_items_expected_max()))
      return with_hint("given more than once", *option, command);
    for (const auto* other : option->get_excludes())
      if (option->count() > 0 && other->count() > 0) return with_hint("cannot be combined with " + name_of(*other), *option, command);
    for (const auto* other : option->get_needs())
      if (option->count() > 0 && other->count() == 0) return with_hint("needs " + name_of(*other) + " as well", *option, command);
    if (option->get_required() && option->count() == 0) return with_hint("missing", *option, command);
  }
  return usage_error(error.what(), {});
}

// Variables are documented with envname(); reading them is the settings' business, in its layers.
void leave_variables_to_settings(CLI::App& app) {
  for (auto* option : app.get_options({})) option->envname("");
}

}  // namespace

Result<Parsed> parse(const Command& command, std::span<const std::string> arguments) {
  CLI::App app;
  app.set_help_flag("-h,--help", "show this help");
  app.allow_extras();
  Runner run = [&command](World&) -> Result<int> { return missing_command(command); };
  if (command.add != nullptr) run = command.add(app);
  leave_variables_to_settings(app);
  try {
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
  } catch (const CLI::CallForHelp&) {
    return Parsed{{}, true};
  } catch (const CLI::ValidationError& error) {
    if (!app.remaining().empty()) return explained(error, app, command, arguments);
    return usage_error(error.what(), {});
  } catch (const CLI::ParseError& error) {
    return explained(error, app, command, arguments);
  }
  if (!app.remaining().empty()) return explained(CLI::ExtrasError(app.remaining()), app, command, arguments);
  return Parsed{std::move(run), false};
}

}  // namespace genai

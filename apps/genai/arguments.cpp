#include "genai/arguments.hpp"

#include <algorithm>
#include <array>

#include "genai/commands.hpp"
#include "platform/text/nearest.hpp"
#include "platform/text/table.hpp"

namespace genai {
namespace {

constexpr std::string_view where_to_put_it =
    "\nhint: put the key into the variable GENAI_UPSTREAM_KEY, or into a file: api_key: \"${file:PATH}\" in genai.yaml";

struct KeyShape {
  std::string_view prefix;
  std::size_t least_more;  // bytes after the prefix
};
// How the keys of providers begin.
constexpr std::array shapes{
    KeyShape{"sk-", 4},   KeyShape{"sk_", 12},    KeyShape{"AIza", 12},   KeyShape{"gsk_", 12}, KeyShape{"xai-", 12},
    KeyShape{"hf_", 12},  KeyShape{"nvapi-", 8},  KeyShape{"pplx-", 12},  KeyShape{"r8_", 12},  KeyShape{"AKIA", 12},
    KeyShape{"fw_", 12},  KeyShape{"Bearer ", 8}, KeyShape{"bearer ", 8}, KeyShape{"ghp_", 12},
};

bool is_key_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.' || c == '+' || c == '/' ||
         c == '=';
}

bool looks_like_key_at(std::string_view text, const KeyShape& shape) {
  if (!text.starts_with(shape.prefix)) return false;
  const auto rest = text.substr(shape.prefix.size());
  const auto end = std::find_if_not(rest.begin(), rest.end(), is_key_byte);
  return static_cast<std::size_t>(end - rest.begin()) >= shape.least_more;
}

// At the start of the argument or after a byte that separates words: --flag=KEY, NAME:KEY, user:KEY@host.
bool holds_key(std::string_view argument) {
  constexpr std::string_view separators = "=:,;@?& \"'";
  for (std::size_t at = 0; at < argument.size(); ++at) {
    if (at > 0 && separators.find(argument[at - 1]) == std::string_view::npos) continue;
    const auto matches = [&](const KeyShape& shape) { return looks_like_key_at(argument.substr(at), shape); };
    if (std::any_of(shapes.begin(), shapes.end(), matches)) return true;
  }
  return false;
}

// Flags that people try for a secret and that no command has.
bool asks_for_secret(std::string_view flag) {
  return flag.ends_with("key") || flag.find("secret") != std::string_view::npos || flag.find("password") != std::string_view::npos ||
         flag == "--token" || flag.ends_with("-token");
}

Error usage_error(std::string what, std::string_view param) { return {.code = Code::usage_error, .what = std::move(what), .param = std::string(param)}; }

}  // namespace

std::optional<Error> refuse_secrets(std::span<const std::string> arguments) {
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string_view argument = arguments[i];
    if (!holds_key(argument)) continue;
    const auto equals = argument.find('=');
    std::string place = "argument " + std::to_string(i + 1);
    if (argument.starts_with("--") && equals != std::string_view::npos && !holds_key(argument.substr(0, equals)))
      place = text::printable(argument.substr(0, equals));
    else if (i > 0 && arguments[i - 1].starts_with("--") && !holds_key(arguments[i - 1]) && arguments[i - 1].find('=') == std::string::npos)
      place = text::printable(arguments[i - 1]);
    return usage_error(place + ": looks like a secret key, and arguments can be seen by every user of this machine" + std::string(where_to_put_it),
                       place);
  }
  return std::nullopt;
}

Error unknown_command(std::string_view typed, const Command* parent) {
  const auto before = parent == nullptr ? std::string("genai ") : "genai " + std::string(parent->name) + " ";
  std::vector<std::string_view> names;
  for (const auto* command : parent == nullptr ? commands() : parent->children) names.push_back(command->word());
  const auto near = text::nearest(typed, names);
  return usage_error("unknown command '" + text::printable(typed.substr(0, 64)) + "'\nhint: " +
                         (near              ? "did you mean `" + before + std::string(*near) + "`?"
                          : parent == nullptr ? std::string("`genai help` lists the commands")
                                              : "`" + before + "--help` lists the commands"),
                     typed);
}

Error missing_command(const Command& parent) {
  std::string list;
  for (const auto* child : parent.children) list += (list.empty() ? "" : ", ") + std::string(child->word());
  return usage_error("`genai " + std::string(parent.name) + "` needs a command\nhint: choose from " + list, {});
}

Error unexpected_argument(std::string_view argument, std::string_view command, std::span<const std::string_view> flags) {
  const auto help = "`genai " + (command.empty() ? "" : std::string(command) + " ") + "--help` shows what there is";
  if (!argument.starts_with('-') || argument == "-" || argument == "--")
    return usage_error("unexpected argument '" + text::printable(argument.substr(0, 64)) + "'\nhint: " + help, argument);
  const auto flag = argument.substr(0, argument.find('='));
  const auto what = "unknown flag '" + text::printable(flag.substr(0, 64)) + "'";
  const auto near = text::nearest(flag, flags);
  if (near && flag.size() > 2) return usage_error(what + "\nhint: did you mean " + std::string(*near) + "?", flag);
  if (asks_for_secret(flag)) return usage_error(what + "; a secret is never an argument" + std::string(where_to_put_it), flag);
  return usage_error(what + "\nhint: " + help, flag);
}

}  // namespace genai

// Manual pages in troff's man macros.
#include <algorithm>

#include "genai/help/render.hpp"
#include "genai/version.hpp"

namespace genai::help {
namespace {

// Text that troff prints as it is: no escapes, no requests, and '-' as the character that can be pasted into a shell.
std::string troff(std::string_view text) {
  std::string result;
  bool line_start = true;
  for (const char c : text) {
    if (line_start && (c == '.' || c == '\'')) result += "\\&";
    line_start = c == '\n';
    switch (c) {
      case '\\': result += "\\e"; break;
      case '-': result += "\\-"; break;
      case '\'': result += "\\(aq"; break;
      case '`': result += "\\(ga"; break;
      case '^': result += "\\(ha"; break;
      case '~': result += "\\(ti"; break;
      default: result += c;
    }
  }
  return result;
}

std::string bold(std::string_view text) { return "\\fB" + troff(text) + "\\fR"; }
std::string italic(std::string_view text) { return "\\fI" + troff(text) + "\\fR"; }

// "genai-cost-estimate-prices"
std::string page_name(const Command& command) {
  auto name = "genai-" + std::string(command.name);
  std::replace(name.begin(), name.end(), ' ', '-');
  return name;
}

std::string entries(std::span<const Command* const> commands) {
  std::string result;
  for (const auto* command : commands) result += ".TP\n" + bold(page_name(*command)) + "(1)\n" + troff(command->summary) + "\n";
  return result;
}

std::string head(std::string_view name, std::string_view summary) {
  return ".TH " + troff(name) + " 1 \"\" \"genai " + troff(version_number()) + "\" \"genai manual\"\n.SH NAME\n" + troff(name) + " \\- " +
         troff(summary) + "\n";
}

// Paragraphs; lines that begin with a blank are set as they are.
std::string body(std::string_view text) {
  std::string result;
  bool verbatim = false, gap = true;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const bool is_verbatim = line.starts_with(' ');
    if (verbatim && !is_verbatim) result += ".EE\n.RE\n";
    if (line.empty() || (verbatim && !is_verbatim)) gap = true;
    if (!line.empty() && gap) result += ".PP\n";
    if (!line.empty()) gap = false;
    if (is_verbatim && !verbatim) result += ".RS 2\n.EX\n";
    if (!line.empty()) result += troff(is_verbatim ? line.substr(std::min<std::size_t>(2, line.size())) : line) + "\n";
    verbatim = is_verbatim;
  }
  return verbatim ? result + ".EE\n.RE\n" : result;
}

std::string option_entry(const Option& option) {
  std::string names;
  for (const auto& name : option.names) names += (names.empty() ? "" : ", ") + bold(name);
  const auto value = option.choices.empty() || option.is_positional() ? option.value : "WORD";
  if (!value.empty()) names += (names.empty() ? "" : " ") + italic(value);
  return ".TP\n" + names + "\n" + troff(explanation(option)) + "\n";
}

std::string options_section(const Page& page, std::string_view title, bool positional) {
  std::string entries;
  for (const auto& option : page.options)
    if (option.is_positional() == positional) entries += option_entry(option);
  return entries.empty() ? "" : ".SH " + std::string(title) + "\n" + entries;
}

std::string examples_section(const Page& page) {
  std::string result = ".SH EXAMPLES\n";
  for (const auto& example : page.command->examples)
    result += ".PP\n" + troff(example.shows) + ":\n.PP\n.RS 2\n.EX\n" + troff(shown_line(example)) + "\n.EE\n.RE\n";
  return result;
}

std::string exit_status() {
  std::string result = ".SH \"EXIT STATUS\"\n";
  for (const auto& row : exit_codes()) result += ".TP\n" + bold(std::to_string(row.code)) + "\n" + troff(row.meaning) + "\n";
  return result;
}

}  // namespace

std::string overview_man() {
  auto result = head("genai", "one program between applications and language models");
  result += ".SH SYNOPSIS\n" + bold("genai") + " " + italic("COMMAND") + " [" + italic("FLAGS") + "]\n.SH COMMANDS\n" + entries(commands());
  for (const auto& topic : topics()) {
    if (topic.name == "exit-codes") continue;
    std::string title;
    for (const char c : topic.name) title += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    result += ".SH " + troff(title == "CONFIG" ? "CONFIGURATION" : title) + "\n" + body(topic.body());
  }
  return result + exit_status();
}

std::string page_man(const Page& page) {
  const auto& command = *page.command;
  auto result = head(page_name(command), command.summary);
  result += ".SH SYNOPSIS\n" + troff(usage_line(page)) + "\n";
  if (!command.description.empty()) result += ".SH DESCRIPTION\n" + body(command.description);
  if (!command.children.empty()) result += ".SH COMMANDS\n" + entries(command.children);
  result += options_section(page, "ARGUMENTS", true) + options_section(page, "OPTIONS", false);
  return result + examples_section(page) + exit_status() + ".SH \"SEE ALSO\"\n" + bold("genai") + "(1)\n";
}

}  // namespace genai::help

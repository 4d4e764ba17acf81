#include "genai/help/tree.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>

namespace genai::help {
namespace {

// "text|json" is a closed list of words; every other value name is one word in capitals.
std::vector<std::string> choices_of(const std::string& value) {
  if (value.find('|') == std::string::npos) return {};
  std::vector<std::string> result;
  for (std::size_t at = 0; at <= value.size();) {
    const auto end = std::min(value.find('|', at), value.size());
    result.push_back(value.substr(at, end - at));
    at = end + 1;
  }
  return result;
}

Option described(const CLI::Option& option) {
  Option result;
  for (const auto& name : option.get_snames()) result.names.push_back("-" + name);
  for (const auto& name : option.get_lnames()) result.names.push_back("--" + name);
  const bool is_switch = option.get_items_expected_max() == 0;
  const auto positional = option.get_name(true);
  if (!is_switch) result.value = result.names.empty() ? positional : option.get_type_name();
  result.choices = choices_of(option.get_type_name());
  result.what = option.get_description();
  result.standard = option.get_default_str();
  result.variable = option.get_envname();
  result.required = option.get_required();
  result.repeatable = option.get_items_expected_max() > 1;
  if (option.get_type_name() == "FILE") result.completes = Completes::files;
  if (option.get_type_name() == "DIR") result.completes = Completes::directories;
  return result;
}

void replace(std::string& text, std::string_view from, std::string_view to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) text.replace(at, from.size(), to);
}

}  // namespace

Page describe(const Command& command) {
  CLI::App app;
  app.set_help_flag("-h,--help", "show this help");
  if (command.add != nullptr) command.add(app);
  Page page{&command, {}};
  for (const auto* option : app.get_options([](const CLI::Option* o) { return !o->get_group().empty(); })) page.options.push_back(described(*option));
  const auto rank = [](const Option& option) { return option.is_positional() ? 0 : option.names.back() == "--help" ? 2 : 1; };
  std::stable_sort(page.options.begin(), page.options.end(), [&](const Option& a, const Option& b) { return rank(a) < rank(b); });
  return page;
}

std::vector<Page> describe_all() {
  std::vector<Page> pages;
  for (const auto* command : all_commands()) pages.push_back(describe(*command));
  return pages;
}

std::string usage_line(const Page& page) {
  std::string line = "genai " + std::string(page.command->name);
  if (page.command->add == nullptr) return line + " COMMAND [FLAGS]";
  line += " [FLAGS]";
  for (const auto& option : page.options) {
    if (!option.is_positional()) continue;
    const auto name = option.value + (option.repeatable ? "..." : "");
    line += option.required ? " " + name : " [" + name + "]";
  }
  return line;
}

std::string signature(const Option& option) {
  std::string result;
  for (const auto& name : option.names) result += (result.empty() ? "" : ", ") + name;
  if (option.value.empty()) return result;
  return result + (result.empty() ? "" : " ") + (option.choices.empty() || option.is_positional() ? option.value : "WORD");
}

std::string explanation(const Option& option) {
  std::string result = option.what;
  if (!option.choices.empty()) {
    result += "; one of ";
    for (std::size_t i = 0; i < option.choices.size(); ++i) result += (i == 0 ? "" : ", ") + option.choices[i];
  }
  if (option.required && !option.is_positional()) result += " [required]";
  if (!option.standard.empty()) result += " [default: " + option.standard + "]";
  if (!option.variable.empty()) result += " [env: " + option.variable + "]";
  return result;
}

std::string shown_line(const Example& example) {
  std::string line(example.line);
  replace(line, "{url}", "http://127.0.0.1:8080");
  replace(line, "{dir}", "./genai-data");
  return line;
}

std::string_view group_title(Group group) {
  switch (group) {
    case Group::serve: return "Serving";
    case Group::measure: return "Measuring";
    case Group::report: return "Reporting";
    case Group::meta: return "Help";
  }
  return "";
}

}  // namespace genai::help

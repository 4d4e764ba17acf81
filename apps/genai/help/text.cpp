// Help as plain text, and the README's list.
#include <algorithm>

#include "genai/help/render.hpp"
#include "genai/version.hpp"
#include "platform/text/table.hpp"

namespace genai::help {
namespace {

constexpr std::size_t gap = 2;

struct Row {
  std::string left;
  std::string right;
};

// Two columns; what does not fit beside a long left cell goes below it.
std::string two_columns(const std::vector<Row>& rows, std::size_t width, std::size_t least_left = 0) {
  constexpr std::size_t widest_left = 26;
  std::size_t left = least_left;
  for (const auto& row : rows)
    if (row.left.size() <= widest_left) left = std::max(left, row.left.size());
  const auto indent = gap + left + gap;
  std::string result;
  for (const auto& row : rows) {
    auto right = text::wrap(row.right, std::max<std::size_t>(width, indent + 20), indent);
    const std::string head = "  " + row.left;
    const bool beside = row.left.size() <= left;
    result += beside ? head + std::string(left - row.left.size() + gap, ' ') + right.substr(std::min(indent, right.size())) : head + "\n" + right;
  }
  return result;
}

std::string section(std::string_view title, const std::string& body) { return body.empty() ? "" : "\n" + std::string(title) + "\n" + body; }

std::string options_part(const Page& page, bool positional, std::size_t width) {
  std::vector<Row> rows;
  for (const auto& option : page.options)
    if (option.is_positional() == positional) rows.push_back({signature(option), explanation(option)});
  return two_columns(rows, width);
}

std::string examples_part(const Page& page, std::size_t width) {
  std::string result;
  for (const auto& example : page.command->examples)
    result += text::wrap("# " + std::string(example.shows), width, gap) + "  $ " + shown_line(example) + "\n";
  return result;
}

constexpr Group groups[] = {Group::serve, Group::measure, Group::report, Group::meta};

std::vector<Row> commands_of(Group group) {
  std::vector<Row> rows;
  for (const auto* command : commands())
    if (command->group == group) rows.push_back({std::string(command->name), std::string(command->summary)});
  return rows;
}

}  // namespace

std::string overview_text(std::size_t width) {
  std::string result = "genai " + version_number() + ": one program between applications and language models\n\nUsage: genai COMMAND [FLAGS]\n";
  std::size_t left = 0;
  for (const auto* command : commands()) left = std::max(left, command->name.size());
  for (const auto group : groups) result += section(group_title(group), two_columns(commands_of(group), width, left));
  std::vector<Row> flags{{"-h, --help", "show help; of a command: genai COMMAND --help"}, {"--version", "show version, commit and compiler"}};
  result += section("Flags", two_columns(flags, width, left));
  std::vector<Row> about;
  for (const auto& topic : topics()) about.push_back({std::string(topic.name), std::string(topic.summary)});
  return result + section("Topics (genai help TOPIC)", two_columns(about, width, left));
}

std::string page_text(const Page& page, std::size_t width) {
  const auto& command = *page.command;
  std::string result = "genai " + std::string(command.name) + ": " + std::string(command.summary) + "\n";
  result += "\nUsage: " + usage_line(page) + "\n";
  if (!command.description.empty()) result += "\n" + text::wrap(command.description, width);
  std::vector<Row> children;
  for (const auto* child : command.children) children.push_back({std::string(child->word()), std::string(child->summary)});
  result += section("Commands", two_columns(children, width));
  result += section("Arguments", options_part(page, true, width));
  result += section("Flags", options_part(page, false, width));
  return result + section("Examples", examples_part(page, width));
}

std::string topic_text(const Topic& topic, std::size_t width) { return text::wrap(topic.body(), width); }

std::string readme_list() {
  text::Table table({{"command", text::Align::left}, {"what it does", text::Align::left}, {"for example", text::Align::left}});
  for (const auto* command : commands())
    table.add({"`genai " + std::string(command->name) + "`", std::string(command->summary), "`" + shown_line(command->examples[0]) + "`"});
  return table.markdown();
}

}  // namespace genai::help

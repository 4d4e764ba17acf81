#include "genai/arguments.hpp"
#include "genai/commands.hpp"
#include "genai/help/render.hpp"
#include "genai/options.hpp"

namespace genai {
namespace {

struct Options {
  std::string subject;
  std::vector<std::string> further;
  std::string format = "text";
};

void declare(CLI::App& app, Options& options) {
  std::vector<std::string> subjects;
  for (const auto* command : commands()) subjects.emplace_back(command->name);
  for (const auto& topic : help::topics()) subjects.emplace_back(topic.name);
  option::one_of(app, "SUBJECT", options.subject, "a command or a topic", std::move(subjects));
  app.add_option("COMMAND", options.further, "further words of the command")->type_name("TEXT")->expected(0, -1);
  option::format(app, options.format, {"text", "json", "man"});
}

std::string overview(const std::string& format, std::size_t width) {
  if (format == "json") return help::overview_json();
  return format == "man" ? help::overview_man() : help::overview_text(width);
}

std::string page(const Command& command, const std::string& format, std::size_t width) {
  const auto described = help::describe(command);
  if (format == "json") return help::page_json(described);
  return format == "man" ? help::page_man(described) : help::page_text(described, width);
}

Result<int> run(const Options& options, World& world) {
  const auto width = static_cast<std::size_t>(world.width);
  if (options.subject.empty()) {
    world.out << overview(options.format, width);
    return 0;
  }
  const auto* command = find_command(options.subject);
  for (const auto& word : options.further) {
    if (command == nullptr || find_command(word, command->children) == nullptr) return unexpected_argument(word, "help", {});
    command = find_command(word, command->children);
  }
  if (command != nullptr) {
    world.out << page(*command, options.format, width);
    return 0;
  }
  if (options.format != "text")
    return Error{.code = Code::usage_error,
                 .what = "a topic has no form of its own in " + options.format + "\nhint: `genai help --format " + options.format +
                         "` holds all topics",
                 .param = "--format"};
  world.out << help::topic_text(*help::find_topic(options.subject), width);
  return 0;
}

constexpr Example examples[] = {
    {.line = "genai help exit-codes", .shows = "what the exit codes mean"},
    {.line = "genai help --format json", .shows = "all commands, flags, defaults and examples as one JSON document"},
    {.line = "genai help --format man completions > genai-completions.1", .shows = "a manual page"},
};

}  // namespace

const Command help_command{.name = "help",
                           .summary = "explain a command or a topic",
                           .group = Group::meta,
                           .description = "Without a subject: all commands and topics. The same table makes the manual pages (--format man) and a "
                                          "document for programs (--format json).",
                           .examples = examples,
                           .add = bind<Options, declare, run>};

}  // namespace genai

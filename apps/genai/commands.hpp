// The command table: the one place that says which commands exist. Parsing, --help, `genai help`, man pages, completions and the
// README's list are derived from it and from the CLI11 options that each row declares.
//
// To add the command `bench`:
//   1. Write commands/bench.cpp in this shape:
//
//        #include "genai/commands.hpp"
//        #include "genai/options.hpp"   // CLI11 and our typed options: duration, one_of, integer, directory
//
//        namespace genai {
//        namespace {
//        struct Options { std::string url; std::chrono::nanoseconds duration = std::chrono::seconds(10); };
//
//        void declare(CLI::App& app, Options& options) {
//          app.add_option("URL", options.url, "address to measure")->required();
//          option::duration(app, "--duration", options.duration, "how long to send");
//        }
//
//        Result<int> run(const Options& options, World& world) { ...; return 0; }
//
//        constexpr Example examples[] = {{.line = "genai bench {url} --duration 1s", .shows = "...", .server = Server::sim}, ...};
//        }  // namespace
//
//        const Command bench_command{.name = "bench", .summary = "measure one endpoint", .group = Group::measure,
//          .description = "...", .examples = examples, .add = bind<Options, declare, run>};
//        }  // namespace genai
//
//   2. Declare `extern const Command bench_command;` at the end of this header and add `&bench_command` to the table in commands.cpp.
//   3. GENAI_UPDATE_GOLDEN=1 build/dev/bin/test_cli   # rewrites completions/, the README's list and the golden files of tests/cli
//
// A command with commands of its own (`genai prices list`) names them in `children`; their rows are named in full, "prices list". It may
// have options itself, or none, and then no `add`.
//
// A declared option is the only description of that option: default value, unit and choices come from it. An option that also has an
// environment variable says so with ->envname("GENAI_X"); that documents it, and the command reads it through the settings' layers.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "genai/world.hpp"

namespace CLI {
class App;
}

namespace genai {

// What runs once the arguments are parsed: an exit code (0 done, 1 the check asked for failed, 130/143 signal), or an Error that the
// caller prints as `error: ...` and turns into the exit code of its row. Exceptions are bugs.
using Runner = std::function<Result<int>(World&)>;

// What has to run before an example can: {url} in its line is that server's address.
enum class Server {
  none,
  sim,    // `genai sim --listen 127.0.0.1:0`
  serve,  // `genai serve --listen 127.0.0.1:0 --data-dir {dir}` on the embedded model
};

// An example that help shows and a test executes, in an empty directory without any GENAI_* or provider variable.
struct Example {
  // As typed in a shell. {url} stands for the address of `server` and {dir} for its data directory; help shows
  // http://127.0.0.1:8080 and ./genai-data in their place.
  std::string_view line;
  std::string_view shows;  // one line: what the reader sees
  int exit = 0;            // expected exit code
  Server server = Server::none;
  bool listens = false;    // a server itself: the test waits for "listening on", then sends SIGTERM and expects `exit`
};

enum class Group { serve, measure, report, meta };

struct Command {
  std::string_view name;         // all its words: "usage", "cost-estimate prices list"
  std::string_view summary;      // one line, lower case, no full stop
  Group group = Group::meta;
  std::string_view description;  // one or more paragraphs, separated by empty lines; wrapped by help
  std::span<const Example> examples;
  Runner (*add)(CLI::App&) = nullptr;  // declares the options and returns what runs after parsing; null: it only has children
  std::span<const Command* const> children = {};
  std::string_view word() const { return name.substr(name.rfind(' ') + 1); }  // what is typed last
};

// The commands that follow `genai`, in the order of the help. None is listed that does not exist.
std::span<const Command* const> commands();
// They and the children of each, each behind its parent.
std::vector<const Command*> all_commands();

// The row of that word among those given, or null.
const Command* find_command(std::string_view word, std::span<const Command* const> among = commands());

// Makes a row's `add` from a struct of options, its declaration and its run.
template <class Options, void (*declare)(CLI::App&, Options&), Result<int> (*run)(const Options&, World&)>
Runner bind(CLI::App& app) {
  auto options = std::make_shared<Options>();
  declare(app, *options);
  return [options](World& world) { return run(*options, world); };
}

// Parses arguments (without the program's name) and runs the command. Returns the exit code of the process; never throws.
int run_genai(std::span<const std::string> arguments, World& world);

// Prints `error: what`, the hint if there is one, to stderr and returns the exit code of the error's row. `Error::what` may hold several
// lines: the first is the error, lines that begin with "hint: " are hints, others are printed as they are.
int report(const Error& error, World& world);

// The rows, each defined in commands/<name>.cpp. A declaration without its line in the table costs nothing and lists nothing.
extern const Command serve_command;
extern const Command sim_command;
extern const Command loadtest_command;
extern const Command usage_command;
extern const Command tokens_command;
extern const Command cost_estimate_command;
extern const Command config_command;
extern const Command completions_command;
extern const Command help_command;

}  // namespace genai

// Every example that help shows does what it says.
#include <set>

#include "cli/process.hpp"
#include "genai/commands.hpp"
#include "test.hpp"

using namespace genai;

namespace {

std::string with(std::string text, const std::string& name, const std::string& value) {
  for (auto at = text.find(name); at != std::string::npos; at = text.find(name, at + value.size())) text.replace(at, name.size(), value);
  return text;
}

std::string server_line(Server server, const std::string& data) {
  if (server == Server::sim) return "genai sim --listen 127.0.0.1:0";
  return "genai serve --listen 127.0.0.1:0 --data-dir " + data;
}

void run_example(const Example& example) {
  const test::Directory scratch;
  const auto data = (scratch.path() / "data").string();
  auto line = with(std::string(example.line), "{dir}", data);
  std::optional<test::Server> server;
  if (example.server != Server::none) {
    server.emplace(server_line(example.server, data), scratch.path());
    INFO(server->said());
    REQUIRE_FALSE(server->url().empty());
    line = with(line, "{url}", server->url());
  }
  if (example.listens) {
    test::Server itself(line, scratch.path(), {{"GENAI_LISTEN", "127.0.0.1:0"}});  // no fixed port where the line names none
    INFO(itself.said());
    CHECK_FALSE(itself.url().empty());
    CHECK(itself.stop() == example.exit);
  } else {
    const auto outcome = test::run_shell(line, scratch.path());
    INFO(outcome.out << outcome.err);
    CHECK(outcome.exit == example.exit);
  }
  if (server) CHECK(server->stop() == 0);
}

}  // namespace

TEST_CASE("every example runs and ends as help says") {
  for (const auto* command : all_commands()) {
    CHECK(command->examples.size() >= 2);
    for (const auto& example : command->examples) {
      INFO(example.line);
      CHECK(example.line.find("genai " + std::string(command->name)) != std::string_view::npos);
      run_example(example);
    }
  }
}

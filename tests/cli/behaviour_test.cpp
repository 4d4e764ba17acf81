// How the process behaves towards shell, pipe and terminal.
#include "cli/process.hpp"
#include "genai/arguments.hpp"
#include "genai/version.hpp"
#include "test.hpp"

using namespace genai;

TEST_CASE("--version is one line") {
  const test::Directory directory;
  const auto outcome = test::run({"--version"}, directory.path());
  CHECK(outcome.exit == 0);
  CHECK(outcome.err == "");
  CHECK(outcome.out == version_line() + "\n");
}

TEST_CASE("a reader that leaves early is no error, a full disk is") {
  const test::Directory directory;
  const auto early = test::run_shell("{ genai help --format json; echo $? >code; } | true; cat code", directory.path());
  CHECK(early.out == "0\n");
  CHECK(early.err == "");
  const auto full = test::run_shell("genai help >/dev/full", directory.path());
  CHECK(full.exit == 3);
  CHECK(full.err == "error: standard output cannot be written: No space left on device\n");
  const auto closed = test::run_shell("genai help >&-", directory.path());
  CHECK(closed.exit == 3);
  CHECK(closed.err == "error: standard output cannot be written: Bad file descriptor\n");
  CHECK(test::run_shell("genai help 2>&- <&-", directory.path()).exit == 0);
}

TEST_CASE("width follows COLUMNS where there is no terminal") {
  const test::Directory directory;
  const auto narrow = test::run({"help", "config"}, directory.path(), "", {{"COLUMNS", "50"}});
  const auto wide = test::run({"help", "config"}, directory.path(), "", {{"COLUMNS", "110"}});
  CHECK(narrow.out.size() > wide.out.size() - 200);
  CHECK(narrow.out != wide.out);
  CHECK(test::run({"help", "config"}, directory.path(), "", {{"COLUMNS", "x"}}).out == test::run({"help", "config"}, directory.path()).out);
}

TEST_CASE("output does not depend on the locale") {
  const test::Directory directory;
  const auto expected = test::run({"help", "--format", "json"}, directory.path()).out;
  for (const char* locale : {"C", "POSIX", "de_DE.UTF-8", "tr_TR.UTF-8"})
    CHECK(test::run({"help", "--format", "json"}, directory.path(), "", {{"LC_ALL", locale}}).out == expected);
}

TEST_CASE("P4: a secret as an argument is refused by its look and never repeated") {
  const test::Directory directory;
  for (const std::string key : {"sk-proj-Zq3xW8vT1", "sk-ant-api03-Zq3xW8vT1", "AIzaSyZq3xW8vT1Zq3xW8vT1", "gsk_Zq3xW8vT1Zq3xW8vT1"}) {
    for (const auto& arguments : std::vector<std::vector<std::string>>{{"help", key},
                                                                       {"help", "--format", key},
                                                                       {"help", "--format=" + key},
                                                                       {"help", "--api-key", key},
                                                                       {"help", "--header", "Authorization: Bearer " + key},
                                                                       {"help", "http://user:" + key + "@host/v1"},
                                                                       {key}}) {
      const auto outcome = test::run(arguments, directory.path());
      INFO(arguments.back() << "\n" << outcome.err);
      CHECK(outcome.exit == 2);
      CHECK(outcome.out == "");
      CHECK(outcome.err.find("Zq3xW8vT1") == std::string::npos);
      CHECK(outcome.err.find("GENAI_UPSTREAM_KEY") != std::string::npos);
      CHECK(outcome.err.find("${file:PATH}") != std::string::npos);
    }
  }
}

TEST_CASE("P4: what is no key passes") {
  for (const std::string argument : {"sk", "sk-", "task-runner-for-us", "gpt-4o", "--format=json", "http://127.0.0.1:8080/v1", "risk-12345678", "hf_hub"})
    CHECK_FALSE(refuse_secrets(std::vector<std::string>{"loadtest", argument}).has_value());
}

TEST_CASE("P4: flags that ask for a secret say where it belongs") {
  const test::Directory directory;
  for (const char* flag : {"--api-key", "--upstream-key", "--secret", "--password", "--token", "--api-key=hunter2"}) {
    const auto outcome = test::run({"help", flag, "hunter2"}, directory.path());
    INFO(outcome.err);
    CHECK(outcome.exit == 2);
    CHECK(outcome.err.find("a secret is never an argument") != std::string::npos);
    CHECK(outcome.err.find("hunter2") == std::string::npos);
  }
}

// Programs run for their output: how a line is taken apart, what comes back, and the bounds.
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fakes/scratch.hpp"
#include "platform/process/output.hpp"
#include "test.hpp"

namespace genai::process {
namespace {

using Words = std::vector<std::string>;

std::string failure(const Words& arguments, Bounds bounds = {}) {
  const auto result = output(arguments, "/", bounds);
  return result ? "it worked: " + *result : result.error().what;
}

}  // namespace

TEST_CASE("a command line is words; quotes hold them together and mean nothing else") {
  CHECK(*split("vault") == Words{"vault"});
  CHECK(*split("  vault  kv\tget ") == Words{"vault", "kv", "get"});
  CHECK(*split("a 'b c' \"d  e\" f'g'h") == Words{"a", "b c", "d  e", "fgh"});
  CHECK(*split("a '' \"\"") == Words{"a", "", ""});
  CHECK(*split("a \"it's\" '\"' \\ $HOME ; | > *") == Words{"a", "it's", "\"", "\\", "$HOME", ";", "|", ">", "*"});
  for (const std::string_view line : {"", "   ", "a 'b", "a \"", "''", "'' a"}) {
    INFO(line);
    CHECK(split(line).error().code == Code::config_error);
  }
}

TEST_CASE("what a program writes comes back; its standard error does not") {
  CHECK(*output({"printf", "%s", "a\nb"}, "/") == "a\nb");
  CHECK(*output({"sh", "-c", "echo secret >&2; echo out"}, "/") == "out\n");
  CHECK(*output({"cat"}, "/") == "");  // nothing to read
  CHECK(output({"sh", "-c", "head -c 65536 /dev/zero"}, "/")->size() == 65536);
  const fakes::Scratch scratch;
  fakes::write_content(scratch / "key", "here");
  CHECK(*output({"cat", "key"}, scratch.path()) == "here");
}

TEST_CASE("no output without a clean end, and the reason names the program alone") {
  CHECK(failure({"sh", "-c", "echo half; exit 3"}) == "the command 'sh' ended with exit status 3");
  CHECK(failure({"sh", "-c", "kill -9 $$"}) == "the command 'sh' was ended by signal 9");
  CHECK(failure({"/nonexistent/program", "token"}) == "the command '/nonexistent/program' cannot be started: No such file or directory");
  CHECK(failure({"sh", "-c", "head -c 65537 /dev/zero"}) == "the command 'sh' wrote more than 65536 bytes");
  CHECK(failure({"cat", "/dev/zero"}) == "the command 'cat' wrote more than 65536 bytes");
}

TEST_CASE("a program that does not end is killed with all that it started") {
  const fakes::Scratch scratch;
  const auto pipe = (scratch / "held").string();
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  const int end = ::open(pipe.c_str(), O_RDONLY | O_NONBLOCK);
  CHECK(failure({"sh", "-c", "sleep 1000 > " + pipe + " & echo started > " + pipe + "; wait"}, {.time = std::chrono::milliseconds(500)}) == "the command 'sh' took longer than 500 ms");
  pollfd hung_up{end, 0, 0};
  CHECK(::poll(&hung_up, 1, 30'000) == 1);  // nobody holds it any more
  ::close(end);
}

TEST_CASE("a program that leaves another behind has ended when it has") {
  CHECK(*output({"sh", "-c", "echo key; sleep 1000 > /dev/null & exit 0"}, "/") == "key\n");
  CHECK(*output({"sh", "-c", "sleep 1 & echo key"}, "/") == "key\n");  // it still holds the pipe
}

}  // namespace genai::process

#include "features/telemetry/request_log.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>

#include "fakes/scratch.hpp"
#include "test.hpp"

using namespace genai;
using namespace genai::telemetry;

namespace {

std::unique_ptr<RequestLog> open(const std::filesystem::path& file, std::size_t most = 1 << 20) {
  auto log = RequestLog::open({.file = file, .max_waiting_bytes = most});
  REQUIRE(log.has_value());
  return std::move(*log);
}

}  // namespace

TEST_CASE("lines are appended to the file, which only its owner may read") {
  const fakes::Scratch dir;
  const auto file = dir / "requests.log";
  fakes::write_content(file, "before\n");
  std::filesystem::remove(file);
  {
    auto log = open(file);
    log->add("{\"a\":1}");
    log->flush();
    CHECK(fakes::content(file) == "{\"a\":1}\n");
    for (int i = 0; i < 1000; ++i) log->add(std::to_string(i));
  }
  const auto text = fakes::content(file);
  CHECK(std::count(text.begin(), text.end(), '\n') == 1001);
  CHECK(text.ends_with("\n998\n999\n"));
  struct stat there {};
  REQUIRE(::stat(file.c_str(), &there) == 0);
  CHECK((there.st_mode & 0777) == 0600);
  open(file)->add("again");
  CHECK(fakes::content(file).ends_with("\n999\nagain\n"));
}

TEST_CASE("after a rotation the lines go to the file that has the name") {
  const fakes::Scratch dir;
  const auto file = dir / "requests.log";
  auto log = open(file);
  log->add("one");
  log->flush();
  std::filesystem::rename(file, dir / "requests.log.1");
  log->reopen();
  log->add("two");
  log->flush();
  CHECK(fakes::content(dir / "requests.log.1") == "one\n");
  CHECK(fakes::content(file) == "two\n");
  // A place where nothing can be made: the old file stays in use.
  std::filesystem::rename(file, dir / "requests.log.2");
  std::filesystem::create_directory(file);
  log->reopen();
  log->add("three");
  log->flush();
  CHECK(fakes::content(dir / "requests.log.2") == "two\nthree\n");
  CHECK(log->dropped() == 0);
}

TEST_CASE("L11: a reader who stalls costs lines, not time") {
  const fakes::Scratch dir;
  const auto pipe = dir / "pipe";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  const int reader = ::open(pipe.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  REQUIRE(reader >= 0);
  const auto began = std::chrono::steady_clock::now();
  {
    auto log = open(pipe, 64 * 1024);
    const std::string line(1000, 'x');
    for (int i = 0; i < 2000; ++i) log->add(line);
    CHECK(log->dropped() > 1000);
  }
  CHECK(std::chrono::steady_clock::now() - began < std::chrono::seconds(10));
  ::close(reader);
}

TEST_CASE("a reader who is gone costs lines, not the process") {
  const fakes::Scratch dir;
  const auto pipe = dir / "pipe";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  const int reader = ::open(pipe.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  auto log = open(pipe);
  ::close(reader);
  log->add("nobody hears this");
  log->flush();
  CHECK(log->dropped() == 1);
}

TEST_CASE("P3: a log that cannot be opened is an error that names it") {
  const fakes::Scratch dir;
  const auto opened = RequestLog::open({.file = dir / "none/requests.log", .max_waiting_bytes = 1});
  REQUIRE(opened.has_error());
  CHECK(opened.error().code == Code::environment);
  CHECK(opened.error().what.find((dir / "none/requests.log").string()) != std::string::npos);
}

TEST_CASE("what a record says in the log") {
  record::Record record;
  record.model = "chat \"x\"\n";
  record.provider = "main";
  record.upstream_model = "gpt-4o";
  record.user = "u-1";
  record.streamed = true;
  record.outcome = record::Outcome::ok;
  record.usage.prompt = Tokens{7};
  record.usage.completion = Tokens{3};
  record.usage.cached = Tokens{2};
  record.cost = NanoUsd{12'500};
  record.ttft = std::chrono::microseconds(12'034);
  CHECK(log_members(record) ==
        R"("model":"chat \"x\"\n","provider":"main","upstream_model":"gpt-4o","user":"u-1","streamed":true,"outcome":"ok",)"
        R"("prompt_tokens":7,"completion_tokens":3,"cached_tokens":2,"cost_usd":0.0000125,"ttft_ms":12.034)");
  record::Record refused;
  refused.outcome = record::Outcome::refused;
  refused.error_code = "invalid_json";
  CHECK(log_members(refused) ==
        R"("streamed":false,"outcome":"refused","error_code":"invalid_json","prompt_tokens":0,"completion_tokens":0,"cached_tokens":0,"cost_usd":null,"ttft_ms":null)");
  record.cost = NanoUsd{2'000'000'000};
  CHECK(log_members(record).find(R"("cost_usd":2,)") != std::string::npos);
  record.cost = NanoUsd{1'000'000'001};
  CHECK(log_members(record).find(R"("cost_usd":1.000000001,)") != std::string::npos);
}

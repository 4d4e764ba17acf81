#include "features/ledger/crash.hpp"

namespace genai::ledger {
namespace {

using namespace testing;

TEST_CASE("L4 kill -9 at any instant: acknowledged rows are there once, open ones become interrupted") { crash(10, 1); }

TEST_CASE("L4 what was open when the process was killed is a row with what was known") {
  const fakes::Scratch dir;
  const auto pid = ::fork();
  if (pid == 0) {
    const SystemClock clock;
    auto ledger = open(quick(dir.path()), clock);
    auto first = entry(*ledger, "first");
    auto second = entry(*ledger, std::string(94, 'm') + "\xE2\x82\xAC");
    ::kill(::getpid(), SIGKILL);
  }
  int status = 0;
  ::waitpid(pid, &status, 0);
  CHECK(WIFSIGNALED(status));
  const SystemClock clock;
  for (int start = 0; start < 2; ++start) {
    const auto ledger = open(quick(dir.path()), clock);
    const auto found = rows(dir.path());
    REQUIRE(found.size() == 2);
    for (const auto& [id, row] : found) {
      CHECK(row.outcome == "interrupted");
      CHECK(row.status == 0);
      CHECK(ledger->next_id().value() > id);
    }
    CHECK(found.begin()->second.model == "first");
    CHECK(std::next(found.begin())->second.model == std::string(94, 'm'));
  }
}

TEST_CASE("L4 a damaged in-flight file keeps nobody from starting, and invents no rows") {
  const fakes::Scratch dir;
  const SystemClock clock;
  { const auto ledger = open(quick(dir.path()), clock); }
  auto bytes = fakes::content(dir / "inflight");
  SeededRng random(7);
  for (std::size_t i = 16; i < bytes.size(); ++i) bytes[i] = static_cast<char>(random.next());
  for (const auto& damaged : {bytes, bytes.substr(0, 1'000), std::string(5, 'x'), std::string()}) {
    fakes::write_content(dir / "inflight", damaged);
    const auto ledger = open(quick(dir.path()), clock);
    CHECK(ledger->state().ready);
  }
  CHECK(rows(dir.path()).empty());
}

}  // namespace
}  // namespace genai::ledger

// Kills a process that settles rows, at a random acknowledgement, and checks what it promised.
#pragma once

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <set>
#include <vector>

#include "base/rng.hpp"
#include "features/ledger/ledger_fixture.hpp"

namespace genai::ledger::testing {

// What the child tells through its pipe, in order. A pipe takes these few bytes whole.
struct Told {
  std::int64_t id;
  std::int64_t acknowledged;  // 0: the entry was opened
};

inline net::Task<void> keep_settling(Ledger& ledger, net::Loop& loop, int to) {
  for (;;) {
    auto opened = entry(ledger);
    answer(opened);
    Told told{opened.record().id.value(), 0};
    if (::write(to, &told, sizeof told) != sizeof told) ::_exit(3);
    auto settled = opened.settled(loop);
    const bool durable = co_await settled;
    told.acknowledged = 1;
    if (!durable || ::write(to, &told, sizeof told) != sizeof told) ::_exit(3);
  }
}

[[noreturn]] inline void child(const std::filesystem::path& dir, int to) {
  const SystemClock clock;
  fakes::WaitingLoop loop(clock);
  auto config = quick(dir);
  auto ledger = open(config, clock);
  net::TaskGroup group;
  for (int i = 0; i < 32; ++i) group.spawn(keep_settling(*ledger, loop, to));
  loop.run_until([] { return false; });
  ::_exit(4);
}

struct Promises {
  std::set<std::int64_t> opened;
  std::set<std::int64_t> acknowledged;
};

// Runs a child on `dir` until it has acknowledged `count` rows, kills it, and returns all that it told.
inline Promises run_and_kill(const std::filesystem::path& dir, std::uint64_t count) {
  std::array<int, 2> pipe{};
  REQUIRE(::pipe(pipe.data()) == 0);
  const auto pid = ::fork();
  REQUIRE(pid >= 0);
  if (pid == 0) {
    ::close(pipe[0]);
    child(dir, pipe[1]);
  }
  ::close(pipe[1]);
  Promises promises;
  Told told{};
  bool killed = false;
  while (::read(pipe[0], &told, sizeof told) == sizeof told) {
    (told.acknowledged != 0 ? promises.acknowledged : promises.opened).insert(told.id);
    if (!killed && promises.acknowledged.size() >= count) {
      ::kill(pid, SIGKILL);
      killed = true;
    }
  }
  ::close(pipe[0]);
  int status = 0;
  ::waitpid(pid, &status, 0);
  CHECK(WIFSIGNALED(status));
  return promises;
}

// Kills `rounds` processes one after the other on the same data. After each start every row ever acknowledged is there and good, and every
// request that was open is there too: settled without a witness, or `interrupted`.
inline void crash(int rounds, std::uint64_t seed) {
  const fakes::Scratch dir;
  const SystemClock clock;
  SeededRng random(seed);
  Promises all;
  for (int round = 0; round < rounds; ++round) {
    INFO("round " << round << " of seed " << seed);
    const auto told = run_and_kill(dir.path(), 1 + random.next() % 200);
    all.opened.insert(told.opened.begin(), told.opened.end());
    all.acknowledged.insert(told.acknowledged.begin(), told.acknowledged.end());
    { const auto restarted = open(quick(dir.path()), clock); }
    const auto found = rows(dir.path());
    std::size_t missing = 0, spoiled = 0;
    for (const auto id : all.acknowledged) {
      const auto row = found.find(id);
      if (row == found.end()) ++missing;
      else if (row->second.outcome != "ok") ++spoiled;
    }
    for (const auto id : all.opened) missing += found.count(id) == 0 ? 1 : 0;
    CHECK(missing == 0);
    CHECK(spoiled == 0);
    // Entries opened in the instant of the kill were not told of: at most one for each of the child's coroutines.
    CHECK(found.size() <= all.opened.size() + static_cast<std::size_t>(32 * (round + 1)));
  }
}

}  // namespace genai::ledger::testing

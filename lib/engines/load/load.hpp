// Load tests: make a Target and a Plan, run it, report it.
//
// Which file to read for what: schedule.hpp when requests are sent; worker.hpp the life of a run; connection.hpp one connection; answer.hpp what is measured
// of an answer; tally.hpp what is counted; threshold.hpp gates; report.hpp what is shown.
#pragma once

#include <functional>

#include "base/clock.hpp"
#include "engines/load/plan.hpp"
#include "engines/load/report.hpp"

namespace genai::load {

struct Progress {
  Nanoseconds elapsed{0};  // since the first send, warm-up included
  Nanoseconds total{0};    // warm-up and measured part
  std::uint64_t sent = 0, ok = 0, failed = 0;
  std::uint64_t under_way() const { return sent - ok - failed; }
};

struct Watch {
  Nanoseconds every = std::chrono::seconds(10);
  std::function<void(const Progress&)> show;  // on the calling thread; empty: no progress
};

// Runs a checked plan over real sockets, on the calling thread and plan.threads - 1 others. SIGINT and SIGTERM end it early with what was measured so
// far. Blocks until all connections are closed.
Run run(const Plan& plan, const Clock& clock, const Watch& watch);

}  // namespace genai::load

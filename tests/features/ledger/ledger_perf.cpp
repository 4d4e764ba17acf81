// What a row costs: CPU of the whole process (opening, settling, writing, waking) and time to the acknowledgement, by rows handed over at once.
// usage: features_ledger_ledger_perf [DIR]   DIR is on the disk to be measured; default the temporary directory
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <fstream>

#include "base/clock.hpp"
#include "fakes/scratch.hpp"
#include "fakes/waiting_loop.hpp"
#include "features/ledger/ledger.hpp"
#include "platform/net/task.hpp"

namespace genai::ledger {
namespace {

double cpu_us() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto us = [](const timeval& t) { return static_cast<double>(t.tv_sec) * 1e6 + static_cast<double>(t.tv_usec); };
  return us(used.ru_utime) + us(used.ru_stime);
}

long resident_kib() {
  std::ifstream file("/proc/self/statm");
  long total = 0, resident = 0;
  file >> total >> resident;
  return resident * (::sysconf(_SC_PAGESIZE) / 1024);
}

Entry opened(Ledger& ledger) {
  Opening opening;
  opening.route = "/v1/chat/completions";
  opening.model = "gpt-4o-mini-2024-07-18";
  opening.user = "team-alpha";
  auto entry = *ledger.open_entry(opening);
  auto& record = entry.record();
  record.provider = "openai";
  record.upstream_model = "gpt-4o-mini";
  record.status = 200;
  record.outcome = record::Outcome::ok;
  record.usage = chat::Usage{Tokens(812), Tokens(164), Tokens(512), Tokens(0), false};
  record.cost = NanoUsd(220'200);
  return entry;
}

net::Task<void> settle(Entry entry, net::Loop& loop, std::size_t& left) {
  auto settled = entry.settled(loop);
  const bool durable = co_await settled;
  if (durable) --left;
}

void measure(const std::filesystem::path& dir, std::size_t at_once) {
  const SystemClock clock;
  fakes::WaitingLoop loop(clock);
  Config config;
  config.dir = dir / std::to_string(at_once);
  auto ledger = *Ledger::open(config, clock);
  const auto rounds = std::max<std::size_t>(64'000 / at_once, 100) / (at_once == 1 ? 20 : 1);
  std::vector<double> waits;
  const auto cpu = cpu_us();
  for (std::size_t round = 0; round < rounds; ++round) {
    const auto from = clock.now();
    std::size_t left = at_once;
    net::TaskGroup group;
    for (std::size_t i = 0; i < at_once; ++i) group.spawn(settle(opened(*ledger), loop, left));
    loop.run_until([&] { return left == 0; });
    waits.push_back(static_cast<double>((clock.now() - from).count()) / 1e6);
  }
  const auto used = cpu_us() - cpu;
  const auto state = ledger->state();
  std::sort(waits.begin(), waits.end());
  std::printf("%5zu at once: %6.2f us CPU a row, %6.1f rows a commit, acknowledged p50 %.2f ms p99 %.2f ms, RSS %ld KiB\n", at_once,
              used / static_cast<double>(rounds * at_once), static_cast<double>(state.rows_committed) / static_cast<double>(state.commits),
              waits[waits.size() / 2], waits[waits.size() * 99 / 100], resident_kib());
}

}  // namespace
}  // namespace genai::ledger

int main(int argc, char** argv) {
  const genai::fakes::Scratch scratch;
  for (const std::size_t at_once : {1u, 4u, 16u, 64u, 256u}) genai::ledger::measure(argc > 1 ? argv[1] : scratch.path(), at_once);
}

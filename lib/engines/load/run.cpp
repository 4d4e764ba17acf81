#include <fmt/chrono.h>

#include <algorithm>
#include <csignal>
#include <thread>

#include "engines/load/load.hpp"
#include "engines/load/worker.hpp"
#include "platform/net/io_loop.hpp"
#include "platform/stats/cpu_time.hpp"

namespace genai::load {
namespace {

// Threads need a moment to start; the first request is due after it.
constexpr Nanoseconds lead_in = std::chrono::milliseconds(20);

struct Station {
  Station(const Clock& clock, const Plan& plan, Shard shard) : loop(clock), worker(loop, plan, shard) {}
  net::IoLoop loop;
  Worker worker;
};

std::string timestamp(WallTime time) {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::chrono::system_clock::to_time_t(time)));
}

// The stations of one run. The first one's loop runs on the caller's thread, receives signals and ends last.
class Crew {
 public:
  Crew(const Plan& plan, const Clock& clock, const Watch& watch)
      : plan_(plan), clock_(clock), watch_(watch), stations_(hire(plan, clock)), progress_(first(), [this] { show(); }) {}

  Run run() {
    const double cpu_before = stats::process_cpu_seconds();
    Run run;
    run.started = timestamp(clock_.wall_now());
    begin_ = clock_.now() + lead_in;
    for (auto& station : stations_) start(*station);
    first().on_signals({SIGINT, SIGTERM}, [this](int signal) { interrupt(signal); });
    if (watch_.show) progress_.set(begin_ + watch_.every);
    work();
    for (auto& station : stations_) run.tally.add(station->worker.tally());
    run.signal = signal_;
    run.measured = measured_;
    run.cpu_seconds = stats::process_cpu_seconds() - cpu_before;
    return run;
  }

 private:
  static std::vector<std::unique_ptr<Station>> hire(const Plan& plan, const Clock& clock) {
    std::vector<std::unique_ptr<Station>> stations;
    for (unsigned k = 0; k < plan.threads; ++k) stations.push_back(std::make_unique<Station>(clock, plan, Shard{k, plan.threads}));
    return stations;
  }

  net::IoLoop& first() { return stations_.front()->loop; }

  void start(Station& station) {
    station.loop.post([this, &station] {
      station.worker.start(begin_, [this, &station] {
        if (&station != stations_.front().get()) station.loop.stop();
        first().post([this] { one_ended(); });
      });
    });
  }

  void one_ended() {
    if (++ended_ < stations_.size()) return;
    progress_.clear();
    first().stop();
  }

  void work() {
    std::vector<std::thread> threads;
    for (std::size_t i = 1; i < stations_.size(); ++i) threads.emplace_back([loop = &stations_[i]->loop] { loop->run(); });
    first().run();
    for (auto& thread : threads) thread.join();
  }

  void interrupt(int signal) {
    if (signal_ != 0) return;
    signal_ = signal;
    measured_ = std::clamp(clock_.now() - begin_ - plan_.warmup, Nanoseconds{0}, plan_.duration);
    for (auto& station : stations_) station->loop.post([&worker = station->worker] { worker.interrupt(); });
  }

  void show() {
    Progress progress{.elapsed = clock_.now() - begin_, .total = plan_.warmup + plan_.duration};
    for (auto& station : stations_) {
      const Glance& glance = station->worker.glance();
      // Ended before sent, so that what is under way is never less than nothing.
      progress.ok += glance.ok.load(std::memory_order_acquire);
      progress.failed += glance.failed.load(std::memory_order_acquire);
      progress.sent += glance.sent.load(std::memory_order_relaxed);
    }
    watch_.show(progress);
    progress_.set_after(watch_.every);
  }

  const Plan& plan_;
  const Clock& clock_;
  const Watch& watch_;
  std::vector<std::unique_ptr<Station>> stations_;
  net::Timer progress_;
  MonoTime begin_;
  std::size_t ended_ = 0;
  int signal_ = 0;
  Nanoseconds measured_ = plan_.duration;
};

}  // namespace

Run run(const Plan& plan, const Clock& clock, const Watch& watch) { return Crew(plan, clock, watch).run(); }

}  // namespace genai::load

// One shard of a run: sends on its schedule, on one loop, and counts.
//
// A run has a warm-up, a measured part and a drain. A request belongs to the part in which it was due, whenever it ends. After the measured part
// nothing is sent; what is still under way at the end of the drain has timed out.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <vector>

#include "engines/load/connection.hpp"
#include "engines/load/plan.hpp"
#include "engines/load/tally.hpp"
#include "platform/net/stream.hpp"

namespace genai::load {

// A glance at a running worker: any thread may read it, the worker alone writes it.
struct Glance {
  std::atomic<std::uint64_t> sent{0};
  std::atomic<std::uint64_t> ok{0};
  std::atomic<std::uint64_t> failed{0};
};

// Confined to the loop of its network. Destroyed only after it has ended, or before it was started.
class Worker final : ConnectionOwner {
 public:
  Worker(net::Network& network, const Plan& plan, Shard shard);
  ~Worker();

  // Sends from `begin` on. `ended` is called once, through the loop, when all is counted and closed.
  void start(MonoTime begin, std::function<void()> ended);
  // Sends no more and counts what is under way as unfinished. On the loop, like everything but glance().
  void interrupt();

  // Final after `ended`.
  const Tally& tally() const { return tally_; }
  const Glance& glance() const { return glance_; }

 private:
  enum class Phase { before, sending, draining, closing, ended };

  void send_due();
  void fill();
  void launch(MonoTime intended, MonoTime now);
  void dispatch(const Request& request);
  void send_on(Connection& connection, const Request& request);
  Connection& vacant_connection();
  void stop_sending();
  void give_up();
  void close_all();
  void check_closed();

  void ended(Connection& from, const Request& request, const Observation& seen, MonoTime now) override;
  void displaced(const Request& request) override;
  void lost(Connection& from) override;
  void retired(Connection& from) override;

  void count(const Request& request, const Observation& seen, MonoTime now);
  void count_ok(const Request& request, const Observation& seen, MonoTime now);
  void count_tokens(const Observation& seen);
  bool measured(MonoTime intended) const { return intended >= measure_from_; }

  net::Network& network_;
  const Plan& plan_;
  Schedule schedule_;
  const std::uint32_t most_under_way_;
  Phase phase_ = Phase::before;
  MonoTime begin_, measure_from_, end_;
  MonoTime answered_until_ = MonoTime::max();  // of the window in which answers are counted; starts with the first
  std::vector<std::unique_ptr<Connection>> connections_;
  std::vector<Connection*> idle_;    // connected; last in, first out, so that few stay warm
  std::vector<Connection*> vacant_;  // to be connected
  std::uint32_t under_way_ = 0;
  std::size_t open_ = 0;             // connections that are not vacant
  Tally tally_;
  Glance glance_;
  net::TaskGroup tasks_;
  net::Timer send_timer_;   // open loop: the next arrival. Closed loop: after failures to connect
  net::Timer phase_timer_;
  std::function<void()> when_ended_;
};

}  // namespace genai::load

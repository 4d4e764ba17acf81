// The thread that writes rows.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.hpp"
#include "features/ledger/ledger.hpp"
#include "features/ledger/places.hpp"
#include "features/ledger/table.hpp"
#include "platform/fs/spool.hpp"

namespace genai::ledger {

// Owns the database, the spool and the only thread that touches them once it is started. Rows are never dropped: what neither the database
// nor the spool takes stays in its place and is tried again. submit() and state() may be called from any thread.
class Writer {
 public:
  Writer(Config config, Table table, fs::Spool spool, std::string warning);
  ~Writer();  // waits for what is queued, then truncates the log

  // Before start(), on the caller's thread: replays the spool, stores the rows given, and returns the largest id there is.
  Result<std::int64_t> recover(const std::vector<record::Record>& left_open);
  void start(Places& places);

  void submit(Place& place) noexcept;
  bool ready() const noexcept { return ready_.load(std::memory_order_acquire); }
  std::uint64_t queued() const noexcept { return queued_.load(std::memory_order_relaxed); }  // handed over and not yet durable
  // Without open entries and refusals, which are counted elsewhere.
  State state() const;

 private:
  using RealTime = std::chrono::steady_clock::time_point;
  struct Wake {
    net::Loop* loop;
    std::vector<std::coroutine_handle<>> coroutines;
  };

  void run();
  Place* wait_for_rows();
  void pause(std::unique_lock<std::mutex>& lock);
  bool wants_healing() const { return !table_ || !unwritten_.empty(); }
  bool has_spooled_rows() const { return spool_.size() > replayed_; }

  void store(std::span<Place* const> rows);
  bool commit(std::span<const record::Record* const> rows);
  bool spool(std::span<const record::Record* const> rows);
  void keep(std::span<Place* const> rows);
  void finish(std::span<Place* const> rows);
  void wake(std::span<Place* const> rows, bool durable);

  void keep_house(bool idle);
  bool make_trustworthy();
  void heal();
  bool replay_some();
  bool commit_replayed(const std::vector<record::Record>& rows);
  void end_replay(const fs::SpoolItem& at);
  bool checkpoint(sqlite::Database::Checkpoint how);
  void lose_table(std::string why);
  void explain(std::string reason);
  void warn(std::string warning);

  const Config config_;
  const SystemClock real_;  // the thread's own pauses are real, whatever time the requests live in

  // The thread's own.
  std::optional<Table> table_;  // empty: failed, to be opened anew
  bool trusted_ = false;        // what the database shows is on the disk, see make_trustworthy()
  bool cautious_ = false;       // a reopened database that has not committed yet: waits for locks only briefly
  fs::Spool spool_;
  std::uint64_t replayed_ = 0;     // bytes of the spool whose rows are in the database
  std::vector<Place*> unwritten_;  // rows that nothing took
  MonoTime next_heal_{};
  int checkpoint_above_ = 0;  // pages
  bool checkpointed_ = true;  // nothing was committed since the last try
  Places* places_ = nullptr;
  std::vector<Place*> batch_;
  std::vector<const record::Record*> rows_;
  std::vector<Wake> wakes_;
  std::string encoded_, appended_;

  std::mutex mutex_;  // guards first_, last_, sleeping_, stopping_
  std::condition_variable not_empty_;
  Place* first_ = nullptr;
  Place* last_ = nullptr;
  bool sleeping_ = false;
  bool stopping_ = false;

  mutable std::mutex text_mutex_;  // guards reason_, warning_
  std::string reason_, warning_;
  std::atomic<bool> ready_{true};
  std::atomic<std::uint64_t> rows_committed_{0}, commits_{0}, rows_spooled_{0}, rows_in_spool_{0}, queued_{0};

  std::thread thread_;
};

}  // namespace genai::ledger

// The usage ledger: one row a request, and no acknowledged answer without its row.
//
// One process owns a data directory; inside it one thread owns the database. Loops hand it settled records through a bounded queue and are
// woken when the row is committed (WAL, synchronous=FULL: power-safe as far as the disk keeps its word). Natural group commit: a transaction takes
// what is queued, at most `max_batch` rows, without linger. When the database cannot be written, rows go to a spool file (append, CRC-32C,
// fdatasync) and are replayed later; when that fails too the ledger is not ready and refuses new entries. Open requests stand in a
// memory-mapped file of slots that survives kill -9; at the next start they become rows `interrupted`.
#pragma once

#include <coroutine>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "domain/record/record.hpp"
#include "platform/net/loop.hpp"

namespace genai::ledger {

struct Config {
  std::filesystem::path dir;                 // created with mode 0700 if missing
  std::size_t max_open = 65'536;             // entries open at once; the next is refused with `overloaded`
  std::size_t max_batch = 1'024;             // rows in one transaction
  std::chrono::milliseconds busy_timeout{5'000};   // how long a locked database is waited for before rows go to the spool
  std::chrono::milliseconds heal_interval{1'000};  // how often a failed database is tried again
};

class Ledger;

// Who is resumed, and where, once a row's fate is known; nobody when `loop` is null.
struct Waiter {
  net::Loop* loop = nullptr;
  std::coroutine_handle<> coroutine;
  bool* durable = nullptr;  // set before the coroutine is resumed
};

// What stands in the in-flight slot while a request runs; text beyond the bounds is cut.
struct Opening {
  std::string_view route;
  std::string_view model;
  std::string_view user;
  bool streamed = false;
};

// One open request, confined to its loop. It holds a reserved queue place and an in-flight slot. Texts in a row longer than 1024 bytes are cut.
// Unsettled at destruction: recorded as `failed` with what `record` holds.
class Entry {
 public:
  Entry() = default;  // empty: settles at once, records nothing
  Entry(Entry&& other) noexcept;
  Entry& operator=(Entry&& other) noexcept;
  ~Entry();  // noexcept, never waits

  // What stages fill in. `id` and `started` are set at open.
  record::Record& record() { return record_; }
  const record::Record& record() const { return record_; }

  // co_await entry.settled(loop), on that loop: hands the record over and resumes on `loop` when its row is durable (database or spool).
  // The result is false when neither could be written: then the answer must not be acknowledged. Once only.
  class Settled;
  Settled settled(net::Loop& loop);
  // Hands the record over without waiting.
  void settle() noexcept;
  bool is_open() const { return ledger_ != nullptr; }

 private:
  friend class Ledger;
  Entry(Ledger& ledger, record::Record record, std::uint32_t slot) noexcept;
  void hand_over(Waiter waiter) noexcept;
  Ledger* ledger_ = nullptr;
  std::uint32_t slot_ = 0;
  record::Record record_;
};

class Entry::Settled {
 public:
  bool await_ready() const noexcept { return false; }
  bool await_suspend(std::coroutine_handle<> coroutine) noexcept;  // false: nothing to wait for
  bool await_resume() const noexcept { return durable_; }

 private:
  friend class Entry;
  Settled(Entry& entry, net::Loop& loop) : entry_(entry), loop_(loop) {}
  Entry& entry_;
  net::Loop& loop_;
  bool durable_ = true;
};

// A snapshot for /health/ready and /metrics.
struct State {
  bool ready = false;
  std::string reason;   // why not, or why rows go to the spool; empty while all is well
  std::string warning;  // what a person should look at, such as a damaged spool that was set aside; empty when there is nothing
  std::uint64_t rows_committed = 0;
  std::uint64_t commits = 0;
  std::uint64_t rows_spooled = 0;
  std::uint64_t rows_waiting_in_spool = 0;
  std::uint64_t queued = 0;
  std::uint64_t open_entries = 0;
  std::uint64_t refusals_not_stored = 0;
};

// Any thread may call, unless said otherwise. Outlives its entries and the loops that wait on it.
class Ledger {
 public:
  // Takes the directory's lock (lock_held names the holder's pid), opens and migrates the database (corrupt_ledger when it is foreign, newer or
  // damaged: nothing is changed), turns what the last process left open into `interrupted` rows and replays its spool.
  static Result<std::unique_ptr<Ledger>> open(const Config& config, const Clock& clock);
  // Waits: writes what is queued, truncates the WAL, releases the lock.
  virtual ~Ledger() = default;

  // Reserves a queue place and a slot, and fills the record with id, start and what the opening says. Fails with ledger_unavailable
  // (cannot write anywhere) or overloaded (max_open).
  virtual Result<Entry> open_entry(const Opening& opening) = 0;
  // A request refused before any cost: a row `refused` without slot, not waited for. `id` and `started` are set where they are not.
  // Above 100 a second they are counted, not stored.
  virtual void refused(record::Record record) noexcept = 0;
  // A fresh id, for requests that never become entries.
  virtual RowId next_id() = 0;
  virtual State state() const = 0;

 protected:
  static Entry make_entry(Ledger& ledger, record::Record record, std::uint32_t slot) noexcept;

 private:
  friend class Entry;
  // Takes over the record of an entry; a duration left at zero becomes the time since the entry was opened. Never blocks for I/O.
  virtual void submit(record::Record&& record, std::uint32_t slot, Waiter waiter) noexcept = 0;
};

}  // namespace genai::ledger

#include "features/ledger/ledger.hpp"

#include <algorithm>
#include <atomic>
#include <utility>

#include "features/ledger/ids.hpp"
#include "features/ledger/inflight.hpp"
#include "features/ledger/places.hpp"
#include "features/ledger/row_codec.hpp"
#include "features/ledger/table.hpp"
#include "features/ledger/writer.hpp"
#include "platform/fs/lock_file.hpp"
#include "platform/fs/spool.hpp"

namespace genai::ledger {
namespace {

constexpr std::uint64_t most_refusals_queued = 1'024;

// Lets through a hundred a second and a burst of a hundred (generic cell rate algorithm). Any thread.
class RefusalGate {
 public:
  bool pass(MonoTime now) noexcept {
    constexpr std::int64_t interval = 10'000'000;  // ns
    constexpr std::int64_t burst = 99 * interval;
    const std::int64_t moment = now.time_since_epoch().count();
    auto due = due_.load(std::memory_order_relaxed);
    std::int64_t next = 0;
    do {
      const auto from = std::max(due, moment);
      if (from - moment > burst) return false;
      next = from + interval;
    } while (!due_.compare_exchange_weak(due, next, std::memory_order_relaxed));
    return true;
  }

 private:
  std::atomic<std::int64_t> due_{0};  // ns on the monotonic clock: when the queue of what has passed is paid off
};

std::string damaged_spools(const std::filesystem::path& dir) {
  std::error_code failed;
  for (const auto& file : std::filesystem::directory_iterator(dir, failed)) {
    if (file.path().filename().string().starts_with("spool.damaged-")) {
      return file.path().string() + " holds rows behind damaged bytes that could not be replayed";
    }
  }
  return {};
}

class FileLedger final : public Ledger {
 public:
  FileLedger(const Clock& clock, fs::DirectoryLock lock, Inflight inflight, std::uint32_t slots, std::unique_ptr<Writer> writer,
             std::int64_t largest_id);

  Result<Entry> open_entry(const Opening& opening) override;
  void refused(record::Record record) noexcept override;
  RowId next_id() override { return ids_.next(clock_.wall_now()); }
  State state() const override;

 private:
  void submit(record::Record&& record, std::uint32_t slot, Waiter waiter) noexcept override;

  const Clock& clock_;
  fs::DirectoryLock lock_;
  IdSource ids_;
  RefusalGate gate_;
  std::atomic<std::uint64_t> refusals_not_stored_{0};
  Places places_;
  std::unique_ptr<Writer> writer_;  // last: stops before its places and the lock go
};

FileLedger::FileLedger(const Clock& clock, fs::DirectoryLock lock, Inflight inflight, std::uint32_t slots, std::unique_ptr<Writer> writer,
                       std::int64_t largest_id)
    : clock_(clock), lock_(std::move(lock)), ids_(largest_id), places_(std::move(inflight), slots), writer_(std::move(writer)) {
  writer_->start(places_);
}

Result<Entry> FileLedger::open_entry(const Opening& opening) {
  if (!writer_->ready()) {
    return Error{Code::ledger_unavailable, "the usage ledger cannot be written, so nothing new is accepted: " + writer_->state().reason, {}};
  }
  record::Record record;
  record.started = clock_.wall_now();
  record.route = opening.route;
  record.model = opening.model;
  record.user = opening.user;
  record.streamed = opening.streamed;
  auto place = places_.take();
  if (!place) return place.error();
  record.id = ids_.next(record.started);
  (*place)->opened = clock_.now();
  (*place)->in_flight = true;
  places_.inflight().open((*place)->slot, record.id, record.started, opening);
  return make_entry(*this, std::move(record), (*place)->slot);
}

void FileLedger::submit(record::Record&& record, std::uint32_t slot, Waiter waiter) noexcept {
  auto& place = places_.at(slot);
  if (record.duration == Nanoseconds{0}) record.duration = clock_.now() - place.opened;
  cut_texts(record);
  place.record = std::move(record);
  place.waiter = waiter;
  writer_->submit(place);
}

void FileLedger::refused(record::Record record) noexcept {
  const bool room = writer_->ready() && writer_->queued() < most_refusals_queued && gate_.pass(clock_.now());
  auto place = room ? places_.take() : Result<Place*>(Error{});
  if (!place) {
    refusals_not_stored_.fetch_add(1, std::memory_order_relaxed);
    return;
  }
  if (record.started == WallTime{}) record.started = clock_.wall_now();
  if (record.id == RowId()) record.id = ids_.next(record.started);
  record.outcome = record::Outcome::refused;
  cut_texts(record);
  (*place)->record = std::move(record);
  writer_->submit(**place);
}

State FileLedger::state() const {
  auto state = writer_->state();
  state.open_entries = places_.taken();
  state.refusals_not_stored = refusals_not_stored_.load(std::memory_order_relaxed);
  return state;
}

}  // namespace

Result<std::unique_ptr<Ledger>> Ledger::open(const Config& config, const Clock& clock) {
  if (auto prepared = fs::prepare_private_directory(config.dir); !prepared) return prepared.error();
  auto lock = fs::DirectoryLock::take(config.dir);
  if (!lock) return lock.error();
  auto table = Table::open(config.dir, config.busy_timeout);
  if (!table) return table.error();
  auto spool = fs::Spool::open(config.dir / "spool");
  if (!spool) return spool.error();
  const auto left_open = Inflight::left_open(config.dir / "inflight");
  if (!left_open) return left_open.error();
  auto writer = std::make_unique<Writer>(config, std::move(*table), std::move(*spool), damaged_spools(config.dir));
  // The spool first: a request that was settled into it may still have its slot, and its real row must win.
  const auto largest_id = writer->recover(*left_open);
  if (!largest_id) return largest_id.error();
  const auto slots = static_cast<std::uint32_t>(config.max_open);
  auto inflight = Inflight::create(config.dir / "inflight", slots);
  if (!inflight) return inflight.error();
  return std::make_unique<FileLedger>(clock, std::move(*lock), std::move(*inflight), slots, std::move(writer), *largest_id);
}

// ---- entries ----

Entry Ledger::make_entry(Ledger& ledger, record::Record record, std::uint32_t slot) noexcept {
  return Entry(ledger, std::move(record), slot);
}

Entry::Entry(Ledger& ledger, record::Record record, std::uint32_t slot) noexcept
    : ledger_(&ledger), slot_(slot), record_(std::move(record)) {}

Entry::Entry(Entry&& other) noexcept
    : ledger_(std::exchange(other.ledger_, nullptr)), slot_(other.slot_), record_(std::move(other.record_)) {}

Entry& Entry::operator=(Entry&& other) noexcept {
  std::swap(ledger_, other.ledger_);
  std::swap(slot_, other.slot_);
  std::swap(record_, other.record_);
  return *this;
}

Entry::~Entry() {
  if (!is_open()) return;
  record_.outcome = record::Outcome::failed;
  settle();
}

void Entry::hand_over(Waiter waiter) noexcept {
  if (auto* ledger = std::exchange(ledger_, nullptr)) ledger->submit(std::move(record_), slot_, waiter);
}

void Entry::settle() noexcept { hand_over(Waiter{}); }

Entry::Settled Entry::settled(net::Loop& loop) { return Settled(*this, loop); }

bool Entry::Settled::await_suspend(std::coroutine_handle<> coroutine) noexcept {
  if (!entry_.is_open()) return false;
  entry_.hand_over(Waiter{&loop_, coroutine, &durable_});
  return true;
}

}  // namespace genai::ledger

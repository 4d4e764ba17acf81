#include "features/ledger/writer.hpp"

#include <algorithm>

#include "features/ledger/row_codec.hpp"

namespace genai::ledger {
namespace {

using Checkpoint = sqlite::Database::Checkpoint;

// A checkpoint costs two syncs and competes with commits, so it waits for a quiet moment, or until the log has grown this much.
constexpr int checkpoint_pages = 4'000;
constexpr std::chrono::milliseconds quiet_before_checkpoint{200};
// While the spool takes the rows, a database that is still locked must not hold them up for long.
constexpr std::chrono::milliseconds cautious_busy_timeout{100};

}  // namespace

Writer::Writer(Config config, Table table, fs::Spool spool, std::string warning)
    : config_(std::move(config)),
      table_(std::move(table)),
      spool_(std::move(spool)),
      checkpoint_above_(checkpoint_pages),
      warning_(std::move(warning)) {}

Writer::~Writer() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  not_empty_.notify_one();
  thread_.join();
}

Result<std::int64_t> Writer::recover(const std::vector<record::Record>& left_open) {
  while (has_spooled_rows() && make_trustworthy() && replay_some()) continue;
  if (table_ && has_spooled_rows()) return Error{Code::environment, "another process reads the ledger and keeps its log from being settled: try again", {}};
  for (std::size_t at = 0; table_ && at < left_open.size(); at += config_.max_batch) {
    std::vector<const record::Record*> rows;
    const auto end = std::min(left_open.size(), at + config_.max_batch);
    for (auto i = at; i < end; ++i) rows.push_back(&left_open[i]);
    commit(rows);
  }
  if (!table_) return Error{Code::environment, "the ledger cannot be written: " + state().reason, {}};
  const auto largest = table_->database().integer("SELECT max(id) FROM requests");
  if (!largest) return sqlite::to_error(largest.error(), "read " + database_path(config_.dir).string());
  return *largest;
}

void Writer::start(Places& places) {
  places_ = &places;
  thread_ = std::thread([this] { run(); });
}

void Writer::submit(Place& place) noexcept {
  place.next = nullptr;
  queued_.fetch_add(1, std::memory_order_relaxed);
  bool wake = false;
  {
    const std::lock_guard lock(mutex_);
    if (first_ == nullptr) first_ = &place;
    else last_->next = &place;
    last_ = &place;
    wake = std::exchange(sleeping_, false);
  }
  if (wake) not_empty_.notify_one();
}

State Writer::state() const {
  State state;
  state.ready = ready();
  state.rows_committed = rows_committed_.load(std::memory_order_relaxed);
  state.commits = commits_.load(std::memory_order_relaxed);
  state.rows_spooled = rows_spooled_.load(std::memory_order_relaxed);
  state.rows_waiting_in_spool = rows_in_spool_.load(std::memory_order_relaxed);
  state.queued = queued();
  const std::lock_guard lock(text_mutex_);
  state.reason = reason_;
  state.warning = warning_;
  return state;
}

void Writer::explain(std::string reason) {
  const std::lock_guard lock(text_mutex_);
  reason_ = std::move(reason);
}

void Writer::warn(std::string warning) {
  const std::lock_guard lock(text_mutex_);
  warning_ = std::move(warning);
}

// ---- the thread ----

void Writer::run() {
  for (bool stopping = false; !stopping;) {
    auto* row = wait_for_rows();
    const bool idle = row == nullptr;
    while (row != nullptr) {
      batch_.clear();
      for (; row != nullptr && batch_.size() < config_.max_batch; row = row->next) batch_.push_back(row);
      store(batch_);
    }
    keep_house(idle);
    const std::lock_guard lock(mutex_);
    stopping = stopping_ && first_ == nullptr;
  }
  if (wants_healing()) heal();
  if (table_) static_cast<void>(checkpoint(Checkpoint::truncate));
}

// All rows that were handed over, in their order; none when it is time to look after the house.
Place* Writer::wait_for_rows() {
  std::unique_lock lock(mutex_);
  if (first_ == nullptr && !stopping_) pause(lock);
  last_ = nullptr;
  return std::exchange(first_, nullptr);
}

void Writer::pause(std::unique_lock<std::mutex>& lock) {
  const auto something = [this] { return first_ != nullptr || stopping_; };
  sleeping_ = true;
  if (table_ && has_spooled_rows()) sleeping_ = false;
  else if (wants_healing()) not_empty_.wait_until(lock, next_heal_, something);
  else if (!checkpointed_) not_empty_.wait_for(lock, quiet_before_checkpoint, something);
  else not_empty_.wait(lock, something);
  sleeping_ = false;
}

// ---- a batch: database, else spool, else kept ----

void Writer::store(std::span<Place* const> places) {
  rows_.clear();
  for (const auto* place : places) rows_.push_back(&place->record);
  if (commit(rows_) || spool(rows_)) finish(places);
  else keep(places);
}

bool Writer::commit(std::span<const record::Record* const> rows) {
  if (!table_) return false;
  if (auto done = table_->insert(rows); !done) {
    lose_table(sqlite::to_error(done.error(), "write " + database_path(config_.dir).string()).what);
    return false;
  }
  if (std::exchange(cautious_, false)) {
    table_->database().set_busy_timeout(config_.busy_timeout);
    explain({});
  }
  checkpointed_ = false;
  rows_committed_.fetch_add(rows.size(), std::memory_order_relaxed);
  commits_.fetch_add(1, std::memory_order_relaxed);
  return true;
}

bool Writer::spool(std::span<const record::Record* const> rows) {
  appended_.clear();
  for (const auto* row : rows) {
    encode_row(*row, encoded_);
    fs::append_spool_record(appended_, encoded_);
  }
  if (auto done = spool_.append(appended_); !done) {
    explain(state().reason + "; the spool: " + done.error().what);
    return false;
  }
  rows_spooled_.fetch_add(rows.size(), std::memory_order_relaxed);
  rows_in_spool_.fetch_add(rows.size(), std::memory_order_relaxed);
  return true;
}

// Nobody may be told that these answers are complete; the rows stay where they are until something takes them.
void Writer::keep(std::span<Place* const> places) {
  ready_.store(false, std::memory_order_release);
  next_heal_ = real_.now() + config_.heal_interval;
  unwritten_.insert(unwritten_.end(), places.begin(), places.end());
  wake(places, false);
}

void Writer::finish(std::span<Place* const> places) {
  for (auto* place : places) {
    if (std::exchange(place->in_flight, false)) places_->inflight().close(place->slot);
  }
  queued_.fetch_sub(places.size(), std::memory_order_relaxed);
  wake(places, true);
}

// One function for each loop, however many of its coroutines wait. Places of durable rows are free again before anyone is told.
void Writer::wake(std::span<Place* const> places, bool durable) {
  for (auto* place : places) {
    const auto waiter = std::exchange(place->waiter, Waiter{});
    if (waiter.loop == nullptr) continue;
    *waiter.durable = durable;
    auto same = std::ranges::find(wakes_, waiter.loop, &Wake::loop);
    if (same == wakes_.end()) same = wakes_.insert(same, Wake{waiter.loop, {}});
    same->coroutines.push_back(waiter.coroutine);
  }
  if (durable) places_->give_back(places);
  for (auto& group : wakes_) {
    group.loop->post([coroutines = std::move(group.coroutines)] {
      for (const auto coroutine : coroutines) coroutine.resume();
    });
  }
  wakes_.clear();
}

// ---- between batches ----

void Writer::keep_house(bool idle) {
  if (wants_healing() && real_.now() >= next_heal_) heal();
  if (has_spooled_rows() && make_trustworthy()) replay_some();
  if (!table_ || checkpointed_) return;
  const int pages = table_->database().wal_pages();
  const bool quiet = idle && !has_spooled_rows();
  if (quiet || pages > checkpoint_above_) static_cast<void>(checkpoint(Checkpoint::passive));
}

// After a crash or a failed sync the log may show rows that no disk holds: an insert of such a row finds it there, changes nothing and would
// vouch for it. A complete checkpoint copies all into the database file and syncs that, so afterwards seeing is believing.
bool Writer::make_trustworthy() {
  if (table_ && !trusted_) trusted_ = checkpoint(Checkpoint::passive);
  return table_ && trusted_;
}

// True: complete.
bool Writer::checkpoint(Checkpoint how) {
  const auto done = table_->database().checkpoint(how);
  if (!done) {
    lose_table(sqlite::to_error(done.error(), "checkpoint " + database_path(config_.dir).string()).what);
    return false;
  }
  checkpointed_ = true;
  // A reader may have kept it from finishing: then the next try comes after as much again.
  checkpoint_above_ = table_->database().wal_pages() + checkpoint_pages;
  return *done;
}

// After a failed write or sync nothing that the handle believes can be trusted: it is closed, and the file read anew.
void Writer::lose_table(std::string why) {
  table_.reset();
  trusted_ = false;
  next_heal_ = real_.now() + config_.heal_interval;
  explain(std::move(why));
}

void Writer::heal() {
  next_heal_ = real_.now() + config_.heal_interval;
  if (!table_) {
    auto opened = Table::open(config_.dir, std::min(config_.busy_timeout, cautious_busy_timeout));
    if (opened) {
      table_ = std::move(*opened);
      cautious_ = true;
      // A reader in the way of the checkpoint is met again at the next try.
      if (!make_trustworthy()) lose_table(state().reason);
    } else {
      explain(opened.error().what);
    }
  }
  const auto places = std::exchange(unwritten_, {});
  for (std::size_t at = 0; at < places.size(); at += config_.max_batch) {
    store(std::span(places).subspan(at, std::min(config_.max_batch, places.size() - at)));
  }
  if (unwritten_.empty()) ready_.store(true, std::memory_order_release);
}

// ---- the spool's way back ----

// One batch. False: the database or the spool failed, and nothing was forgotten.
bool Writer::replay_some() {
  const auto map = spool_.read();
  if (!map) {
    warn("the spool cannot be read: " + map.error().what);
    lose_table(map.error().what);
    return false;
  }
  const std::string_view bytes(map->bytes().data(), map->bytes().size());
  std::vector<record::Record> rows;
  auto at = replayed_;
  auto item = fs::read_spool(bytes, at);
  while (item.kind == fs::SpoolItem::Kind::record && rows.size() < config_.max_batch) {
    auto row = decode_row(item.content);
    if (!row) {
      item.kind = fs::SpoolItem::Kind::damaged;
      break;
    }
    rows.push_back(std::move(*row));
    at = item.next;
    item = fs::read_spool(bytes, at);
  }
  if (!rows.empty() && !commit_replayed(rows)) return false;
  replayed_ = at;
  end_replay(item);
  return true;
}

bool Writer::commit_replayed(const std::vector<record::Record>& rows) {
  std::vector<const record::Record*> views;
  views.reserve(rows.size());
  for (const auto& row : rows) views.push_back(&row);
  if (!commit(views)) return false;
  const auto waiting = rows_in_spool_.load(std::memory_order_relaxed);
  rows_in_spool_.fetch_sub(std::min<std::uint64_t>(waiting, rows.size()), std::memory_order_relaxed);
  return true;
}

void Writer::end_replay(const fs::SpoolItem& at) {
  switch (at.kind) {
    case fs::SpoolItem::Kind::record: return;
    case fs::SpoolItem::Kind::damaged: {
      const auto kept = spool_.set_aside();
      warn(kept ? kept->string() + " holds rows behind damaged bytes that could not be replayed; it was kept"
                : "the spool is damaged and cannot be set aside: " + kept.error().what);
      replayed_ = kept ? 0 : spool_.size();
      rows_in_spool_.store(0, std::memory_order_relaxed);
      return;
    }
    case fs::SpoolItem::Kind::end:
    case fs::SpoolItem::Kind::torn:
      // When clearing fails the bytes stay and are replayed again at the next start, which changes nothing.
      replayed_ = spool_.clear() ? 0 : spool_.size();
      return;
  }
}

}  // namespace genai::ledger

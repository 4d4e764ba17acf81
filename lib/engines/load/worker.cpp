#include "engines/load/worker.hpp"

#include <algorithm>

namespace genai::load {
namespace {

// In a closed loop a server that refuses connections would otherwise be asked as fast as we can ask.
constexpr Nanoseconds pause_after_refusal = std::chrono::milliseconds(10);

Schedule schedule_of(const Plan& plan, Shard shard) {
  if (const auto* open = plan.open()) return Schedule(*open, shard);
  return Schedule(*plan.closed(), shard);
}

void increment(std::atomic<std::uint64_t>& counter) {  // one writer: no locked instruction needed
  counter.store(counter.load(std::memory_order_relaxed) + 1, std::memory_order_release);
}

std::uint32_t share(std::uint32_t total, Shard shard) {
  return std::max(1U, total / shard.count + (shard.index < total % shard.count ? 1 : 0));
}

}  // namespace

Worker::Worker(net::Network& network, const Plan& plan, Shard shard)
    : network_(network),
      plan_(plan),
      schedule_(schedule_of(plan, shard)),
      most_under_way_(plan.open() != nullptr ? share(plan.max_in_flight, shard) : schedule_.concurrency()),
      send_timer_(network.loop(), [this] { schedule_.open() ? send_due() : fill(); }),
      phase_timer_(network.loop(), [this] { phase_ == Phase::sending ? stop_sending() : give_up(); }) {}

Worker::~Worker() = default;

void Worker::start(MonoTime begin, std::function<void()> ended) {
  begin_ = begin;
  measure_from_ = begin + plan_.warmup;
  end_ = measure_from_ + plan_.duration;
  when_ended_ = std::move(ended);
  phase_ = Phase::sending;
  send_timer_.set(schedule_.open() ? begin_ + schedule_.next() : begin_);
  phase_timer_.set(end_);
}

// Open loop: sends all that is due.
void Worker::send_due() {
  const MonoTime now = network_.loop().now();
  for (MonoTime due = begin_ + schedule_.next(); due < end_; due = begin_ + schedule_.next()) {
    if (due > now) return send_timer_.set(due);
    schedule_.advance();
    launch(due, network_.loop().now());
    if (phase_ != Phase::sending) return;
  }
}

// Closed loop: sends until as many are under way as shall be.
void Worker::fill() {
  const MonoTime now = network_.loop().now();
  while (phase_ == Phase::sending && under_way_ < most_under_way_ && !send_timer_.armed()) launch(now, now);
}

void Worker::launch(MonoTime intended, MonoTime now) {
  if (under_way_ == most_under_way_) {
    if (measured(intended)) ++tally_.dropped;
    return;
  }
  const bool counts = measured(intended);
  if (counts) {
    ++tally_.sent;
    if (schedule_.open()) {
      tally_.lag.record(now - intended);
      if (now - intended > late_after) ++tally_.late;
    }
  } else {
    ++tally_.warmup;
  }
  increment(glance_.sent);
  ++under_way_;
  dispatch(Request{intended, now, counts, false});
}

void Worker::dispatch(const Request& request) {
  if (idle_.empty()) return send_on(vacant_connection(), request);
  Connection& connection = *idle_.back();
  idle_.pop_back();
  send_on(connection, request);
}

void Worker::send_on(Connection& connection, const Request& request) {
  connection.send(request, request.measured ? &tally_.itl : nullptr);
}

Connection& Worker::vacant_connection() {
  ++open_;
  ++tally_.connections;
  if (vacant_.empty()) {
    ConnectionOwner& us = *this;
    connections_.push_back(std::make_unique<Connection>(network_, tasks_, plan_, us));
    return *connections_.back();
  }
  Connection& connection = *vacant_.back();
  vacant_.pop_back();
  return connection;
}

void Worker::ended(Connection& from, const Request& request, const Observation& seen, MonoTime now) {
  --under_way_;
  if (from.idle()) idle_.push_back(&from);
  count(request, seen, now);
  if (phase_ == Phase::draining && under_way_ == 0) return close_all();
  if (phase_ != Phase::sending || schedule_.open()) return;
  if (seen.failure == Failure::connect) return send_timer_.set(now + pause_after_refusal);
  if (now < end_) fill();
}

// Another kept connection might be closed as well: only a fresh one tells.
void Worker::displaced(const Request& request) { send_on(vacant_connection(), request); }

void Worker::lost(Connection& from) { std::erase(idle_, &from); }

void Worker::retired(Connection& from) {
  --open_;
  vacant_.push_back(&from);
  check_closed();
}

void Worker::stop_sending() {
  send_timer_.clear();
  phase_ = Phase::draining;
  if (under_way_ == 0) return close_all();
  phase_timer_.set(end_ + plan_.drain);
}

// The drain is over.
void Worker::give_up() {
  const MonoTime now = network_.loop().now();
  Observation seen;
  seen.failure = Failure::timeout;
  for (auto& connection : connections_) {
    if (!connection->busy()) continue;
    connection->abandon();
    --under_way_;
    count(connection->request(), seen, now);
  }
  close_all();
}

void Worker::interrupt() {
  if (phase_ != Phase::sending && phase_ != Phase::draining) return;
  for (auto& connection : connections_) {
    if (!connection->busy()) continue;
    if (connection->request().measured) ++tally_.unfinished;
    connection->abandon();
    --under_way_;
  }
  close_all();
}

void Worker::close_all() {
  phase_ = Phase::closing;
  send_timer_.clear();
  phase_timer_.clear();
  idle_.clear();
  for (auto& connection : connections_) {
    if (connection->idle()) connection->close();
  }
  check_closed();
}

void Worker::check_closed() {
  if (phase_ != Phase::closing || open_ != 0 || tasks_.size() != 0) return;
  phase_ = Phase::ended;
  network_.loop().post(when_ended_);
}

void Worker::count(const Request& request, const Observation& seen, MonoTime now) {
  const bool ok = seen.failure == Failure::none;
  increment(ok ? glance_.ok : glance_.failed);
  if (!request.measured) return;
  if (seen.status != 0) ++tally_.statuses[seen.status];
  if (ok) return count_ok(request, seen, now);
  ++tally_.failures[static_cast<std::size_t>(seen.failure)];
}

void Worker::count_ok(const Request& request, const Observation& seen, MonoTime now) {
  if (tally_.ok++ == 0) answered_until_ = now + plan_.duration;
  if (now < answered_until_) ++tally_.answered;
  tally_.ttfb.record(*seen.first_byte - request.intended);
  tally_.e2e.record(now - request.intended);
  if (seen.first_token) tally_.ttft.record(*seen.first_token - request.intended);
  if (seen.first_visible) tally_.ttfo.record(*seen.first_visible - request.intended);
  if (plan_.target.mode != Mode::plain) count_tokens(seen);
}

// TPOT = (last - first) / (N - 1), N from usage, else the number of token events.
void Worker::count_tokens(const Observation& seen) {
  const std::uint64_t tokens = seen.has_usage ? seen.output_tokens : seen.token_events;
  if (!seen.has_usage) ++tally_.tokens_from_events;
  tally_.prompt_tokens += seen.prompt_tokens;
  tally_.output_tokens += tokens;
  if (!seen.first_token || tokens < 2) return;
  tally_.tpot.record((*seen.last_token - *seen.first_token) / static_cast<std::int64_t>(tokens - 1));
}

}  // namespace genai::load

// A ledger in memory whose rows become durable when the test says so, or at once.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "features/ledger/ledger.hpp"

namespace genai::fakes {

class Ledger final : public ledger::Ledger {
 public:
  explicit Ledger(const Clock& clock) : clock_(clock) {}

  std::vector<record::Record> rows;
  bool holding = false;   // rows wait for release()
  bool durable = true;    // what settling answers
  bool refusing = false;  // open_entry fails

  void release() {
    holding = false;
    for (auto& waiter : std::exchange(held_, {})) wake(waiter);
  }

  Result<ledger::Entry> open_entry(const ledger::Opening& opening) override {
    if (refusing) return Error{Code::ledger_unavailable, "the ledger cannot be written", ""};
    record::Record record;
    record.id = next_id();
    record.started = clock_.wall_now();
    record.route = opening.route;
    record.model = opening.model;
    record.user = opening.user;
    record.streamed = opening.streamed;
    ++open_;
    return make_entry(*this, std::move(record), 0);
  }
  void refused(record::Record record) noexcept override { rows.push_back(std::move(record)); }
  RowId next_id() override { return RowId(++id_ << 12); }
  ledger::State state() const override {
    ledger::State state;
    state.ready = !refusing;
    state.open_entries = open_;
    return state;
  }

 private:
  void submit(record::Record&& record, std::uint32_t, ledger::Waiter waiter) noexcept override {
    --open_;
    rows.push_back(std::move(record));
    if (waiter.loop == nullptr) return;
    if (holding) held_.push_back(waiter);
    else wake(waiter);
  }
  void wake(ledger::Waiter waiter) {
    waiter.loop->post([waiter, durable = durable] {
      *waiter.durable = durable;
      waiter.coroutine.resume();
    });
  }

  const Clock& clock_;
  std::int64_t id_ = 0;
  std::uint64_t open_ = 0;
  std::vector<ledger::Waiter> held_;
};

}  // namespace genai::fakes

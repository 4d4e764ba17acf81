// A ledger, a loop and a view from outside, as the tests of this folder use them.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "fakes/scratch.hpp"
#include "fakes/waiting_loop.hpp"
#include "features/ledger/ledger.hpp"
#include "features/ledger/table.hpp"
#include "platform/net/task.hpp"
#include "platform/sqlite/database.hpp"
#include "test.hpp"

namespace genai::ledger::testing {

inline Config quick(const std::filesystem::path& dir) {
  Config config;
  config.dir = dir;
  config.max_open = 4'096;
  config.busy_timeout = std::chrono::milliseconds(50);
  config.heal_interval = std::chrono::milliseconds(5);
  return config;
}

inline std::unique_ptr<Ledger> open(const Config& config, const Clock& clock) {
  auto ledger = Ledger::open(config, clock);
  if (!ledger) FAIL("cannot open: " << ledger.error().what);
  return std::move(*ledger);
}

inline Entry entry(Ledger& ledger, std::string_view model = "chat") {
  Opening opening;
  opening.route = "/v1/chat/completions";
  opening.model = model;
  opening.user = "ann";
  opening.streamed = true;
  auto opened = ledger.open_entry(opening);
  if (!opened) FAIL("cannot open an entry: " << opened.error().what);
  return std::move(*opened);
}

// Fills an entry as a good answer would.
inline void answer(Entry& entry) {
  auto& record = entry.record();
  record.provider = "main";
  record.upstream_model = "gpt";
  record.status = 200;
  record.outcome = record::Outcome::ok;
  record.usage = chat::Usage{Tokens(11), Tokens(7), Tokens(3), Tokens(2), false};
  record.duration = std::chrono::milliseconds(12);
}

inline net::Task<void> settle(Entry entry, net::Loop& loop, std::optional<bool>& durable) {
  auto settled = entry.settled(loop);
  durable = co_await settled;
}

// Settles one good answer and waits for its fate.
inline bool settle_one(Ledger& ledger, fakes::WaitingLoop& loop, std::int64_t* id = nullptr) {
  auto opened = entry(ledger);
  answer(opened);
  if (id != nullptr) *id = opened.record().id.value();
  std::optional<bool> durable;
  net::TaskGroup group;
  group.spawn(settle(std::move(opened), loop, durable));
  loop.run_until([&] { return durable.has_value(); });
  return *durable;
}

struct Row {
  std::string outcome;
  std::string model;
  std::int64_t status = 0;
};

// What another process would see.
inline std::map<std::int64_t, Row> rows(const std::filesystem::path& dir) {
  auto database = sqlite::Database::open(database_path(dir), sqlite::Database::Mode::read_only, std::chrono::seconds(5));
  if (!database) FAIL("cannot read: " << database.error().what);
  auto query = database->prepare("SELECT id, outcome, model, status FROM requests");
  if (!query) FAIL("cannot query: " << query.error().what);
  std::map<std::int64_t, Row> found;
  for (auto row = query->step(); row && *row; row = query->step()) {
    found[query->integer(0)] = Row{std::string(query->text(1)), std::string(query->text(2)), query->integer(3)};
  }
  return found;
}

}  // namespace genai::ledger::testing

#include "features/ledger/ledger.hpp"

#include <thread>

#include "features/ledger/ids.hpp"
#include "features/ledger/ledger_fixture.hpp"
#include "features/ledger/row_codec.hpp"

namespace genai::ledger {
namespace {

using namespace testing;

std::string column(const std::filesystem::path& dir, const char* sql) {
  auto database = sqlite::Database::open(database_path(dir), sqlite::Database::Mode::read_only, std::chrono::seconds(5));
  REQUIRE(database.has_value());
  auto text = database->text(sql);
  if (!text) FAIL(text.error().what);
  return *text;
}

TEST_CASE("ledger: a settled answer is a row with all that is known of it") {
  const fakes::Scratch dir;
  const net::VirtualClock clock;
  fakes::WaitingLoop loop(clock);
  auto ledger = open(quick(dir.path()), clock);
  auto opened = entry(*ledger);
  const auto id = opened.record().id;
  CHECK(opened.record().started == clock.wall_now());
  answer(opened);
  opened.record().client_request_id = "theirs";
  opened.record().cost = NanoUsd(1'500);
  opened.record().price_match = "openai/gpt (exact)";
  opened.record().price_version = "2026-08-01";
  opened.record().usage.cache_write_5m = Tokens(1);
  opened.record().usage.cache_write_1h = Tokens(2);
  opened.record().ttft = std::chrono::milliseconds(3);
  std::optional<bool> durable;
  net::TaskGroup group;
  group.spawn(settle(std::move(opened), loop, durable));
  loop.run_until([&] { return durable.has_value(); });
  CHECK(*durable);
  CHECK(column(dir.path(),
               "SELECT concat FROM (SELECT id||'|'||request_id||'|'||started_us||'|'||route||'|'||client_request_id||'|'||user||'|'||model"
               "||'|'||provider||'|'||upstream_model||'|'||streamed||'|'||status||'|'||outcome||'|'||coalesce(error_code,'-')||'|'||"
               "prompt_tokens||'|'||completion_tokens||'|'||cached_tokens||'|'||reasoning_tokens||'|'||estimated||'|'||cost_nano_usd||'|'||"
               "duration_us||'|'||ttft_us||'|'||cache_write_tokens||'|'||price_match||'|'||price_version AS concat FROM requests)") ==
        std::to_string(id.value()) + "|" + id.text() + "|" + std::to_string(clock.wall_now().time_since_epoch().count()) +
            "|/v1/chat/completions|theirs|ann|chat|main|gpt|1|200|ok|-|11|7|3|2|0|1500|12000|3000|3|openai/gpt (exact)|2026-08-01");
  const auto state = ledger->state();
  CHECK(state.ready);
  CHECK(state.rows_committed == 1);
  CHECK(state.open_entries == 0);
}

TEST_CASE("ledger: a spooled row of the first format is still understood") {
  record::Record row;
  row.id = RowId(7);
  row.model = "m";
  row.usage = {Tokens(4), Tokens(3), Tokens(2), Tokens(1), false};
  std::string bytes;
  encode_row(row, bytes);
  constexpr std::size_t behind_first_counts = 3 + 8 + 8 + 4 + 4 * 8;  // what came later: four counts there, two texts at the end
  bytes.erase(behind_first_counts, 4 * 8);
  bytes.resize(bytes.size() - 4);
  bytes[0] = 1;
  const auto decoded = decode_row(bytes);
  REQUIRE(decoded.has_value());
  CHECK(decoded->usage == row.usage);
  CHECK(decoded->model == "m");
  bytes[0] = 3;
  CHECK_FALSE(decode_row(bytes).has_value());
}

TEST_CASE("ledger: a database of the first schema is brought up to date, and its rows stay") {
  const fakes::Scratch dir;
  const net::VirtualClock clock;
  fakes::WaitingLoop loop(clock);
  { auto ledger = open(quick(dir.path()), clock); CHECK(settle_one(*ledger, loop)); }
  {
    auto old = sqlite::Database::open(database_path(dir.path()), sqlite::Database::Mode::read_write, std::chrono::seconds(5));
    REQUIRE(old.has_value());
    REQUIRE(old->execute("ALTER TABLE requests DROP COLUMN cache_write_tokens; ALTER TABLE requests DROP COLUMN price_match;"
                         "ALTER TABLE requests DROP COLUMN price_version; PRAGMA user_version=1").has_value());
  }
  { auto ledger = open(quick(dir.path()), clock); CHECK(settle_one(*ledger, loop)); }
  CHECK(column(dir.path(), "SELECT count(*)||'|'||count(cache_write_tokens) FROM requests") == "2|1");
}

TEST_CASE("ledger: its files are readable by their owner alone") {
  const fakes::Scratch dir;
  const net::VirtualClock clock;
  fakes::WaitingLoop loop(clock);
  auto ledger = open(quick(dir.path()), clock);
  CHECK(settle_one(*ledger, loop));
  for (const auto& file : std::filesystem::directory_iterator(dir.path())) {
    INFO(file.path());
    CHECK((file.status().permissions() & (std::filesystem::perms::group_all | std::filesystem::perms::others_all)) == std::filesystem::perms::none);
  }
}

TEST_CASE("ledger: tokens and cost are NULL where nothing is known") {
  const fakes::Scratch dir;
  const net::VirtualClock clock;
  fakes::WaitingLoop loop(clock);
  auto ledger = open(quick(dir.path()), clock);
  record::Record record;
  record.model = "nope";
  record.status = 404;
  record.error_code = "model_not_found";
  ledger->refused(record);
  CHECK(settle_one(*ledger, loop));  // rows are stored in order
  CHECK(column(dir.path(), "SELECT outcome||coalesce(prompt_tokens,'N')||coalesce(cost_nano_usd,'N')||coalesce(user,'N')||error_code"
                           " FROM requests WHERE model='nope'") == "refusedNNNmodel_not_found");
}

TEST_CASE("ledger: an entry that nobody settles is recorded as failed, with the time it took") {
  const fakes::Scratch dir;
  net::VirtualClock clock;
  fakes::WaitingLoop loop(clock);
  auto ledger = open(quick(dir.path()), clock);
  {
    auto lost = entry(*ledger, "lost");
    clock.advance(std::chrono::milliseconds(40));
  }
  CHECK(settle_one(*ledger, loop));
  CHECK(column(dir.path(), "SELECT outcome||duration_us FROM requests WHERE model='lost'") == "failed40000");
}

TEST_CASE("ledger: an empty entry settles at once and records nothing") {
  const net::VirtualClock clock;
  fakes::WaitingLoop loop(clock);
  std::optional<bool> durable;
  net::TaskGroup group;
  group.spawn(settle(Entry(), loop, durable));
  CHECK(durable == true);
}

TEST_CASE("ledger: waiters of one loop are resumed by one posted function a commit") {
  const fakes::Scratch dir;
  const net::VirtualClock clock;
  fakes::WaitingLoop first(clock), second(clock);
  auto ledger = open(quick(dir.path()), clock);
  constexpr std::size_t each = 200;
  std::vector<std::optional<bool>> durable(2 * each);
  net::TaskGroup group;
  for (std::size_t i = 0; i < durable.size(); ++i) {
    auto opened = entry(*ledger);
    answer(opened);
    group.spawn(settle(std::move(opened), i % 2 == 0 ? first : second, durable[i]));
  }
  const auto all_of = [&](std::size_t from) {
    return [&, from] {
      for (auto i = from; i < durable.size(); i += 2) {
        if (!durable[i]) return false;
      }
      return true;
    };
  };
  first.run_until(all_of(0));
  second.run_until(all_of(1));
  const auto state = ledger->state();
  CHECK(rows(dir.path()).size() == durable.size());
  CHECK(state.rows_committed == durable.size());
  CHECK(first.posts() <= state.commits);
  CHECK(second.posts() <= state.commits);
}

TEST_CASE("ledger: many threads open and settle at once") {
  const fakes::Scratch dir;
  const SystemClock clock;
  auto ledger = open(quick(dir.path()), clock);
  constexpr int threads = 4, each = 300;
  std::vector<std::thread> running;
  std::atomic<int> good{0};
  for (int t = 0; t < threads; ++t) {
    running.emplace_back([&] {
      fakes::WaitingLoop loop(clock);
      for (int i = 0; i < each; ++i) good += settle_one(*ledger, loop) ? 1 : 0;
    });
  }
  for (auto& thread : running) thread.join();
  CHECK(good == threads * each);
  CHECK(rows(dir.path()).size() == threads * each);
}

TEST_CASE("ledger: places are bounded, and free again when their rows are durable") {
  const fakes::Scratch dir;
  const net::VirtualClock clock;
  fakes::WaitingLoop loop(clock);
  auto config = quick(dir.path());
  config.max_open = 3;
  auto ledger = open(config, clock);
  auto first = entry(*ledger), second = entry(*ledger);
  for (int i = 0; i < 10; ++i) CHECK(settle_one(*ledger, loop));
  auto third = entry(*ledger);
  const auto fourth = ledger->open_entry(Opening{});
  REQUIRE(!fourth);
  CHECK(fourth.error().code == Code::overloaded);
  CHECK(ledger->state().open_entries == 3);
}

TEST_CASE("ledger: refusals are stored up to a hundred a second, then counted") {
  const fakes::Scratch dir;
  net::VirtualClock clock;
  fakes::WaitingLoop loop(clock);
  auto ledger = open(quick(dir.path()), clock);
  for (int i = 0; i < 250; ++i) ledger->refused(record::Record{});
  CHECK(ledger->state().refusals_not_stored == 150);
  clock.advance(std::chrono::seconds(1));
  for (int i = 0; i < 250; ++i) ledger->refused(record::Record{});
  CHECK(ledger->state().refusals_not_stored == 300);
  CHECK(settle_one(*ledger, loop));
  CHECK(rows(dir.path()).size() == 201);
}

TEST_CASE("ledger: ids only grow, whatever the wall clock does, and across restarts") {
  const fakes::Scratch dir;
  net::VirtualClock clock;
  fakes::WaitingLoop loop(clock);
  std::int64_t last = 0;
  {
    auto ledger = open(quick(dir.path()), clock);
    const auto a = ledger->next_id();
    clock.jump_wall(-std::chrono::hours(1));
    const auto b = ledger->next_id();
    clock.jump_wall(std::chrono::hours(3));
    const auto c = ledger->next_id();
    CHECK(a < b);
    CHECK(b < c);
    CHECK(c.value() == clock.wall_now().time_since_epoch().count() << 12);
    CHECK(settle_one(*ledger, loop, &last));
  }
  clock.jump_wall(-std::chrono::hours(24));
  auto ledger = open(quick(dir.path()), clock);
  CHECK(ledger->next_id().value() > last);
}

TEST_CASE("ledger: the end of time has ids too") {
  IdSource ids(0);
  const auto a = ids.next(WallTime::max());
  const auto b = ids.next(WallTime::max());
  CHECK(a.value() > 0);
  CHECK(b > a);
  CHECK(IdSource(0).next(WallTime::min()).value() > 0);
}

TEST_CASE("ledger: long texts are cut before a character") {
  CHECK(cut_to("abc", 3) == "abc");
  CHECK(cut_to("abcd", 3) == "abc");
  CHECK(cut_to("ab\xC3\xA9", 3) == "ab");
  const fakes::Scratch dir;
  const net::VirtualClock clock;
  fakes::WaitingLoop loop(clock);
  auto ledger = open(quick(dir.path()), clock);
  {
    const std::string model = std::string(1'023, 'x') + "\xC3\xA9" + std::string(1 << 20, 'y');
    auto opened = entry(*ledger, model);
  }
  CHECK(settle_one(*ledger, loop));
  CHECK(column(dir.path(), "SELECT max(length(model)) FROM requests") == "1023");
}

TEST_CASE("ledger: rows survive the spool unchanged") {
  record::Record record;
  record.id = RowId(77);
  record.started = WallTime(std::chrono::microseconds(5));
  record.route = "/r";
  record.client_request_id = "c";
  record.user = "u";
  record.model = "m";
  record.provider = "p";
  record.upstream_model = "um";
  record.error_code = "e";
  record.streamed = true;
  record.status = 502;
  record.outcome = record::Outcome::truncated;
  record.usage = chat::Usage{Tokens(1), Tokens(2), Tokens(3), Tokens(4), true};
  record.cost = NanoUsd(0);
  record.duration = Nanoseconds(6);
  std::string bytes, again;
  encode_row(record, bytes);
  const auto decoded = decode_row(bytes);
  REQUIRE(decoded.has_value());
  CHECK(decoded->id == record.id);
  CHECK(decoded->usage == record.usage);
  CHECK(decoded->cost == record.cost);
  CHECK(!decoded->ttft);
  encode_row(*decoded, again);
  CHECK(again == bytes);
  for (std::size_t size = 0; size < bytes.size(); ++size) CHECK(!decode_row(std::string_view(bytes).substr(0, size)));
  CHECK(!decode_row(bytes + "x"));
}

}  // namespace
}  // namespace genai::ledger

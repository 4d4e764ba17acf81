// The ledger on disks that fail, lock or hold up, and on files that are not its own.
#include <signal.h>
#include <sqlite3.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <thread>

#include "fakes/fault_vfs.hpp"
#include "features/ledger/ledger_fixture.hpp"

namespace genai::ledger {
namespace {

using namespace testing;

// While it lives no file of this process grows: every write fails with "File too large", in the database and in the spool alike.
class NoFileGrows {
 public:
  NoFileGrows() {
    before_ = ::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &limit_);
    const rlimit none{0, limit_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &none);
  }
  NoFileGrows(const NoFileGrows&) = delete;
  ~NoFileGrows() {
    ::setrlimit(RLIMIT_FSIZE, &limit_);
    ::signal(SIGXFSZ, before_);
  }

 private:
  rlimit limit_{};
  void (*before_)(int) = nullptr;
};

struct Bench {
  fakes::Scratch dir;
  SystemClock clock;
  fakes::WaitingLoop loop{clock};
};

// Settles rows until the ledger says `wanted`; each settled row is an event of the writer's, so nothing is slept for.
template <class Wanted>
std::vector<std::int64_t> settle_until(Ledger& ledger, fakes::WaitingLoop& loop, Wanted wanted) {
  std::vector<std::int64_t> ids;
  for (int i = 0; i < 100'000 && !wanted(ledger.state()); ++i) {
    ids.emplace_back();
    CHECK(settle_one(ledger, loop, &ids.back()));
  }
  CHECK(wanted(ledger.state()));
  return ids;
}

bool healed(const State& state) { return state.ready && state.reason.empty() && state.rows_waiting_in_spool == 0; }

TEST_CASE("L1 disk full, I/O error, read-only: rows go to the spool and come back by themselves") {
  const auto [name, code, on_sync] = GENERATE(table<const char*, int, bool>({{"full", SQLITE_FULL, false},
                                                                             {"write error", SQLITE_IOERR_WRITE, false},
                                                                             {"fsync error", SQLITE_IOERR_FSYNC, true},
                                                                             {"read-only", SQLITE_READONLY, false}}));
  INFO(name);
  fakes::FaultVfs disk;
  Bench bench;
  std::vector<std::int64_t> ids(41);
  {
    auto ledger = open(quick(bench.dir.path()), bench.clock);
    CHECK(settle_one(*ledger, bench.loop, &ids[0]));
    (on_sync ? disk.sync_error : disk.write_error) = code;
    for (std::size_t i = 1; i < ids.size(); ++i) CHECK(settle_one(*ledger, bench.loop, &ids[i]));
    const auto bad = ledger->state();
    CHECK(bad.ready);
    CHECK(bad.rows_spooled == 40);
    // Rows of a commit whose sync failed are in the log, but who reads them there must not take them for safe.
    CHECK(bad.rows_waiting_in_spool == 40);
    CHECK(!bad.reason.empty());
    CHECK(std::filesystem::file_size(bench.dir / "spool") > 0);
    disk.write_error = disk.sync_error = 0;
    const auto more = settle_until(*ledger, bench.loop, healed);
    ids.insert(ids.end(), more.begin(), more.end());
    CHECK(std::filesystem::file_size(bench.dir / "spool") == 0);
  }
  const auto found = rows(bench.dir.path());
  CHECK(found.size() == ids.size());
  for (const auto id : ids) CHECK(found.count(id) == 1);
}

TEST_CASE("L1 spool full too: nothing is acknowledged or accepted, nothing is lost, and it heals") {
  fakes::FaultVfs disk;
  Bench bench;
  std::vector<std::int64_t> ids(2);
  {
    auto ledger = open(quick(bench.dir.path()), bench.clock);
    CHECK(settle_one(*ledger, bench.loop, &ids[0]));
    auto running = entry(*ledger);
    {
      const NoFileGrows nothing;
      CHECK(!settle_one(*ledger, bench.loop, &ids[1]));
      const auto state = ledger->state();
      CHECK(!state.ready);
      CHECK(state.reason.find("spool") != std::string::npos);
      const auto refused = ledger->open_entry(Opening{});
      REQUIRE(!refused);
      CHECK(refused.error().code == Code::ledger_unavailable);
      answer(running);
      std::optional<bool> durable;
      net::TaskGroup group;
      ids.push_back(running.record().id.value());
      group.spawn(settle(std::move(running), bench.loop, durable));
      bench.loop.run_until([&] { return durable.has_value(); });
      CHECK(!*durable);
      ledger->refused(record::Record{});
      CHECK(ledger->state().refusals_not_stored == 1);
    }
    while (!ledger->state().ready) std::this_thread::yield();
    const auto more = settle_until(*ledger, bench.loop, healed);
    ids.insert(ids.end(), more.begin(), more.end());
  }
  const auto found = rows(bench.dir.path());
  CHECK(found.size() == ids.size());
  for (const auto id : ids) CHECK(found.count(id) == 1);
}

TEST_CASE("L1 the n-th write or sync fails: every acknowledged row is there once, whatever n") {
  for (long n = 1; n < 100; n += 1 + n / 8) {
    INFO("call " << n);
    fakes::FaultVfs disk;
    Bench bench;
    std::vector<std::int64_t> ids(12);
    {
      auto ledger = open(quick(bench.dir.path()), bench.clock);
      disk.fail_in = n;
      for (auto& id : ids) CHECK(settle_one(*ledger, bench.loop, &id));
      const auto more = settle_until(*ledger, bench.loop, healed);
      ids.insert(ids.end(), more.begin(), more.end());
    }
    const auto found = rows(bench.dir.path());
    CHECK(found.size() == ids.size());
    for (const auto id : ids) CHECK(found.count(id) == 1);
    if (disk.failed == 0) break;
  }
}

TEST_CASE("L1 a file system of 1 MiB: no acknowledged row is lost when it is full, and it works again with more room") {
  Bench bench;
  if (::mount("tmpfs", bench.dir.path().c_str(), "tmpfs", 0, "size=1m") != 0) {
    WARN("needs the right to mount: skipped");
    return;
  }
  std::vector<std::int64_t> acknowledged;
  {
    auto ledger = open(quick(bench.dir.path()), bench.clock);
    for (bool durable = true; durable && acknowledged.size() < 100'000;) {
      std::int64_t id = 0;
      durable = ledger->state().ready && settle_one(*ledger, bench.loop, &id);
      if (durable) acknowledged.push_back(id);
    }
    CHECK(acknowledged.size() > 100);
    CHECK(ledger->state().rows_spooled > 0);
    CHECK(!ledger->state().ready);
    CHECK(::mount("tmpfs", bench.dir.path().c_str(), "tmpfs", MS_REMOUNT, "size=64m") == 0);
    while (!ledger->state().ready) std::this_thread::yield();
    const auto more = settle_until(*ledger, bench.loop, healed);
    acknowledged.insert(acknowledged.end(), more.begin(), more.end());
  }
  const auto found = rows(bench.dir.path());
  for (const auto id : acknowledged) CHECK(found.count(id) == 1);
  CHECK(::umount2(bench.dir.path().c_str(), MNT_DETACH) == 0);
}

TEST_CASE("L1 rows left in the spool are replayed at the next start, once, and a torn tail is no row") {
  fakes::FaultVfs disk;
  Bench bench;
  std::vector<std::int64_t> ids(3);
  {
    auto ledger = open(quick(bench.dir.path()), bench.clock);
    disk.write_error = SQLITE_FULL;
    disk.open_error = SQLITE_CANTOPEN;
    for (auto& id : ids) CHECK(settle_one(*ledger, bench.loop, &id));
  }
  disk.write_error = disk.open_error = 0;
  const auto whole = fakes::content(bench.dir / "spool");
  CHECK(!whole.empty());
  CHECK(rows(bench.dir.path()).empty());
  for (const auto& bytes : {whole.substr(0, whole.size() - 5), whole + "torn", whole}) {
    fakes::write_content(bench.dir / "spool", bytes);
    auto ledger = open(quick(bench.dir.path()), bench.clock);
    CHECK(ledger->state().warning.empty());
    CHECK(ledger->next_id().value() > ids.back());
    CHECK(std::filesystem::file_size(bench.dir / "spool") == 0);
  }
  CHECK(rows(bench.dir.path()).size() == ids.size());
}

TEST_CASE("L1 a damaged spool: rows before the damage are replayed, the file is kept and said") {
  fakes::FaultVfs disk;
  Bench bench;
  std::vector<std::int64_t> ids(3);
  {
    auto ledger = open(quick(bench.dir.path()), bench.clock);
    disk.write_error = SQLITE_FULL;
    for (auto& id : ids) CHECK(settle_one(*ledger, bench.loop, &id));
  }
  disk.write_error = 0;
  auto bytes = fakes::content(bench.dir / "spool");
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
  fakes::write_content(bench.dir / "spool", bytes);
  for (int start = 0; start < 2; ++start) {
    auto ledger = open(quick(bench.dir.path()), bench.clock);
    CHECK(ledger->state().ready);
    CHECK(ledger->state().warning.find("spool.damaged-1") != std::string::npos);
    CHECK(settle_one(*ledger, bench.loop));
  }
  CHECK(fakes::content(bench.dir / "spool.damaged-1") == bytes);
  CHECK(rows(bench.dir.path()).count(ids[0]) == 1);
  CHECK(rows(bench.dir.path()).size() == 3);
}

TEST_CASE("L2 database locked by another process: rows go to the spool after the busy time-out and come back") {
  Bench bench;
  auto ledger = open(quick(bench.dir.path()), bench.clock);
  std::vector<std::int64_t> ids(3);
  auto other = sqlite::Database::open(database_path(bench.dir.path()), sqlite::Database::Mode::read_write, std::chrono::milliseconds(0));
  REQUIRE(other.has_value());
  REQUIRE(other->execute("BEGIN IMMEDIATE").has_value());
  for (auto& id : ids) CHECK(settle_one(*ledger, bench.loop, &id));
  CHECK(ledger->state().rows_spooled == 3);
  CHECK(ledger->state().ready);
  CHECK(ledger->state().reason.find("locked") != std::string::npos);
  REQUIRE(other->execute("ROLLBACK").has_value());
  settle_until(*ledger, bench.loop, healed);
  const auto found = rows(bench.dir.path());
  for (const auto id : ids) CHECK(found.count(id) == 1);
}

TEST_CASE("L2 a second ledger on the same data is refused with the holder's process id") {
  Bench bench;
  const auto first = open(quick(bench.dir.path()), bench.clock);
  const auto second = Ledger::open(quick(bench.dir.path()), bench.clock);
  REQUIRE(!second);
  CHECK(second.error().code == Code::lock_held);
  CHECK(row(second.error().code).exit == 3);
  CHECK(second.error().what.find(std::to_string(::getpid())) != std::string::npos);
}

// Every file of a directory, by name.
std::map<std::string, std::string> files(const std::filesystem::path& dir) {
  std::map<std::string, std::string> found;
  for (const auto& file : std::filesystem::directory_iterator(dir)) {
    const auto name = file.path().filename().string();
    if (name != "lock" && !name.ends_with("-shm")) found[name] = fakes::content(file.path());
  }
  return found;
}

void check_refused_unchanged(const Bench& bench, std::string_view because) {
  const auto before = files(bench.dir.path());
  const auto opened = Ledger::open(quick(bench.dir.path()), bench.clock);
  REQUIRE(!opened);
  INFO(opened.error().what);
  CHECK(opened.error().code == Code::corrupt_ledger);
  CHECK(row(opened.error().code).exit == 3);
  CHECK(opened.error().what.find(because) != std::string::npos);
  CHECK(opened.error().what.find("move it away") != std::string::npos);
  auto after = files(bench.dir.path());
  std::erase_if(after, [&](const auto& file) { return file.second.empty() && before.count(file.first) == 0; });
  CHECK(after == before);
}

void make_ledger(Bench& bench, int count) {
  auto ledger = open(quick(bench.dir.path()), bench.clock);
  for (int i = 0; i < count; ++i) CHECK(settle_one(*ledger, bench.loop));
}

TEST_CASE("L3 a file that is no database") {
  Bench bench;
  fakes::write_content(database_path(bench.dir.path()), std::string(10'000, 'x'));
  check_refused_unchanged(bench, "not a database");
}

TEST_CASE("L3 another program's database") {
  Bench bench;
  {
    auto foreign = sqlite::Database::open(database_path(bench.dir.path()), sqlite::Database::Mode::create, std::chrono::seconds(1));
    REQUIRE(foreign->execute("CREATE TABLE requests (id INTEGER PRIMARY KEY)").has_value());
  }
  check_refused_unchanged(bench, "another program");
}

TEST_CASE("L3 a newer ledger") {
  Bench bench;
  make_ledger(bench, 1);
  {
    auto newer = sqlite::Database::open(database_path(bench.dir.path()), sqlite::Database::Mode::read_write, std::chrono::seconds(1));
    REQUIRE(newer->execute("PRAGMA user_version=999").has_value());
    REQUIRE(newer->checkpoint(sqlite::Database::Checkpoint::truncate).has_value());
  }
  check_refused_unchanged(bench, "newer genai");
}

TEST_CASE("L3 a damaged ledger: pages overwritten, or the file cut") {
  Bench bench;
  make_ledger(bench, 300);
  const auto path = database_path(bench.dir.path());
  auto bytes = fakes::content(path);
  SECTION("overwritten") {
    bytes.replace(4'096 * 3, 4'096, std::string(4'096, '\xA5'));
    fakes::write_content(path, bytes);
    check_refused_unchanged(bench, "damaged");
  }
  SECTION("cut") {
    fakes::write_content(path, bytes.substr(0, bytes.size() / 2));
    check_refused_unchanged(bench, "damaged");
  }
}

TEST_CASE("L3 a log whose database is gone") {
  Bench bench;
  make_ledger(bench, 1);
  std::filesystem::remove(database_path(bench.dir.path()));
  fakes::write_content(bench.dir / "ledger.db-wal", "rows");
  check_refused_unchanged(bench, "missing");
}

TEST_CASE("L3 an empty file is as good as none") {
  Bench bench;
  fakes::write_content(database_path(bench.dir.path()), "");
  make_ledger(bench, 1);
  CHECK(rows(bench.dir.path()).size() == 1);
}

TEST_CASE("slow disk: while a commit hangs, entries open and settle, and nothing is acknowledged early") {
  fakes::FaultVfs disk;
  Bench bench;
  auto ledger = open(quick(bench.dir.path()), bench.clock);
  disk.hold_syncs();
  std::vector<std::optional<bool>> durable(500);
  net::TaskGroup group;
  for (auto& fate : durable) {
    auto opened = entry(*ledger);
    answer(opened);
    group.spawn(settle(std::move(opened), bench.loop, fate));
  }
  disk.wait_for_sync();
  auto running = entry(*ledger);
  CHECK(ledger->state().queued == durable.size());
  CHECK(bench.loop.posts() == 0);
  disk.release();
  bench.loop.run_until([&] { return std::ranges::all_of(durable, [](const auto& fate) { return fate.has_value(); }); });
  CHECK(std::ranges::all_of(durable, [](const auto& fate) { return *fate; }));
  CHECK(ledger->state().commits <= 3);
}

}  // namespace
}  // namespace genai::ledger

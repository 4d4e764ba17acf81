#include <sqlite3.h>

#include "fakes/fault_vfs.hpp"
#include "fakes/scratch.hpp"
#include "platform/sqlite/database.hpp"
#include "test.hpp"

namespace genai::sqlite {
namespace {

using Kind = Failure::Kind;
using Mode = Database::Mode;
constexpr std::chrono::milliseconds briefly{20};

Database create(const std::filesystem::path& path) {
  auto database = Database::open(path, Mode::create, briefly);
  if (!database) FAIL(database.error().what);
  return std::move(*database);
}

TEST_CASE("sqlite: statements bind, step and read") {
  const fakes::Scratch dir;
  auto database = create(dir / "d");
  REQUIRE(database.execute("CREATE TABLE t (a INTEGER, b TEXT) STRICT").has_value());
  auto insert = database.prepare("INSERT INTO t VALUES (?, ?)");
  REQUIRE(insert.has_value());
  const std::string text("x\0y", 3);
  insert->bind(1, std::int64_t{-5});
  insert->bind(2, text);
  CHECK(insert->step().has_value());
  insert->reset();
  insert->bind(1, std::int64_t{6});
  insert->bind_null(2);
  CHECK(insert->step().has_value());
  auto query = database.prepare("SELECT a, b FROM t ORDER BY a");
  REQUIRE(query.has_value());
  REQUIRE(*query->step());
  CHECK(query->integer(0) == -5);
  CHECK(query->text(1) == text);
  REQUIRE(*query->step());
  CHECK(query->is_null(1));
  CHECK(!*query->step());
  CHECK(*database.integer("SELECT sum(a) FROM t") == 1);
}

TEST_CASE("sqlite: a wrong bind shows at the step, and only there") {
  const fakes::Scratch dir;
  auto database = create(dir / "d");
  auto query = database.prepare("SELECT ?");
  REQUIRE(query.has_value());
  query->bind(2, std::int64_t{1});
  CHECK(!query->step());
  CHECK(query->step().has_value());
}

TEST_CASE("sqlite: migrations run once each, and not at all when one fails") {
  const fakes::Scratch dir;
  const char* const good[] = {"CREATE TABLE a (x)", "CREATE TABLE b (x)"};
  const char* const bad[] = {"CREATE TABLE a (x)", "CREATE TABLE b (x)", "CREATE TABLE c (x); INSERT INTO nowhere VALUES (1)"};
  auto database = create(dir / "d");
  CHECK(database.migrate(std::span(good).first(1)).has_value());
  CHECK(database.migrate(good).has_value());
  CHECK(database.migrate(good).has_value());
  CHECK(!database.migrate(bad));
  CHECK(*database.integer("PRAGMA user_version") == 2);
  CHECK(*database.integer("SELECT count(*) FROM sqlite_schema") == 2);
}

TEST_CASE("sqlite: failures are told apart") {
  const fakes::Scratch dir;
  fakes::write_content(dir / "text", std::string(5'000, 'x'));
  auto text = Database::open(dir / "text", Mode::read_write, briefly);
  CHECK((text ? text->integer("PRAGMA user_version").error().kind : text.error().kind) == Kind::not_a_database);
  CHECK(Database::open(dir / "missing", Mode::read_write, briefly).error().kind == Kind::cannot_open);

  auto first = create(dir / "d");
  REQUIRE(first.use_wal(1 << 20).has_value());
  REQUIRE(first.execute("CREATE TABLE t (x)").has_value());
  auto second = create(dir / "d");
  REQUIRE(first.execute("BEGIN IMMEDIATE").has_value());
  CHECK(second.execute("BEGIN IMMEDIATE").error().kind == Kind::busy);
  REQUIRE(first.execute("COMMIT").has_value());
  auto reader = Database::open(dir / "d", Mode::read_only, briefly);
  REQUIRE(reader.has_value());
  CHECK(reader->execute("INSERT INTO t VALUES (1)").error().kind == Kind::read_only);
}

TEST_CASE("sqlite: a failing disk is told from a full one, and the transaction is rolled back") {
  fakes::FaultVfs disk;
  const fakes::Scratch dir;
  auto database = create(dir / "d");
  REQUIRE(database.use_wal(1 << 20).has_value());
  REQUIRE(database.execute("CREATE TABLE t (x)").has_value());
  const auto insert = [&] { return database.transact([&] { return database.execute("INSERT INTO t VALUES (1)"); }); };
  disk.write_error = SQLITE_FULL;
  CHECK(insert().error().kind == Kind::full);
  disk.write_error = 0;
  disk.sync_error = SQLITE_IOERR_FSYNC;
  CHECK(insert().error().kind == Kind::io);
  disk.sync_error = 0;
}

TEST_CASE("sqlite: the log is counted, and emptied by a checkpoint only when asked") {
  const fakes::Scratch dir;
  auto database = create(dir / "d");
  REQUIRE(database.use_wal(1 << 20).has_value());
  REQUIRE(database.execute("CREATE TABLE t (x)").has_value());
  CHECK(database.wal_pages() > 0);
  REQUIRE(database.checkpoint(Database::Checkpoint::truncate).has_value());
  CHECK(database.wal_pages() == 0);
  CHECK(std::filesystem::file_size(dir / "d-wal") == 0);
}

}  // namespace
}  // namespace genai::sqlite

#include "platform/sqlite/database.hpp"

#include <SQLiteCpp/Column.h>
#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>
#include <sqlite3.h>

#include <stdexcept>

namespace genai::sqlite {
namespace {

Failure::Kind kind_of(int code) noexcept {
  switch (code & 0xFF) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return Failure::Kind::busy;
    case SQLITE_FULL: return Failure::Kind::full;
    case SQLITE_IOERR: return Failure::Kind::io;
    case SQLITE_READONLY:
    case SQLITE_PERM: return Failure::Kind::read_only;
    case SQLITE_CANTOPEN: return Failure::Kind::cannot_open;
    case SQLITE_CORRUPT: return Failure::Kind::corrupt;
    case SQLITE_NOTADB: return Failure::Kind::not_a_database;
    default: return Failure::Kind::other;
  }
}

Failure failure(const SQLite::Exception& thrown) {
  const int code = thrown.getExtendedErrorCode() > 0 ? thrown.getExtendedErrorCode() : thrown.getErrorCode();
  return Failure{kind_of(code), code, thrown.what()};
}

Failure failure(sqlite3* handle, int code) { return Failure{kind_of(code), code, sqlite3_errmsg(handle)}; }

// The border: SQLiteCpp throws inside, values come out.
template <class Work>
auto guarded(Work work) -> Expected<decltype(work())> {
  try {
    if constexpr (std::is_void_v<decltype(work())>) {
      work();
      return {};
    } else {
      return work();
    }
  } catch (const SQLite::Exception& thrown) {
    return failure(thrown);
  }
}

int remember_wal_pages(void* pages, sqlite3*, const char*, int count) {
  *static_cast<int*>(pages) = count;
  return SQLITE_OK;
}

int flags_of(Database::Mode mode) noexcept {
  switch (mode) {
    case Database::Mode::read_only: return SQLite::OPEN_READONLY | SQLite::OPEN_NOMUTEX;
    case Database::Mode::read_write: return SQLite::OPEN_READWRITE | SQLite::OPEN_NOMUTEX;
    case Database::Mode::create: break;
  }
  return SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE | SQLite::OPEN_NOMUTEX;
}

const char* pragmas_of(Database::Mode mode) noexcept {
  if (mode == Database::Mode::read_only) return "PRAGMA query_only=ON; PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON; PRAGMA mmap_size=0";
  return "PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=0; PRAGMA foreign_keys=ON; PRAGMA trusted_schema=OFF;"
         "PRAGMA cell_size_check=ON; PRAGMA mmap_size=0";
}

}  // namespace

std::string_view name(Failure::Kind kind) noexcept {
  switch (kind) {
    case Failure::Kind::busy: return "locked by another process";
    case Failure::Kind::full: return "the disk is full";
    case Failure::Kind::io: return "input/output error";
    case Failure::Kind::read_only: return "read-only";
    case Failure::Kind::cannot_open: return "cannot be opened";
    case Failure::Kind::corrupt: return "damaged";
    case Failure::Kind::not_a_database: return "not a database";
    case Failure::Kind::other: break;
  }
  return "database error";
}

Error to_error(const Failure& failure, std::string_view doing) {
  const bool broken = failure.kind == Failure::Kind::corrupt || failure.kind == Failure::Kind::not_a_database;
  auto what = "cannot " + std::string(doing) + ": " + std::string(name(failure.kind)) + " (" + failure.what + ")";
  return Error{broken ? Code::corrupt_ledger : Code::environment, std::move(what), {}};
}

void throw_exception_from_error(const Failure& failure, const boost::source_location&) {
  throw std::logic_error("unchecked database result: " + failure.what);
}

Statement::Statement(std::unique_ptr<SQLite::Statement> statement) : statement_(std::move(statement)) {}
Statement::Statement(Statement&&) noexcept = default;
Statement& Statement::operator=(Statement&&) noexcept = default;
Statement::~Statement() = default;

template <class Bind>
void Statement::attempt(Bind bind) {
  if (auto bound = guarded(bind); !bound && !failed_bind_) failed_bind_ = bound.error();
}

void Statement::bind(int at, std::int64_t value) {
  attempt([&] { statement_->bind(at, value); });
}

void Statement::bind(int at, const std::string& text) {
  attempt([&] { statement_->bindNoCopy(at, text); });
}

void Statement::bind_null(int at) {
  attempt([&] { statement_->bind(at); });
}

Expected<bool> Statement::step() {
  if (failed_bind_) return *std::exchange(failed_bind_, std::nullopt);
  const int code = statement_->tryExecuteStep();
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return Failure{kind_of(code), statement_->getExtendedErrorCode(), statement_->getErrorMsg()};
}

void Statement::reset() noexcept { static_cast<void>(statement_->tryReset()); }

bool Statement::is_null(int column) const { return statement_->isColumnNull(column); }

std::int64_t Statement::integer(int column) const { return statement_->getColumn(column).getInt64(); }

std::string_view Statement::text(int column) const {
  const auto value = statement_->getColumn(column);
  const char* const at = value.getText("");
  return {at, static_cast<std::size_t>(value.getBytes())};
}

Database::Database(std::unique_ptr<SQLite::Database> database) : database_(std::move(database)), wal_pages_(std::make_unique<int>(0)) {
  sqlite3_wal_hook(database_->getHandle(), remember_wal_pages, wal_pages_.get());
}
Database::Database(Database&&) noexcept = default;
Database& Database::operator=(Database&& other) noexcept {
  begin_ = std::move(other.begin_);  // statements die before their connection
  commit_ = std::move(other.commit_);
  database_ = std::move(other.database_);  // closes the old connection while its hook's counter lives
  wal_pages_ = std::move(other.wal_pages_);
  return *this;
}
Database::~Database() = default;

Expected<Database> Database::open(const std::filesystem::path& path, Mode mode, std::chrono::milliseconds busy_timeout) {
  return guarded([&] {
    auto opened = std::make_unique<SQLite::Database>(path.string(), flags_of(mode), static_cast<int>(busy_timeout.count()));
    sqlite3_db_config(opened->getHandle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    sqlite3_extended_result_codes(opened->getHandle(), 1);
    opened->exec(pragmas_of(mode));
    return Database(std::move(opened));
  });
}

Expected<void> Database::execute(const char* sql) {
  const int code = database_->tryExec(sql);
  if (code == SQLITE_OK) return {};
  return failure(database_->getHandle(), sqlite3_extended_errcode(database_->getHandle()));
}

Expected<Statement> Database::prepare(const char* sql) {
  return guarded([&] { return Statement(std::make_unique<SQLite::Statement>(*database_, sql)); });
}

Expected<std::int64_t> Database::integer(const char* sql) {
  auto query = prepare(sql);
  if (!query) return query.error();
  const auto row = query->step();
  if (!row) return row.error();
  return *row && !query->is_null(0) ? query->integer(0) : 0;
}

Expected<std::string> Database::text(const char* sql) {
  auto query = prepare(sql);
  if (!query) return query.error();
  const auto row = query->step();
  if (!row) return row.error();
  return *row && !query->is_null(0) ? std::string(query->text(0)) : std::string();
}

Expected<void> Database::run(std::optional<Statement>& prepared, const char* sql) {
  if (!prepared) {
    auto made = prepare(sql);
    if (!made) return made.error();
    prepared = std::move(*made);
  }
  const auto done = prepared->step();
  prepared->reset();
  if (!done) return done.error();
  return {};
}

void Database::roll_back() noexcept { static_cast<void>(database_->tryExec("ROLLBACK")); }

Expected<void> Database::migrate(std::span<const char* const> migrations) {
  const auto version = integer("PRAGMA user_version");
  if (!version) return version.error();
  for (auto next = static_cast<std::size_t>(*version); next < migrations.size(); ++next) {
    const auto number = "PRAGMA user_version=" + std::to_string(next + 1);
    auto done = transact([&]() -> Expected<void> {
      if (auto changed = execute(migrations[next]); !changed) return changed;
      return execute(number.c_str());
    });
    if (!done) return done;
  }
  return {};
}

Expected<void> Database::use_wal(std::int64_t journal_size_limit) {
  const auto mode = text("PRAGMA journal_mode=WAL");
  if (!mode) return mode.error();
  if (*mode != "wal") return Failure{Failure::Kind::other, 0, "write-ahead logging is not possible here"};
  return execute(("PRAGMA journal_size_limit=" + std::to_string(journal_size_limit)).c_str());
}

Expected<bool> Database::checkpoint(Checkpoint how) {
  const int mode = how == Checkpoint::passive ? SQLITE_CHECKPOINT_PASSIVE : SQLITE_CHECKPOINT_TRUNCATE;
  int in_log = 0;
  int done = 0;
  const int code = sqlite3_wal_checkpoint_v2(database_->getHandle(), nullptr, mode, &in_log, &done);
  if ((code & 0xFF) == SQLITE_BUSY) return false;
  if (code != SQLITE_OK) return failure(database_->getHandle(), code);
  const bool complete = done >= in_log;
  if (complete) *wal_pages_ = 0;
  return complete;
}

void Database::set_busy_timeout(std::chrono::milliseconds timeout) {
  sqlite3_busy_timeout(database_->getHandle(), static_cast<int>(timeout.count()));
}

}  // namespace genai::sqlite

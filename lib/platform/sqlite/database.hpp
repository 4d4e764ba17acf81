// SQLite through SQLiteCpp, with its exceptions turned into values at this border.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace SQLite {
class Database;
class Statement;
}  // namespace SQLite

namespace genai::sqlite {

// What went wrong, by what can be done about it.
struct Failure {
  enum class Kind { busy, full, io, read_only, cannot_open, corrupt, not_a_database, other };
  Kind kind = Kind::other;
  int code = 0;      // SQLite's extended result code
  std::string what;  // SQLite's words
};
std::string_view name(Failure::Kind kind) noexcept;
// corrupt_ledger for a damaged or foreign file, environment for the rest; `doing` is what was tried: "open DIR/ledger.db".
Error to_error(const Failure& failure, std::string_view doing);

[[noreturn]] void throw_exception_from_error(const Failure& failure, const boost::source_location& where);

template <class T>
using Expected = boost::system::result<T, Failure>;

// A prepared statement. Dies before its database. Confined to the database's thread.
class Statement {
 public:
  Statement(Statement&&) noexcept;
  Statement& operator=(Statement&&) noexcept;
  ~Statement();

  // Positions count from 1. Text is not copied: it must live until the statement has run. A failure shows at step().
  void bind(int at, std::int64_t value);
  void bind(int at, const std::string& text);
  void bind(int at, std::string&& text) = delete;
  void bind_null(int at);
  // True: a row stands ready. False: done.
  Expected<bool> step();
  // Ready for the next run; bindings stay.
  void reset() noexcept;

  // Columns of the current row count from 0. Text lives until the next step().
  bool is_null(int column) const;
  std::int64_t integer(int column) const;
  std::string_view text(int column) const;

 private:
  friend class Database;
  explicit Statement(std::unique_ptr<SQLite::Statement> statement);
  template <class Bind>
  void attempt(Bind bind);
  std::unique_ptr<SQLite::Statement> statement_;
  std::optional<Failure> failed_bind_;
};

// One connection, confined to one thread. Never checkpoints on its own, not even when closed: the owner does, when it suits.
class Database {
 public:
  enum class Mode { read_only, read_write, create };
  // `read_only` refuses every write; the other two make every commit durable (synchronous=FULL).
  static Expected<Database> open(const std::filesystem::path& path, Mode mode, std::chrono::milliseconds busy_timeout);
  Database(Database&&) noexcept;
  Database& operator=(Database&&) noexcept;
  ~Database();

  Expected<void> execute(const char* sql);
  Expected<Statement> prepare(const char* sql);
  // The one integer or text that a query answers; 0 or empty for NULL and no row.
  Expected<std::int64_t> integer(const char* sql);
  Expected<std::string> text(const char* sql);

  // Runs `work`, which returns Expected<void>, between BEGIN IMMEDIATE and COMMIT; rolls back when either fails.
  template <class Work>
  Expected<void> transact(Work work) {
    if (auto begun = run(begin_, "BEGIN IMMEDIATE"); !begun) return begun;
    auto done = work();
    if (done) done = run(commit_, "COMMIT");
    if (!done) roll_back();
    return done;
  }
  // Runs the statements that come after the database's `user_version`, each with its new number in one transaction.
  Expected<void> migrate(std::span<const char* const> migrations);

  Expected<void> use_wal(std::int64_t journal_size_limit);
  enum class Checkpoint { passive, truncate };
  // True: all that was committed is in the database file and synced. False: readers or writers kept it from finishing, which is no failure.
  Expected<bool> checkpoint(Checkpoint how);
  // Pages in the log after the last commit; 0 after a complete checkpoint.
  int wal_pages() const { return *wal_pages_; }
  void set_busy_timeout(std::chrono::milliseconds timeout);

 private:
  explicit Database(std::unique_ptr<SQLite::Database> database);
  Expected<void> run(std::optional<Statement>& prepared, const char* sql);
  void roll_back() noexcept;
  std::unique_ptr<SQLite::Database> database_;
  std::optional<Statement> begin_, commit_;  // prepared at their first use, for they run with every commit
  std::unique_ptr<int> wal_pages_;  // has an address that SQLite's hook keeps
};

}  // namespace genai::sqlite

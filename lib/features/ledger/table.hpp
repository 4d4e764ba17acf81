// The table `requests` in DIR/ledger.db: its schema, how it comes into being, and how rows get in.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <span>

#include "base/error.hpp"
#include "domain/record/record.hpp"
#include "platform/sqlite/database.hpp"

namespace genai::ledger {

// Where the database of a data directory is.
std::filesystem::path database_path(const std::filesystem::path& dir);

// That an opened database is a ledger of this version or an older one. corrupt_ledger says what to do; nothing is changed.
Result<void> check_identity(sqlite::Database& database, const std::filesystem::path& path);

// The one writing connection, confined to one thread.
class Table {
 public:
  // Opens the database of `dir`, creating it when there is none (also when it is an empty file), and migrates it. Fails with corrupt_ledger,
  // having changed nothing, when it is foreign, newer or damaged; with environment when it cannot be read or written. Files
  // below 8 MiB are checked page by page, larger ones along the path that the writer uses.
  static Result<Table> open(const std::filesystem::path& dir, std::chrono::milliseconds busy_timeout);

  // Stores the rows in one transaction; a row whose id is there already stays as it is. After a failure the
  // connection must not be used again: what a failed sync has written is unknowable until the file is read anew.
  sqlite::Expected<void> insert(std::span<const record::Record* const> rows);

  std::int64_t largest_id() const { return largest_id_; }  // at open
  sqlite::Database& database() { return database_; }

 private:
  Table(sqlite::Database database, sqlite::Statement insert, std::int64_t largest_id);
  sqlite::Expected<void> insert_row(const record::Record& row);

  sqlite::Database database_;
  sqlite::Statement insert_;  // declared after the connection: dies before it
  std::int64_t largest_id_;
};

}  // namespace genai::ledger

#include "features/ledger/table.hpp"

#include <fcntl.h>

#include <array>
#include <string>
#include <system_error>

#include "features/ledger/ids.hpp"
#include "platform/fs/file.hpp"

namespace genai::ledger {
namespace {

constexpr std::int64_t application_id = 0x67656E61;  // "gena"
constexpr std::int64_t journal_size_limit = 64 << 20;
constexpr std::int64_t page_by_page_below = 8 << 20;  // bytes; reading more would be felt at the start
constexpr std::int64_t last_sane_id = last_moment_us << 12;

// Column n is NULL where nothing is known: tokens of a request that reached no provider, the cost of a model without a price.
// Times are microseconds; `id` orders by time. No further index: reports read by id, and each index doubles the price of a row.
constexpr const char* create_requests = R"(
CREATE TABLE requests (
  id INTEGER PRIMARY KEY,
  request_id TEXT NOT NULL,
  started_us INTEGER NOT NULL,
  route TEXT NOT NULL,
  client_request_id TEXT,
  user TEXT,
  model TEXT NOT NULL,
  provider TEXT,
  upstream_model TEXT,
  streamed INTEGER NOT NULL,
  status INTEGER NOT NULL,
  outcome TEXT NOT NULL,
  error_code TEXT,
  prompt_tokens INTEGER,
  completion_tokens INTEGER,
  cached_tokens INTEGER,
  reasoning_tokens INTEGER,
  estimated INTEGER NOT NULL,
  cost_nano_usd INTEGER,
  duration_us INTEGER,
  ttft_us INTEGER
) STRICT)";

constexpr const char* add_price = R"(
ALTER TABLE requests ADD COLUMN cache_write_tokens INTEGER;
ALTER TABLE requests ADD COLUMN price_match TEXT;
ALTER TABLE requests ADD COLUMN price_version TEXT;)";

// Entry n brings a database from version n to n + 1. Only ever appended to.
constexpr std::array<const char*, 2> migrations{create_requests, add_price};

constexpr const char* insert_sql =
    "INSERT INTO requests (id, request_id, started_us, route, client_request_id, user, model, provider, upstream_model, streamed, status,"
    " outcome, error_code, prompt_tokens, completion_tokens, cached_tokens, reasoning_tokens, estimated, cost_nano_usd, duration_us, ttft_us,"
    " cache_write_tokens, price_match, price_version)"
    " VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT (id) DO NOTHING";

Error refuse(const std::filesystem::path& path, const std::string& why) {
  return Error{Code::corrupt_ledger,
               path.string() + " " + why + "; nothing was changed\nhint: move it away to start a new ledger, or choose another data directory", {}};
}

// A file that cannot be read as a database gets the advice, everything else stays what it is.
Error refuse(const std::filesystem::path& path, const sqlite::Failure& failure) {
  auto error = sqlite::to_error(failure, "open " + path.string());
  if (error.code != Code::corrupt_ledger) return error;
  return refuse(path, "is " + std::string(sqlite::name(failure.kind)) + " (" + failure.what + "); a backup or `sqlite3 .recover` may help");
}

std::filesystem::path beside(const std::filesystem::path& path, std::string_view suffix) { return path.string() + std::string(suffix); }

void remove_leftovers(const std::filesystem::path& path) {
  std::error_code ignored;
  for (const auto suffix : {"", "-journal", "-wal", "-shm"}) std::filesystem::remove(beside(path, suffix), ignored);
}

// A new database is made under another name, synced once and renamed when it is complete, so that ledger.db is never half a ledger.
Result<void> create(const std::filesystem::path& path) {
  const auto draft = beside(path, ".new");
  remove_leftovers(draft);
  // Made before SQLite sees it, for its mode: who used what is nobody else's business. The log inherits it.
  const auto file = fs::File::open(draft, O_RDWR | O_CREAT | O_EXCL);
  if (!file) return file.error();
  {
    auto database = sqlite::Database::open(draft, sqlite::Database::Mode::create, std::chrono::milliseconds(0));
    if (!database) return refuse(path, database.error());
    const auto stamp = "PRAGMA synchronous=OFF; PRAGMA application_id=" + std::to_string(application_id);
    auto done = database->execute(stamp.c_str());
    if (done) done = database->migrate(migrations);
    if (done) done = database->use_wal(journal_size_limit);
    if (!done) return refuse(path, done.error());
  }
  if (auto synced = file->sync_data(); !synced) return synced;
  std::error_code failed;
  std::filesystem::rename(draft, path, failed);
  if (failed) return fs::system_error("create", path, failed.value());
  remove_leftovers(draft);
  return fs::sync_directory(path.parent_path());
}

Result<void> create_if_missing(const std::filesystem::path& path) {
  std::error_code missing;
  const auto size = std::filesystem::file_size(path, missing);
  if (!missing && size > 0) return {};
  if (missing && missing != std::errc::no_such_file_or_directory) return fs::system_error("read", path, missing.value());
  // A log without its database holds committed rows; a fresh database under its name would swallow or spoil them.
  const auto log = beside(path, "-wal");
  const auto log_size = std::filesystem::file_size(log, missing);
  if (!missing && log_size > 0) return refuse(log, "holds rows of a database that is missing");
  return create(path);
}

// What an open connection finds wrong before anything is written.
Result<void> check_content(sqlite::Database& database, const std::filesystem::path& path) {
  const auto pages = database.integer("PRAGMA page_count");
  if (!pages) return refuse(path, pages.error());
  if (*pages * 4096 > page_by_page_below) return {};
  const auto found = database.text("PRAGMA quick_check(1)");
  if (!found) return refuse(path, found.error());
  if (*found != "ok") return refuse(path, "is damaged (" + *found + "); a backup or `sqlite3 .recover` may help");
  return {};
}

void bind_optional(sqlite::Statement& to, int at, const std::string& text) {
  if (text.empty()) to.bind_null(at);
  else to.bind(at, text);
}

void bind_tokens(sqlite::Statement& to, int at, const record::Record& row, Tokens tokens) {
  const bool unknown = row.provider.empty() && row.usage == chat::Usage{};
  if (unknown) to.bind_null(at);
  else to.bind(at, tokens.value());
}

std::int64_t microseconds(Nanoseconds span) { return std::chrono::duration_cast<std::chrono::microseconds>(span).count(); }

const std::string& outcome_text(record::Outcome outcome) {
  static const auto texts = [] {
    std::array<std::string, static_cast<std::size_t>(record::Outcome::failed) + 1> names;
    for (std::size_t i = 0; i < names.size(); ++i) names[i] = record::name(static_cast<record::Outcome>(i));
    return names;
  }();
  return texts[static_cast<std::size_t>(outcome)];
}

}  // namespace

std::filesystem::path database_path(const std::filesystem::path& dir) { return dir / "ledger.db"; }

Result<void> check_identity(sqlite::Database& database, const std::filesystem::path& path) {
  const auto owner = database.integer("PRAGMA application_id");
  if (!owner) return refuse(path, owner.error());
  if (*owner != application_id) return refuse(path, "is another program's database");
  const auto version = database.integer("PRAGMA user_version");
  if (!version) return refuse(path, version.error());
  if (*version > static_cast<std::int64_t>(migrations.size())) {
    return refuse(path, "was written by a newer genai (schema " + std::to_string(*version) + ", this one knows " +
                            std::to_string(migrations.size()) + "): use that version");
  }
  return {};
}

Table::Table(sqlite::Database database, sqlite::Statement insert, std::int64_t largest_id)
    : database_(std::move(database)), insert_(std::move(insert)), largest_id_(largest_id) {}

Result<Table> Table::open(const std::filesystem::path& dir, std::chrono::milliseconds busy_timeout) {
  const auto path = database_path(dir);
  if (auto made = create_if_missing(path); !made) return made.error();
  auto database = sqlite::Database::open(path, sqlite::Database::Mode::read_write, busy_timeout);
  if (!database) return refuse(path, database.error());
  if (auto ours = check_identity(*database, path); !ours) return ours.error();
  if (auto sound = check_content(*database, path); !sound) return sound.error();
  auto ready = database->use_wal(journal_size_limit);
  if (ready) ready = database->migrate(migrations);
  if (!ready) return refuse(path, ready.error());
  const auto largest = database->integer("SELECT max(id) FROM requests");
  if (!largest) return refuse(path, largest.error());
  if (*largest > last_sane_id) return refuse(path, "holds a row id beyond all time");
  auto insert = database->prepare(insert_sql);
  if (!insert) return refuse(path, insert.error());
  return Table(std::move(*database), std::move(*insert), *largest);
}

sqlite::Expected<void> Table::insert(std::span<const record::Record* const> rows) {
  return database_.transact([&]() -> sqlite::Expected<void> {
    for (const auto* row : rows) {
      if (auto done = insert_row(*row); !done) return done;
    }
    return {};
  });
}

sqlite::Expected<void> Table::insert_row(const record::Record& row) {
  const auto request_id = row.id.text();
  insert_.bind(1, row.id.value());
  insert_.bind(2, request_id);
  insert_.bind(3, std::int64_t{row.started.time_since_epoch().count()});
  insert_.bind(4, row.route);
  bind_optional(insert_, 5, row.client_request_id);
  bind_optional(insert_, 6, row.user);
  insert_.bind(7, row.model);
  bind_optional(insert_, 8, row.provider);
  bind_optional(insert_, 9, row.upstream_model);
  insert_.bind(10, std::int64_t{row.streamed});
  insert_.bind(11, std::int64_t{row.status});
  insert_.bind(12, outcome_text(row.outcome));
  bind_optional(insert_, 13, row.error_code);
  bind_tokens(insert_, 14, row, row.usage.prompt);
  bind_tokens(insert_, 15, row, row.usage.completion);
  bind_tokens(insert_, 16, row, row.usage.cached);
  bind_tokens(insert_, 17, row, row.usage.reasoning);
  insert_.bind(18, std::int64_t{row.usage.estimated});
  if (row.cost) insert_.bind(19, row.cost->value());
  else insert_.bind_null(19);
  if (row.outcome == record::Outcome::interrupted) insert_.bind_null(20);  // nobody saw it end
  else insert_.bind(20, microseconds(row.duration));
  if (row.ttft) insert_.bind(21, microseconds(*row.ttft));
  else insert_.bind_null(21);
  bind_tokens(insert_, 22, row, row.usage.cache_write_5m + row.usage.cache_write_1h);
  bind_optional(insert_, 23, row.price_match);
  bind_optional(insert_, 24, row.price_version);
  const auto done = insert_.step();
  insert_.reset();
  if (!done) return done.error();
  return {};
}

}  // namespace genai::ledger

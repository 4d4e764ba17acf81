#include "features/ledger/reports.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <tuple>
#include <unordered_map>

#include "features/ledger/ids.hpp"
#include "features/ledger/table.hpp"
#include "platform/sqlite/database.hpp"
#include "platform/stats/histogram.hpp"

namespace genai::ledger {
namespace {

constexpr std::chrono::milliseconds busy_timeout{5'000};

// The columns of `usage_rows`, in its order.
enum Column { key, outcome, provider, prompt, completion, cost, duration };

const char* usage_rows(By by) {
  switch (by) {
    case By::day: return "SELECT started_us, outcome, provider, prompt_tokens, completion_tokens, cost_nano_usd, duration_us"
                         " FROM requests WHERE id >= ? AND id < ?";
    case By::user: return "SELECT user, outcome, provider, prompt_tokens, completion_tokens, cost_nano_usd, duration_us"
                          " FROM requests WHERE id >= ? AND id < ?";
    case By::model: break;
  }
  return "SELECT model, outcome, provider, prompt_tokens, completion_tokens, cost_nano_usd, duration_us"
         " FROM requests WHERE id >= ? AND id < ?";
}

struct Sums {
  UsageLine line;
  stats::Histogram durations;
};

// A ledger edited by hand must not overflow a sum.
std::int64_t saturating_sum(std::int64_t a, std::int64_t b) noexcept {
  std::int64_t sum = 0;
  if (!__builtin_add_overflow(a, b, &sum)) return sum;
  return a < 0 ? std::numeric_limits<std::int64_t>::min() : std::numeric_limits<std::int64_t>::max();
}

template <class Quantity>
void add(Quantity& to, std::int64_t more) { to = Quantity(saturating_sum(to.value(), more)); }

void count_outcome(UsageLine& line, std::string_view how) {
  ++line.requests;
  if (how == "ok" || how == "cached") ++line.ok;
  else if (how == "cancelled") ++line.cancelled;
  else if (how == "refused") ++line.refused;
  else ++line.errors;
}

void count_cost(UsageLine& line, const sqlite::Statement& row) {
  // What never reached a provider cost nothing. An interrupted request may have.
  const bool may_cost = !row.is_null(provider) || row.text(outcome) == "interrupted";
  if (!row.is_null(cost)) {
    ++line.priced;
    add(line.cost, row.integer(cost));
  } else if (may_cost) {
    ++line.unpriced;
  }
}

void count(Sums& sums, const sqlite::Statement& row) {
  auto& line = sums.line;
  const auto answered = line.ok;
  count_outcome(line, row.text(outcome));
  if (!row.is_null(prompt)) add(line.prompt, row.integer(prompt));
  if (!row.is_null(completion)) add(line.completion, row.integer(completion));
  count_cost(line, row);
  if (line.ok > answered && !row.is_null(duration)) {
    const auto most = std::chrono::duration_cast<std::chrono::microseconds>(stats::Histogram::highest).count();
    sums.durations.record(std::chrono::microseconds(std::clamp<std::int64_t>(row.integer(duration), 0, most)));
  }
}

void merge(Sums& total, const Sums& part) {
  auto& to = total.line;
  const auto& from = part.line;
  to.requests += from.requests;
  to.ok += from.ok;
  to.cancelled += from.cancelled;
  to.refused += from.refused;
  to.errors += from.errors;
  to.priced += from.priced;
  to.unpriced += from.unpriced;
  add(to.prompt, from.prompt.value());
  add(to.completion, from.completion.value());
  add(to.cost, from.cost.value());
  total.durations.add(part.durations);
}

UsageLine finished(Sums& sums) {
  sums.line.p50 = sums.durations.percentile(50);
  sums.line.p95 = sums.durations.percentile(95);
  return std::move(sums.line);
}

std::string day(std::int64_t started_us) {
  const WallTime moment{std::chrono::microseconds(started_us)};
  const std::chrono::year_month_day date{std::chrono::floor<std::chrono::days>(moment)};
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                     static_cast<unsigned>(date.day()));
}

std::string key_of(By by, const sqlite::Statement& row) {
  if (row.is_null(key)) return {};
  return by == By::day ? day(row.integer(key)) : std::string(row.text(key));
}

std::int64_t first_id(const std::optional<WallTime>& moment, std::int64_t otherwise) {
  if (!moment) return otherwise;
  return std::clamp<std::int64_t>(moment->time_since_epoch().count(), 0, last_moment_us) << 12;
}

void put_in_order(UsageReport& report) {
  if (report.by == By::day) {
    std::ranges::sort(report.lines, {}, &UsageLine::key);
    return;
  }
  std::ranges::sort(report.lines, [](const UsageLine& a, const UsageLine& b) {
    const auto rank = [](const UsageLine& line) { return std::tuple(-line.cost.value(), -line.prompt.value(), -line.requests); };
    return std::tuple(rank(a), a.key) < std::tuple(rank(b), b.key);
  });
}

Result<sqlite::Database> open_to_read(const std::filesystem::path& dir) {
  const auto path = database_path(dir);
  std::error_code failed;
  if (!std::filesystem::exists(path, failed)) {
    return Error{Code::environment, "there is no ledger in " + dir.string() + "\nhint: `genai serve --data-dir " + dir.string() + "` makes one", {}};
  }
  auto database = sqlite::Database::open(path, sqlite::Database::Mode::read_only, busy_timeout);
  if (!database) return sqlite::to_error(database.error(), "read " + path.string());
  if (auto ours = check_identity(*database, path); !ours) return ours.error();
  return std::move(*database);
}

}  // namespace

std::string_view name(By by) noexcept {
  switch (by) {
    case By::day: return "day";
    case By::user: return "user";
    case By::model: break;
  }
  return "model";
}

Result<UsageReport> usage_report(const std::filesystem::path& dir, By by, const Period& period) {
  auto database = open_to_read(dir);
  if (!database) return database.error();
  const auto failed = [&](const sqlite::Failure& failure) { return sqlite::to_error(failure, "read " + database_path(dir).string()); };
  auto rows = database->prepare(usage_rows(by));
  if (!rows) return failed(rows.error());
  rows->bind(1, first_id(period.since, 0));
  rows->bind(2, first_id(period.until, std::numeric_limits<std::int64_t>::max()));
  std::unordered_map<std::string, Sums> by_key;
  auto row = rows->step();
  for (; row && *row; row = rows->step()) count(by_key[key_of(by, *rows)], *rows);
  if (!row) return failed(row.error());

  UsageReport report{by, period, {}, {}};
  Sums total;
  for (auto& [key, sums] : by_key) {
    merge(total, sums);
    report.lines.push_back(finished(sums));
    report.lines.back().key = key;
  }
  report.total = finished(total);
  put_in_order(report);
  return report;
}

}  // namespace genai::ledger

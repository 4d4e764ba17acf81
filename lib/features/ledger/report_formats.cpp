// The three faces of a usage report, and moments as people write them.
#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

#include "features/ledger/reports.hpp"
#include "platform/text/duration.hpp"
#include "platform/text/table.hpp"

namespace genai::ledger {
namespace {

using Json = nlohmann::ordered_json;

// Nano-USD as decimal USD, exactly: 9 decimals without the zeros at the end, but never fewer than 2.
std::string decimal_usd(NanoUsd cost) {
  const bool negative = cost.value() < 0;
  const auto units = negative ? 0 - static_cast<std::uint64_t>(cost.value()) : static_cast<std::uint64_t>(cost.value());
  auto text = fmt::format("{}{}.{:09}", negative ? "-" : "", units / 1'000'000'000, units % 1'000'000'000);
  const auto point = text.find('.');
  const auto last = text.find_last_not_of('0');
  text.resize(std::max(last, point + 2) + 1);
  return text;
}

std::string shown_cost(const UsageLine& line) {
  if (line.cost_unknown()) return "unknown";
  return (line.unpriced > 0 ? ">= $" : "$") + decimal_usd(line.cost);
}

double milliseconds(Nanoseconds span) { return std::round(static_cast<double>(span.count()) / 1e3) / 1e3; }

std::string shown_milliseconds(const UsageLine& line, Nanoseconds span) {
  return line.ok == 0 ? "-" : fmt::format("{:.1f}", milliseconds(span));
}

std::vector<std::string> cells(const UsageLine& line, std::string key) {
  return {std::move(key),
          fmt::to_string(line.requests),
          fmt::to_string(line.ok),
          fmt::to_string(line.cancelled),
          fmt::to_string(line.refused),
          fmt::to_string(line.errors),
          fmt::to_string(line.prompt.value()),
          fmt::to_string(line.completion.value()),
          shown_cost(line),
          shown_milliseconds(line, line.p50),
          shown_milliseconds(line, line.p95)};
}

Json json_line(const UsageLine& line) {
  const bool unknown = line.cost_unknown();
  return Json{{"requests", line.requests},
              {"ok", line.ok},
              {"cancelled", line.cancelled},
              {"refused", line.refused},
              {"errors", line.errors},
              {"prompt_tokens", line.prompt.value()},
              {"completion_tokens", line.completion.value()},
              {"cost_usd", unknown ? Json() : Json(decimal_usd(line.cost))},
              {"cost_nano_usd", unknown ? Json() : Json(line.cost.value())},
              {"cost_at_least", line.unpriced > 0},
              {"unpriced", line.unpriced},
              {"p50_ms", line.ok == 0 ? Json() : Json(milliseconds(line.p50))},
              {"p95_ms", line.ok == 0 ? Json() : Json(milliseconds(line.p95))}};
}

std::string iso(WallTime moment) { return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", std::chrono::floor<std::chrono::seconds>(moment)); }

Json json_moment(const std::optional<WallTime>& moment) { return moment ? Json(iso(*moment)) : Json(); }

std::optional<std::int64_t> digits(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || text.front() == '-' || failed != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<WallTime> before(std::string_view text, WallTime now) {
  const auto span = text::parse_duration(text);
  if (!span) return std::nullopt;
  return now - std::chrono::duration_cast<std::chrono::microseconds>(*span);
}

// The digits of `text` at a fixed place.
std::optional<std::int64_t> part(std::string_view text, std::size_t at, std::size_t size) {
  return text.size() < at + size ? std::nullopt : digits(text.substr(at, size));
}

std::optional<WallTime> date(std::string_view text) {
  const auto year = part(text, 0, 4), month = part(text, 5, 2), day = part(text, 8, 2);
  if (!year || !month || !day || text[4] != '-' || text[7] != '-') return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(*year)), std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  const WallTime midnight{std::chrono::sys_days(date)};
  if (text.size() == 10) return midnight;
  const auto hour = part(text, 11, 2), minute = part(text, 14, 2), second = part(text, 17, 2);
  const bool shaped = text.size() == 20 && text[10] == 'T' && text[13] == ':' && text[16] == ':' && text[19] == 'Z';
  if (!shaped || !hour || !minute || !second || *hour > 23 || *minute > 59 || *second > 59) return std::nullopt;
  return midnight + std::chrono::hours(*hour) + std::chrono::minutes(*minute) + std::chrono::seconds(*second);
}

}  // namespace

Result<WallTime> parse_moment(std::string_view text, WallTime now) {
  if (const auto moment = before(text, now)) return *moment;
  if (const auto moment = date(text)) return *moment;
  return Error{Code::usage_error, "'" + text::printable(text) + "' is no moment: write 7d, 2026-01-31 or 2026-01-31T12:30:00Z (UTC)", {}};
}

std::string usage_text(const UsageReport& report) {
  using text::Align;
  text::Table table({{std::string(name(report.by)), Align::left},
                     {"requests", Align::right},
                     {"ok", Align::right},
                     {"cancelled", Align::right},
                     {"refused", Align::right},
                     {"errors", Align::right},
                     {"prompt tokens", Align::right},
                     {"completion tokens", Align::right},
                     {"cost", Align::right},
                     {"p50 ms", Align::right},
                     {"p95 ms", Align::right}});
  for (const auto& line : report.lines) table.add(cells(line, line.key.empty() ? "(none)" : line.key));
  if (report.lines.size() != 1) table.add(cells(report.total, "total"));
  return table.text();
}

std::string usage_json(const UsageReport& report) {
  Json rows = Json::array();
  for (const auto& line : report.lines) {
    Json row{{"key", line.key.empty() ? Json() : Json(line.key)}};
    row.update(json_line(line));
    rows.push_back(std::move(row));
  }
  const Json document{{"schema", "genai.usage/v1"},
                      {"by", name(report.by)},
                      {"since", json_moment(report.period.since)},
                      {"until", json_moment(report.period.until)},
                      {"cost_at_least", report.total.unpriced > 0},
                      {"rows", std::move(rows)},
                      {"total", json_line(report.total)}};
  return document.dump(2, ' ', false, Json::error_handler_t::replace) + '\n';
}

std::string usage_csv(const UsageReport& report) {
  std::vector<text::Column> columns{{std::string(name(report.by))}};
  for (const auto* title : {"requests", "ok", "cancelled", "refused", "errors", "prompt_tokens", "completion_tokens", "cost_usd", "cost_nano_usd",
                            "cost_at_least", "unpriced", "p50_ms", "p95_ms"}) {
    columns.push_back({title});
  }
  text::Table table(std::move(columns));
  for (const auto& line : report.lines) {
    auto row = cells(line, line.key);
    row.resize(8);
    const bool unknown = line.cost_unknown();
    row.push_back(unknown ? "" : decimal_usd(line.cost));
    row.push_back(unknown ? "" : fmt::to_string(line.cost.value()));
    row.push_back(line.unpriced > 0 ? "true" : "false");
    row.push_back(fmt::to_string(line.unpriced));
    row.push_back(line.ok == 0 ? "" : fmt::to_string(milliseconds(line.p50)));
    row.push_back(line.ok == 0 ? "" : fmt::to_string(milliseconds(line.p95)));
    table.add(std::move(row));
  }
  return table.csv();
}

}  // namespace genai::ledger

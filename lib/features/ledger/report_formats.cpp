// The three faces of a usage report, and moments as people write them.
#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

#include "features/ledger/reports.hpp"

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

// Control bytes in a model's or user's name must not reach a terminal.
std::string printable(std::string_view text) {
  std::string shown;
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) shown += '?';
    else shown += c;
  }
  return shown;
}

// Columns as wide as their characters, not their bytes.
std::size_t width(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

using Cells = std::array<std::string, 10>;

Cells cells(const UsageLine& line, std::string key) {
  return {std::move(key),
          fmt::to_string(line.requests),
          fmt::to_string(line.ok),
          fmt::to_string(line.cancelled),
          fmt::to_string(line.refused),
          fmt::to_string(line.errors),
          fmt::to_string(line.prompt.value()),
          fmt::to_string(line.completion.value()),
          shown_cost(line),
          shown_milliseconds(line, line.p50) + " / " + shown_milliseconds(line, line.p95)};
}

std::string aligned(const std::vector<Cells>& table) {
  std::array<std::size_t, std::tuple_size_v<Cells>> widths{};
  for (const auto& row : table) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width(row[i]));
  }
  std::string text;
  for (const auto& row : table) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string padding(widths[i] - width(row[i]), ' ');
      text += i == 0 ? row[i] + padding : "  " + padding + row[i];
    }
    text += '\n';
  }
  return text;
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

// RFC 4180; a text that a spreadsheet would run as a formula is kept a text.
std::string csv_text(std::string_view text) {
  std::string safe = !text.empty() && std::string_view("=+-@\t\r").find(text.front()) != std::string_view::npos ? "'" : "";
  safe += text;
  if (safe.find_first_of(",\"\r\n") == std::string::npos) return safe;
  std::string quoted = "\"";
  for (const char c : safe) quoted.append(c == '"' ? 2 : 1, c);
  return quoted + '"';
}

std::optional<std::int64_t> digits(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || text.front() == '-' || failed != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<std::chrono::seconds> unit(char letter) {
  switch (letter) {
    case 's': return std::chrono::seconds(1);
    case 'm': return std::chrono::minutes(1);
    case 'h': return std::chrono::hours(1);
    case 'd': return std::chrono::hours(24);
    case 'w': return std::chrono::hours(24 * 7);
    default: return std::nullopt;
  }
}

std::optional<WallTime> before(std::string_view text, WallTime now) {
  constexpr std::int64_t most = 100'000;  // of any unit: far beyond every ledger, far below overflow
  if (text.size() < 2) return std::nullopt;
  const auto count = digits(text.substr(0, text.size() - 1));
  const auto each = unit(text.back());
  if (!count || !each || *count > most) return std::nullopt;
  return now - *count * *each;
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
  return Error{Code::usage_error, "'" + printable(text) + "' is no moment: write 7d, 2026-01-31 or 2026-01-31T12:30:00Z (UTC)", {}};
}

std::string usage_text(const UsageReport& report) {
  std::vector<Cells> table{{std::string(name(report.by)), "requests", "ok", "cancelled", "refused", "errors", "prompt tokens",
                            "completion tokens", "cost", "p50 / p95 ms"}};
  for (const auto& line : report.lines) table.push_back(cells(line, line.key.empty() ? "(none)" : printable(line.key)));
  if (report.lines.size() != 1) table.push_back(cells(report.total, "total"));
  return aligned(table);
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
  std::string text = fmt::format(
      "{},requests,ok,cancelled,refused,errors,prompt_tokens,completion_tokens,cost_usd,cost_nano_usd,cost_at_least,unpriced,p50_ms,p95_ms\n",
      name(report.by));
  for (const auto& line : report.lines) {
    const bool unknown = line.cost_unknown();
    text += fmt::format("{},{},{},{},{},{},{},{},{},{},{},{},{},{}\n", csv_text(line.key), line.requests, line.ok, line.cancelled, line.refused,
                        line.errors, line.prompt.value(), line.completion.value(), unknown ? "" : decimal_usd(line.cost),
                        unknown ? "" : fmt::to_string(line.cost.value()), line.unpriced > 0, line.unpriced,
                        line.ok == 0 ? "" : fmt::to_string(milliseconds(line.p50)), line.ok == 0 ? "" : fmt::to_string(milliseconds(line.p95)));
  }
  return text;
}

}  // namespace genai::ledger

#include "engines/estimate/report.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "platform/text/table.hpp"

namespace genai::estimate {
namespace {

using Json = nlohmann::ordered_json;

std::string grouped(std::int64_t value) {
  auto text = std::to_string(value);
  for (auto at = static_cast<std::ptrdiff_t>(text.size()) - 3; at > 0; at -= 3) text.insert(static_cast<std::size_t>(at), 1, ',');
  return text;
}

// Every line as a terminal may be given it.
std::string safe(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    result += text::printable(text.substr(0, end)) + "\n";
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return result;
}

std::string shown(const Range& range) {
  auto text = estimate::shown(range.likely);
  return range.is_exact() ? text : text + " (" + estimate::shown(range.least) + " to " + estimate::shown(range.most) + ")";
}

std::string clock_time(WallTime at) {
  const auto minutes = std::chrono::floor<std::chrono::minutes>(at - std::chrono::floor<std::chrono::days>(at)).count();
  const auto two = [](auto number) { return std::to_string(100 + number).substr(1); };
  return two(minutes / 60) + ":" + two(minutes % 60);
}

std::string name_of(const catalog::Row& row) { return row.vendor + "/" + row.model; }

// The rows that priced something, each once, in order of use.
std::vector<const catalog::Row*> rows_of(const ModelCost& cost) {
  std::vector<const catalog::Row*> rows;
  for (const auto& sum : cost.priced())
    if (rows.empty() || rows.back() != sum.row) rows.push_back(sum.row);
  if (rows.empty() && cost.match().offer != nullptr) rows.push_back(&cost.match().offer->rows().front());
  return rows;
}

std::string origin(const catalog::Row& row) {
  std::string text = "row " + name_of(row) + " of " + catalog::text(row.checked) + ", " + row.file + ":" + std::to_string(row.line);
  if (!row.source.empty()) text += ", " + row.source;
  return row.is_override ? text + " [override]" : text;
}

std::string usd_or_empty(const std::optional<Range>& range) { return range ? range->likely.usd() : ""; }

text::Table table_of(const Report& report, const std::vector<Periods>& periods) {
  using text::Align;
  const bool has_sample = !report.models.empty() && report.models[0].requests() > 1;
  std::vector<text::Column> columns{{"model"}, {"per request", Align::right}};
  if (report.requests_per_day)
    for (const char* title : {"per day", "per month", "per year"}) columns.push_back({title, Align::right});
  else if (has_sample)
    columns.push_back({grouped(report.models[0].requests()) + " requests", Align::right});
  text::Table table(std::move(columns));
  for (std::size_t i = 0; i < report.models.size(); ++i) {
    const auto& p = periods[i];
    std::vector<std::string> cells{report.models[i].asked(), shown(p.per_request)};
    if (report.requests_per_day)
      for (const auto& period : {p.day, p.month, p.year}) cells.push_back(shown(*period));
    else if (has_sample)
      cells.push_back(shown(p.sample));
    table.add(std::move(cells));
  }
  return table;
}

std::string sources(const Report& report, std::string_view bullet) {
  std::string text;
  for (const auto& cost : report.models)
    for (const auto* row : rows_of(cost)) text += std::string(bullet) + "price of " + cost.asked() + ": " + origin(*row) + "\n";
  for (std::size_t i = 0; i < report.counted.size(); ++i) text += std::string(bullet) + "tokens of " + report.models[i].asked() + ": " + report.counted[i] + "\n";
  return text;
}

std::string head(const Report& report) {
  std::string text = report.traffic;
  if (report.requests_per_day) text += "; " + grouped(*report.requests_per_day) + " requests a day, months of 30 days, years of 365";
  return text + ". Prices " + report.price_version + ".\n";
}

void put(Json& into, const std::string& key, const Range& range) {
  into[key] = range.likely.usd();
  if (range.is_exact()) return;
  into[key + "_least"] = range.least.usd();
  into[key + "_most"] = range.most.usd();
}

void put_periods(Json& into, const Periods& periods) {
  put(into, "per_request_usd", periods.per_request);
  if (periods.day) put(into, "per_day_usd", *periods.day);
  if (periods.month) put(into, "per_month_usd", *periods.month);
  if (periods.year) put(into, "per_year_usd", *periods.year);
}

Json json_of(const catalog::Row& row) {
  Json result{{"vendor", row.vendor}, {"model", row.model}, {"checked", catalog::text(row.checked)}, {"source", row.source}};
  result["from"] = row.from ? Json(catalog::text(*row.from)) : Json();
  result["until"] = row.until ? Json(catalog::text(*row.until)) : Json();
  result["file"] = row.file;
  result["line"] = row.line;
  result["override"] = row.is_override;
  return result;
}

Json json_of(const ModelCost& cost, const Periods& periods, WallTime as_of) {
  Json result{{"model", cost.asked()}, {"match", catalog::name(cost.match().how)}};
  put_periods(result, periods);
  result["sample"] = {{"requests", cost.requests()}};
  put(result["sample"], "cost_usd", periods.sample);
  result["sample"]["lines"] = Json::array();
  for (const auto& sum : cost.priced())
    result["sample"]["lines"].push_back({{"bucket", catalog::name(sum.bucket)},
                                         {"tier", catalog::name(sum.tier)},
                                         {"beyond_threshold", sum.is_long},
                                         {"tokens", sum.tokens.value()},
                                         {"usd_per_mtok", catalog::usd_per_mtok(sum.price)},
                                         {"cost_usd", sum.cost.usd()}});
  result["rows"] = Json::array();
  for (const auto* row : rows_of(cost)) result["rows"].push_back(json_of(*row));
  result["warnings"] = warnings(cost, as_of);
  return result;
}

std::string formula_line(const Priced& sum) {
  std::string text = "  " + std::string(catalog::name(sum.bucket));
  if (sum.tier != catalog::ServiceTier::standard) text += ", " + std::string(catalog::name(sum.tier));
  if (sum.is_long) text += ", beyond the threshold";
  return text + ": " + grouped(sum.tokens.value()) + " tokens x $" + catalog::usd_per_mtok(sum.price) + "/M = $" + sum.cost.usd() + "\n";
}

std::string validity(const catalog::Row& row) {
  if (!row.from && !row.until) return "no days given, taken to hold always";
  return (row.from ? "from " + catalog::text(*row.from) : std::string("from the start")) +
         (row.until ? " until " + catalog::text(*row.until) : std::string());
}

std::string row_lines(const catalog::Row& row) {
  std::string text = "  " + origin(row) + "; " + validity(row) + "\n";
  if (row.long_from) text += "  prompts of " + grouped(row.long_from->value()) + " tokens and more, cached ones included, pay the higher price for the whole request\n";
  if (!row.notes.empty()) text += "  note: " + row.notes + "\n";
  return text;
}

std::string product(const char* what, const Report& report, const ModelCost& cost, int days, const Range& sum) {
  std::string text = std::string("  ") + what + " = $" + cost.total().likely.usd();
  if (days > 0) text += " x " + grouped(*report.requests_per_day) + (days > 1 ? " x " + std::to_string(days) : std::string());
  if (cost.requests() > 1) text += " / " + grouped(cost.requests());
  text += " = $" + sum.likely.usd();
  if (!sum.is_exact()) text += ", counted by an estimate: $" + sum.least.usd() + " to $" + sum.most.usd();
  return text + "\n";
}

}  // namespace

Result<Periods> periods(const Report& report, const ModelCost& cost) {
  Periods result{cost.per_request(), cost.total(), {}, {}, {}};
  if (!report.requests_per_day) return result;
  const auto day = *report.requests_per_day;
  result.day = cost.of(day);
  result.month = cost.of(day * days_a_month);
  result.year = cost.of(day * days_a_year);
  if (!result.year) return Error{Code::usage_error, cost.asked() + ": a cost too large to be counted", {}};
  return result;
}

std::string shown(const catalog::Amount& amount) {
  constexpr int decimals = 6;
  const bool is_tiny = amount < catalog::Amount::of(Tokens(1), catalog::Price{1'000'000});
  return "$" + (is_tiny ? amount.usd() : amount.usd(decimals));
}

std::string report_text(const Report& report, const std::vector<Periods>& periods) {
  return safe(head(report) + "\n" + table_of(report, periods).text() + "\n" + sources(report, ""));
}

std::string report_markdown(const Report& report, const std::vector<Periods>& periods) {
  return safe(head(report) + "\n" + table_of(report, periods).markdown() + "\n" + sources(report, "- "));
}

std::string report_csv(const Report& report, const std::vector<Periods>& periods) {
  text::Table table({{"model"}, {"requests_per_day"}, {"per_request_usd"}, {"per_day_usd"}, {"per_month_usd"}, {"per_year_usd"},
                     {"per_request_usd_least"}, {"per_request_usd_most"}, {"row"}, {"checked"}, {"source"}});
  for (std::size_t i = 0; i < report.models.size(); ++i) {
    const auto& p = periods[i];
    std::string rows, days, from;
    for (const auto* row : rows_of(report.models[i])) {
      rows += (rows.empty() ? "" : " ") + name_of(*row);
      days += (days.empty() ? "" : " ") + catalog::text(row->checked);
      from += (from.empty() ? "" : "; ") + row->source;
    }
    table.add({report.models[i].asked(), report.requests_per_day ? std::to_string(*report.requests_per_day) : "", p.per_request.likely.usd(),
               usd_or_empty(p.day), usd_or_empty(p.month), usd_or_empty(p.year), p.per_request.least.usd(), p.per_request.most.usd(), rows, days, from});
  }
  return table.csv();
}

std::string report_json(const Report& report, const std::vector<Periods>& periods) {
  Json result{{"schema", "genai.cost-estimate/v1"}, {"price_version", report.price_version}};
  result["as_of"] = catalog::text(std::chrono::floor<std::chrono::days>(report.as_of));
  result["traffic"] = report.traffic;
  result["requests_per_day"] = report.requests_per_day ? Json(*report.requests_per_day) : Json();
  result["days_a_month"] = days_a_month;
  result["days_a_year"] = days_a_year;
  if (report.models.size() == 1) put_periods(result, periods[0]);
  result["models"] = Json::array();
  for (std::size_t i = 0; i < report.models.size(); ++i) result["models"].push_back(json_of(report.models[i], periods[i], report.as_of));
  for (std::size_t i = 0; i < report.counted.size(); ++i) result["models"][i]["counted"] = report.counted[i];
  return result.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string explanation(const Report& report, const std::vector<Periods>& periods) {
  std::string text = head(report);
  for (std::size_t i = 0; i < report.models.size(); ++i) {
    const auto& cost = report.models[i];
    text += "\n" + cost.asked() + ", found as " + std::string(catalog::name(cost.match().how)) + "\n";
    for (const auto* row : rows_of(cost)) text += row_lines(*row);
    if (i < report.counted.size()) text += "  tokens: " + report.counted[i] + "\n";
    text += cost.requests() == 1 ? "one request\n" : "the sample: " + grouped(cost.requests()) + " requests\n";
    for (const auto& sum : cost.priced()) text += formula_line(sum);
    text += "  sum = $" + cost.total().likely.usd() + "\n";
    if (cost.was_clamped()) text += "  parts larger than their whole were cut to it\n";
    text += "figures\n" + product("per request", report, cost, 0, periods[i].per_request);
    if (periods[i].day) text += product("per day", report, cost, 1, *periods[i].day);
    if (periods[i].month) text += product("per month", report, cost, days_a_month, *periods[i].month);
    if (periods[i].year) text += product("per year", report, cost, days_a_year, *periods[i].year);
  }
  return safe(text + "\nSums are exact: tokens times prices in pico-USD. Only a division is rounded, up to a pico-USD, and a table, up to a millionth of a dollar.\n");
}

std::vector<std::string> warnings(const ModelCost& cost, WallTime as_of) {
  std::vector<std::string> result;
  const auto today = std::chrono::floor<std::chrono::days>(as_of);
  for (const auto* row : rows_of(cost)) {
    const bool is_gone = row->is_retired || (row->retired && *row->retired <= today);
    if (is_gone) result.push_back(name_of(*row) + " is retired" + (row->retired ? " since " + catalog::text(*row->retired) : "") + "; its last known price is used");
    else if (today - row->checked > std::chrono::days(stale_after_days))
      result.push_back("the price of " + name_of(*row) + " was last checked on " + catalog::text(row->checked) + ", more than " +
                       std::to_string(stale_after_days) + " days before " + catalog::text(today));
  }
  const auto& rows = cost.match().offer->rows();
  if (std::any_of(rows.begin(), rows.end(), [&](const catalog::Row& row) { return !row.hours.empty() && row.holds_on(today); }))
    result.push_back("the price of " + name_of(rows.front()) + " depends on the hour; this is the one at " + clock_time(as_of) + " UTC");
  return result;
}

}  // namespace genai::estimate

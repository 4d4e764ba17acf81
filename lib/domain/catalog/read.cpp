// Reading and checking the rows of a price table. Each cell is checked where it stands; what no cell can know (overlapping rows, doubled
// names) catalog.cpp checks.
#include "domain/catalog/read.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "domain/catalog/columns.hpp"
#include "domain/catalog/csv.hpp"
#include "platform/text/nearest.hpp"
#include "platform/text/table.hpp"

namespace genai::catalog {
namespace {

constexpr std::size_t longest_name = 200;
constexpr std::size_t longest_cell = 4096;

std::string quoted(std::string_view text) { return "'" + text::printable(text.substr(0, 64)) + "'"; }

std::optional<std::int64_t> whole(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc() || end != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

// A plain decimal in units of 10^-digits, or nothing: no sign, no exponent, digits on both sides of a point.
std::optional<std::int64_t> decimal(std::string_view text, std::size_t digits) {
  const auto point = std::min(text.find('.'), text.size());
  const auto fraction = point < text.size() ? text.substr(point + 1) : std::string_view("0");
  if (point == 0 || point > 9 || fraction.empty() || fraction.size() > digits) return std::nullopt;
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (!std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(point), is_digit)) return std::nullopt;
  if (!std::all_of(fraction.begin(), fraction.end(), is_digit)) return std::nullopt;
  return whole(std::string(text.substr(0, point)) + std::string(fraction) + std::string(digits - fraction.size(), '0'));
}

std::vector<std::string_view> words(std::string_view text) {
  std::vector<std::string_view> result;
  for (std::size_t at = 0; (at = text.find_first_not_of(' ', at)) != text.npos;) {
    const auto end = std::min(text.find(' ', at), text.size());
    result.push_back(text.substr(at, end - at));
    at = end;
  }
  return result;
}

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= longest_name &&
         std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) > 0x20 && c != ',' && c != '"' && c != 0x7F; });
}

std::string nearest_of(std::string_view typed, std::span<const std::string_view> names) {
  const auto near = text::nearest(typed, names);
  return near ? "; did you mean " + std::string(*near) + "?" : "";
}

// "01:00" to "24:00" in minutes.
std::optional<int> minute_of(std::string_view text) {
  if (text.size() != 5 || text[2] != ':') return std::nullopt;
  const auto hour = whole(text.substr(0, 2)), minute = whole(text.substr(3, 2));
  if (!hour || !minute || *hour > 24 || *minute > 59 || (*hour == 24 && *minute != 0)) return std::nullopt;
  return static_cast<int>(*hour * 60 + *minute);
}

constexpr std::array<std::string_view, 7> weekdays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};

// "Mon-Fri" or "Sat" as bits.
std::optional<unsigned> weekdays_of(std::string_view text) {
  const auto number = [](std::string_view day) { return std::find(weekdays.begin(), weekdays.end(), day) - weekdays.begin(); };
  const auto dash = std::min(text.find('-'), text.size());
  const auto first = number(text.substr(0, dash)), last = dash < text.size() ? number(text.substr(dash + 1)) : first;
  if (first == 7 || last == 7) return std::nullopt;
  unsigned bits = 0;
  for (auto day = first;; day = (day + 1) % 7) {
    bits |= 1U << day;
    if (day == last) return bits;
  }
}

// Half of every price that is even; nothing at all if one is not.
std::optional<Rates> halved(const Rates& rates) {
  Rates result;
  for (std::size_t i = 0; i < buckets; ++i) {
    const auto price = rates.of(static_cast<Bucket>(i));
    if (!price) continue;
    if (price->pico_usd_per_token % 2 != 0) return std::nullopt;
    result.set(static_cast<Bucket>(i), Price{price->pico_usd_per_token / 2});
  }
  return result;
}

void set_output(Rates& rates, std::optional<Price> price) {
  rates.set(Bucket::output, price);
  rates.set(Bucket::reasoning, price);
}

constexpr std::array cached{Bucket::cache_read, Bucket::cache_write_5m, Bucket::cache_write_1h};

class RowReader {
 public:
  RowReader(const Catalog::Source& source, std::vector<std::string>& problems) : source_(source), problems_(problems) {}

  void read_head(const std::vector<Cell>& head) {
    head_ = head;
    where_.fill(absent);
    for (std::size_t i = 0; i < head.size(); ++i) read_head_cell(i);
    constexpr std::array needed{Column::vendor, Column::model, Column::input, Column::output, Column::checked};
    for (const auto column : needed)
      if (where_[index(column)] == absent) problem(head[0], "the column " + std::string(columns[index(column)]) + " is missing");
  }

  std::optional<Row> read(const std::vector<Cell>& record) {
    if (record.size() != head_.size()) {
      problem(record.back(), "expected " + std::to_string(head_.size()) + " cells, found " + std::to_string(record.size()));
      return std::nullopt;
    }
    record_ = &record;
    row_ = Row{};
    const auto before = problems_.size();
    for (const auto& cell : record)
      if (cell.text.size() > longest_cell) problem(cell, "a cell of more than " + std::to_string(longest_cell) + " bytes");
    read_identity();
    read_prices();
    read_regions();
    read_hours();
    read_dates();
    if (problems_.size() != before) return std::nullopt;
    return std::move(row_);
  }

  void problem(std::size_t line, std::size_t column, const std::string& what) {
    problems_.push_back(std::string(source_.file) + ":" + std::to_string(line) + ":" + std::to_string(column) + ": " + what);
  }

 private:
  static constexpr std::size_t absent = static_cast<std::size_t>(-1);
  static std::size_t index(Column column) { return static_cast<std::size_t>(column); }
  void problem(const Cell& cell, const std::string& what) { problem(cell.line, cell.column, what); }
  void problem(Column column, const std::string& what) {
    const auto at = where_[index(column)];
    problem(at == absent ? record_->front() : (*record_)[at], std::string(columns[index(column)]) + ": " + what);
  }

  void read_head_cell(std::size_t i) {
    const auto& cell = head_[i];
    const auto known = std::find(columns.begin(), columns.end(), cell.text);
    if (known == columns.end()) return problem(cell, "unknown column " + quoted(cell.text) + nearest_of(cell.text, columns));
    auto& where = where_[static_cast<std::size_t>(known - columns.begin())];
    if (where != absent) problem(cell, "the column " + cell.text + " stands twice");
    where = i;
  }

  std::string_view cell(Column column) const {
    const auto at = where_[index(column)];
    return at == absent ? std::string_view() : std::string_view((*record_)[at].text);
  }

  // One of the words, or empty, which is the first.
  std::size_t choice(Column column, std::span<const std::string_view> choices) {
    const auto text = cell(column);
    const auto at = std::find(choices.begin(), choices.end(), text);
    if (at != choices.end()) return static_cast<std::size_t>(at - choices.begin());
    std::string list;
    for (const auto choice : choices.subspan(1)) list += (list.empty() ? "" : ", ") + std::string(choice);
    const auto near = nearest_of(text, choices);
    problem(column, "unknown value " + quoted(text) + (near.empty() ? "; choose from " + list : near));
    return 0;
  }

  std::optional<Price> price(Column column) {
    const auto text = cell(column);
    if (text.empty()) return std::nullopt;
    const auto pico = decimal(text, 6);
    if (pico && Price{*pico} <= max_price) return Price{*pico};
    problem(column, "expected USD per million tokens, 0 to 1000000 with at most six decimals, found " + quoted(text));
    return std::nullopt;
  }

  std::optional<Tokens> tokens(Column column) {
    const auto text = cell(column);
    if (text.empty()) return std::nullopt;
    const auto count = whole(text);
    if (count && *count > 0 && Tokens(*count) <= max_tokens) return Tokens(*count);
    problem(column, "expected a number of tokens from 1 to " + std::to_string(max_tokens.value()) + ", found " + quoted(text));
    return std::nullopt;
  }

  std::optional<Day> day(Column column) {
    const auto text = cell(column);
    if (text.empty()) return std::nullopt;
    const auto parsed = parse_day(text);
    if (!parsed) problem(column, "expected a day as YYYY-MM-DD, found " + quoted(text));
    return parsed;
  }

  void read_identity() {
    row_.vendor = vendor_of(cell(Column::vendor));
    row_.model = cell(Column::model);
    const bool is_plain = std::all_of(row_.vendor.begin(), row_.vendor.end(), [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
    });
    if (!is_plain || !is_name(row_.vendor)) problem(Column::vendor, "expected a name of lower-case letters, digits, - _ and ., found " + quoted(row_.vendor));
    if (!is_name(row_.model)) problem(Column::model, "expected a name without blanks, found " + quoted(row_.model));
    for (const auto alias : words(cell(Column::aliases))) row_.aliases.emplace_back(alias);
    constexpr std::array<std::string_view, 5> modes{"", "chat", "completion", "responses", "embedding"};
    choice(Column::mode, modes);
    constexpr std::array<std::string_view, 3> bases{"", "listed", "half"};
    choice(Column::batch_basis, bases);
    constexpr std::array<std::string_view, 3> states{"", "listed", "retired"};
    row_.is_retired = choice(Column::status, states) == 2;
    row_.tokenizer = cell(Column::tokenizer);
    row_.notes = cell(Column::notes);
    row_.source = cell(Column::source);
    if (row_.source.empty() && !source_.is_override) problem(Column::source, "every row says where it comes from");
    row_.is_override = source_.is_override;
    row_.file = source_.file;
    row_.line = record_->front().line;
    for (std::size_t i = 0; i < columns.size(); ++i) row_.cells.emplace_back(cell(static_cast<Column>(i)));
    row_.cells[0] = row_.vendor;
  }

  void read_prices() {
    row_.max_input = tokens(Column::max_input);
    row_.max_output = tokens(Column::max_output);
    Rates& standard = row_.rates[0][0];
    standard.set(Bucket::input, price(Column::input));
    standard.set(Bucket::cache_read, price(Column::cache_read));
    standard.set(Bucket::cache_write_5m, price(Column::cache_write_5m));
    standard.set(Bucket::cache_write_1h, price(Column::cache_write_1h));
    standard.set(Bucket::audio_input, price(Column::audio_input));
    standard.set(Bucket::audio_output, price(Column::audio_output));
    set_output(standard, price(Column::output));
    read_threshold();
    read_batch();
    Rates& priority = row_.rates[index_of(ServiceTier::priority)][0];
    priority.set(Bucket::input, price(Column::priority_input));
    priority.set(Bucket::cache_read, price(Column::priority_cache_read));
    set_output(priority, price(Column::priority_output));
  }

  static std::size_t index_of(ServiceTier tier) { return static_cast<std::size_t>(tier); }

  void read_threshold() {
    constexpr std::array<std::string_view, 3> edges{"", "inclusive", "exclusive"};
    const auto edge = choice(Column::tier_edge, edges);
    const auto threshold = tokens(Column::tier_threshold);
    Rates& beyond = row_.rates[0][1];
    beyond.set(Bucket::input, price(Column::tier_input));
    beyond.set(Bucket::cache_read, price(Column::tier_cache_read));
    beyond.set(Bucket::cache_write_5m, price(Column::tier_cache_write_5m));
    beyond.set(Bucket::cache_write_1h, price(Column::tier_cache_write_1h));
    set_output(beyond, price(Column::tier_output));
    if (threshold && edge == 0) problem(Column::tier_edge, "a threshold needs an edge, inclusive or exclusive");
    if (!threshold && (edge != 0 || beyond != Rates{})) problem(Column::tier_threshold, "a price beyond a threshold needs the threshold");
    if (threshold && !beyond.of(Bucket::input)) problem(Column::tier_input, "a threshold needs a price beyond it");
    if (threshold) row_.long_from = edge == 1 ? *threshold : *threshold + Tokens{1};
  }

  void read_batch() {
    constexpr std::array<std::string_view, 4> rules{"", "half", "standard", "input"};
    const auto rule = choice(Column::batch_cache, rules);
    const auto input = price(Column::batch_input), output = price(Column::batch_output);
    if (!input && rule != 0) problem(Column::batch_cache, "without a batch price there is no rule for it");
    if (!input) return;
    auto& batch = row_.rates[index_of(ServiceTier::batch)];
    batch[0].set(Bucket::input, input);
    set_output(batch[0], output);
    price_cached(batch[0], row_.rates[0][0], rule);
    const auto half = halved(row_.rates[0][0]);
    if (row_.long_from && half && half->of(Bucket::input) == input && half->of(Bucket::output) == output) {
      const auto half_beyond = halved(row_.rates[0][1]);
      batch[1].set(Bucket::input, half_beyond ? half_beyond->of(Bucket::input) : std::nullopt);
      set_output(batch[1], half_beyond ? half_beyond->of(Bucket::output) : std::nullopt);
      price_cached(batch[1], row_.rates[0][1], rule);
    }
    constexpr std::array<std::string_view, 2> flexes{"", "batch"};
    if (choice(Column::flex, flexes) == 1) std::copy(batch, batch + 2, row_.rates[index_of(ServiceTier::flex)]);
  }

  void price_cached(Rates& batch, const Rates& standard, std::size_t rule) {
    const auto half = halved(standard);
    if (rule == 1 && !half) return problem(Column::batch_cache, "half of a price in this row has more than six decimals");
    for (const auto bucket : cached) {
      if (!standard.of(bucket)) continue;
      if (rule == 1) batch.set(bucket, half->of(bucket));
      if (rule == 2) batch.set(bucket, standard.of(bucket));
      if (rule == 3) batch.set(bucket, batch.of(Bucket::input));
    }
  }

  void read_regions() {
    for (const auto word : words(cell(Column::regions))) {
      const auto equals = std::min(word.find('='), word.size());
      const auto permille = decimal(word.substr(std::min(equals + 1, word.size())), 3);
      if (equals == 0 || !permille || *permille < 1 || *permille > 10'000) {
        problem(Column::regions, "expected REGION=FACTOR such as eu=1.1, the factor up to 10 with at most three decimals, found " + quoted(word));
        continue;
      }
      row_.regions.push_back({std::string(word.substr(0, equals)), *permille});
      if (!is_exact(*permille)) problem(Column::regions, "the factor of " + quoted(word) + " makes a price with more than six decimals");
    }
  }

  bool is_exact(std::int64_t permille) const {
    for (const auto& tier : row_.rates)
      for (const auto& rates : tier)
        for (std::size_t i = 0; i < buckets; ++i)
          if (const auto price = rates.of(static_cast<Bucket>(i)); price && price->pico_usd_per_token * permille % 1000 != 0) return false;
    return true;
  }

  void read_hours() {
    unsigned days = 0x7F;
    for (const auto word : words(cell(Column::hours))) {
      if (const auto named = weekdays_of(word)) {
        days = *named;
        continue;
      }
      const auto dash = std::min(word.find('-'), word.size());
      const auto from = minute_of(word.substr(0, dash)), until = minute_of(word.substr(std::min(dash + 1, word.size())));
      if (from && until && *from < *until)
        row_.hours.push_back({days, *from, *until});
      else
        problem(Column::hours, "expected days and hours such as Mon-Fri 01:00-04:00, found " + quoted(word));
    }
    if (row_.hours.empty() && !cell(Column::hours).empty()) problem(Column::hours, "no hours");
  }

  void read_dates() {
    row_.from = day(Column::from);
    row_.until = day(Column::until);
    row_.retired = day(Column::retired_on);
    if (row_.from && row_.until && *row_.from >= *row_.until) problem(Column::until, "expected a day after " + text(*row_.from));
    if (cell(Column::checked).empty()) problem(Column::checked, "every row says when it was last compared with its source");
    if (const auto checked = day(Column::checked)) row_.checked = *checked;
  }

  const Catalog::Source& source_;
  std::vector<std::string>& problems_;
  std::vector<Cell> head_;
  std::array<std::size_t, columns.size()> where_{};  // of each column, in the head
  const std::vector<Cell>* record_ = nullptr;
  Row row_;
};

}  // namespace

std::vector<Row> read_rows(const Catalog::Source& source, std::vector<std::string>& problems) {
  std::vector<Row> rows;
  RowReader reader(source, problems);
  if (source.csv.size() > max_table_bytes) {
    reader.problem(1, 1, "a table of more than " + std::to_string(max_table_bytes / 1024 / 1024) + " MiB");
    return rows;
  }
  CsvReader csv(source.csv);
  std::vector<Cell> record;
  auto tell = [&, told = std::size_t{0}]() mutable {
    for (; told < csv.problems().size(); ++told) reader.problem(csv.problems()[told].line, csv.problems()[told].column, csv.problems()[told].what);
  };
  const auto before = problems.size();
  const bool has_head = csv.next(record);
  tell();
  if (!has_head && problems.size() == before) reader.problem(1, 1, "an empty file: the head line with the names of the columns is missing");
  if (problems.size() == before && has_head) reader.read_head(record);
  if (problems.size() != before) return rows;  // without a head no cell has a meaning
  while (csv.next(record)) {
    if (rows.size() == max_rows) {
      reader.problem(record.front().line, 1, "more than " + std::to_string(max_rows) + " rows");
      break;
    }
    if (auto row = reader.read(record)) rows.push_back(*std::move(row));
  }
  tell();
  return rows;
}

}  // namespace genai::catalog

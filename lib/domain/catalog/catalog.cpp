#include "domain/catalog/catalog.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <tuple>
#include <utility>

#include "domain/catalog/columns.hpp"
#include "domain/catalog/read.hpp"

namespace genai::catalog {
namespace {

constexpr std::size_t most_problems = 50;  // shown; the rest is counted

std::string place(const Row& row) { return row.file + ":" + std::to_string(row.line); }

bool days_meet(const Row& a, const Row& b) {
  return (!a.from || !b.until || *a.from < *b.until) && (!b.from || !a.until || *b.from < *a.until);
}

bool hours_meet(const Row& a, const Row& b) {
  if (a.hours.empty() || b.hours.empty()) return a.hours.empty() == b.hours.empty();
  for (const auto& x : a.hours)
    for (const auto& y : b.hours)
      if ((x.weekdays & y.weekdays) != 0 && x.from < y.until && y.from < x.until) return true;
  return false;
}

void check_overlaps(const std::vector<Row>& rows, std::vector<std::string>& problems) {
  for (std::size_t i = 0; i < rows.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (days_meet(rows[i], rows[j]) && hours_meet(rows[i], rows[j])) {
        problems.push_back(place(rows[i]) + ":1: " + rows[i].vendor + "/" + rows[i].model + " has a price for these days and hours on line " +
                           std::to_string(rows[j].line) + " already");
        break;
      }
}

using Key = std::pair<std::string, std::string>;

// The rows of one source by vendor and model, in order of first appearance.
std::vector<std::vector<Row>> grouped(std::vector<Row> rows) {
  std::map<Key, std::size_t> places;
  std::vector<std::vector<Row>> groups;
  for (auto& row : rows) {
    const auto [at, fresh] = places.emplace(Key{row.vendor, row.model}, groups.size());
    if (fresh) groups.emplace_back();
    groups[at->second].push_back(std::move(row));
  }
  return groups;
}

std::uint64_t fnv1a(std::uint64_t hash, std::string_view text) {
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3U;
  return hash;
}

std::string version_of(std::span<const Offer> offers) {
  std::uint64_t hash = 0xCBF29CE484222325U;
  Day newest{};
  for (const auto& offer : offers)
    for (const auto& row : offer.rows()) {
      newest = std::max(newest, row.checked);
      for (const auto& cell : row.cells) hash = fnv1a(fnv1a(hash, cell), ",");
    }
  std::string result = text(newest) + "-";
  for (int shift = 60; shift >= 32; shift -= 4) result += "0123456789abcdef"[hash >> shift & 15];
  return result;
}

Error told(const std::vector<std::string>& problems, std::string_view file) {
  std::string what = problems.size() == 1 ? problems[0] : std::to_string(problems.size()) + " problems in " + std::string(file);
  if (problems.size() > 1)
    for (std::size_t i = 0; i < std::min(problems.size(), most_problems); ++i) what += "\n" + problems[i];
  if (problems.size() > most_problems) what += "\nand " + std::to_string(problems.size() - most_problems) + " more";
  return {Code::config_error, std::move(what), {}};
}

bool needs_quotes(std::string_view cell) { return cell.find_first_of(",\"") != cell.npos || cell.starts_with('#'); }

void append_cell(std::string& line, std::string_view cell) {
  if (!needs_quotes(cell)) {
    line += cell;
    return;
  }
  line += '"';
  for (const char c : cell) line.append(c == '"' ? 2 : 1, c);
  line += '"';
}

}  // namespace

const Row* Offer::at(WallTime at) const noexcept {
  const auto day = std::chrono::floor<std::chrono::days>(at);
  const Row* usual = nullptr;
  for (const auto& row : rows_) {
    if (!row.holds_on(day)) continue;
    if (row.hours.empty()) usual = &row;
    for (const auto& window : row.hours)
      if (window.holds(at)) return &row;
  }
  return usual;
}

std::string_view name(MatchKind kind) noexcept {
  constexpr std::array<std::string_view, 4> names{"exact", "alias", "dated", "wildcard"};
  return names[static_cast<std::size_t>(kind)];
}

Result<Catalog> Catalog::parse(std::span<const Source> sources) {
  Catalog result;
  std::map<Key, std::size_t> places;
  for (const auto& source : sources) {
    std::vector<std::string> problems;
    auto groups = grouped(read_rows(source, problems));
    for (const auto& rows : groups) check_overlaps(rows, problems);
    if (!problems.empty()) return told(problems, source.file);
    for (auto& rows : groups) {
      const auto [at, fresh] = places.emplace(Key{rows[0].vendor, rows[0].model}, result.offers_.size());
      if (fresh)
        result.offers_.emplace_back(std::move(rows));
      else
        result.offers_[at->second] = Offer(std::move(rows));
    }
  }
  auto named = result.index();
  if (!named) return named.error();
  result.version_ = version_of(result.offers_);
  return result;
}

Result<void> Catalog::index() {
  for (std::size_t i = 0; i < offers_.size(); ++i) {
    names_.push_back({offers_[i].vendor(), offers_[i].model(), i, false});
    for (const auto& row : offers_[i].rows())
      for (const auto& alias : row.aliases) names_.push_back({offers_[i].vendor(), alias, i, true});
  }
  const auto order = [](const Name& a, const Name& b) {
    return std::tie(a.vendor, a.name, a.is_alias, a.offer) < std::tie(b.vendor, b.name, b.is_alias, b.offer);
  };
  std::sort(names_.begin(), names_.end(), order);
  const auto same = [](const Name& a, const Name& b) { return a.vendor == b.vendor && a.name == b.name && a.offer == b.offer; };
  names_.erase(std::unique(names_.begin(), names_.end(), same), names_.end());
  for (std::size_t i = 1; i < names_.size(); ++i) {
    const auto &a = names_[i - 1], &b = names_[i];
    if (a.vendor != b.vendor || a.name != b.name) continue;
    const auto& row = offers_[b.offer].rows().front();
    return told({place(row) + ":1: " + row.vendor + "/" + row.model + ": the alias '" + std::string(b.name) + "' means " +
                 offers_[a.offer].model() + " already"}, row.file);
  }
  return {};
}

std::span<const std::string_view> column_names() { return columns; }

std::string csv_head() {
  std::string line;
  for (const auto column : columns) line += (line.empty() ? "" : ",") + std::string(column);
  return line + "\n";
}

std::string csv_line(const Row& row) {
  std::string line;
  for (std::size_t i = 0; i < row.cells.size(); ++i) {
    if (i > 0) line += ',';
    append_cell(line, row.cells[i]);
  }
  return line + "\n";
}

}  // namespace genai::catalog

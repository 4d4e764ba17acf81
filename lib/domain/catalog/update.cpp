#include "domain/catalog/update.hpp"

#include <algorithm>

#include "domain/catalog/columns.hpp"

namespace genai::catalog {
namespace {

const Offer* offer_of(const Catalog& catalog, const Offer& wanted) {
  const auto offers = catalog.offers();
  const auto at = std::find_if(offers.begin(), offers.end(),
                               [&](const Offer& offer) { return offer.vendor() == wanted.vendor() && offer.model() == wanted.model(); });
  return at == offers.end() ? nullptr : &*at;
}

const std::string& cell(const Row& row, Column column) { return row.cells[static_cast<std::size_t>(column)]; }

// The row that `fresh` takes the place of.
const Row& counterpart(const Offer& before, const Row& fresh) {
  const Row* best = nullptr;
  for (const auto& row : before.rows()) {
    if (cell(row, Column::hours) != cell(fresh, Column::hours)) continue;
    if (row.from == fresh.from) return row;
    if (best == nullptr || best->from < row.from) best = &row;
  }
  return best == nullptr ? before.rows().back() : *best;
}

bool is_price(std::string_view column) { return column.ends_with("_usd_per_mtok"); }

// A checked decimal cell in millionths.
std::int64_t millionths(std::string_view text) {
  std::int64_t value = 0;
  int places = -1;
  for (const char c : text) {
    if (c == '.') places = 0;
    else value = value * 10 + (c - '0'), places += places >= 0 ? 1 : 0;
  }
  for (int i = std::max(places, 0); i < 6; ++i) value *= 10;
  return value;
}

bool is_odd(const std::string& before, const std::string& after) {
  if (before.empty() || after.empty()) return false;
  const auto a = millionths(before), b = millionths(after);
  if (a == 0 || b == 0) return a != b;
  return a > 10 * b || b > 10 * a;
}

void compare(const Row& before, const Row& after, Change& change) {
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const auto &a = before.cells[i], &b = after.cells[i];
    if (a == b) continue;
    if (is_price(columns[i]) && (a.empty() || b.empty() || millionths(a) != millionths(b))) {
      const Move move{columns[i], a, b, is_odd(a, b)};
      change.is_held |= move.is_odd;
      change.moves.push_back(move);
    } else if (change.others.find(columns[i]) == std::string::npos) {
      change.others += (change.others.empty() ? "" : ", ") + std::string(columns[i]);
    }
  }
}

bool is_same(const Offer& a, const Offer& b) {
  return std::equal(a.rows().begin(), a.rows().end(), b.rows().begin(), b.rows().end(), [](const Row& x, const Row& y) { return x.cells == y.cells; });
}

bool is_named(std::span<const std::string> names, const Offer& offer) {
  const auto full = offer.vendor() + "/" + offer.model();
  return std::any_of(names.begin(), names.end(), [&](const std::string& name) { return name == full || name == offer.model(); });
}

void append(std::string& csv, const Offer& offer) {
  for (const auto& row : offer.rows()) csv += csv_line(row);
}

}  // namespace

Update plan_update(const Catalog& now, const Catalog* own, const Catalog& wanted, std::span<const std::string> accepted) {
  Update update;
  update.csv = csv_head();
  const auto taken = [&](const Offer& offer) {
    return std::any_of(update.changes.begin(), update.changes.end(), [&](const Change& change) { return change.offer == &offer && !change.is_held; });
  };
  for (const auto& offer : wanted.offers()) {
    const auto* before = offer_of(now, offer);
    if (before != nullptr && is_same(*before, offer)) {
      ++update.unchanged;
      continue;
    }
    auto& change = update.changes.emplace_back();
    change.offer = &offer;
    if (before == nullptr) continue;
    change.kind = Change::Kind::changed;
    for (const auto& row : offer.rows()) compare(counterpart(*before, row), row, change);
    change.is_held = change.is_held && !is_named(accepted, offer);
  }
  if (own != nullptr)
    for (const auto& offer : own->offers()) {
      const auto* fresh = offer_of(wanted, offer);
      append(update.csv, fresh != nullptr && taken(*fresh) ? *fresh : offer);
    }
  for (const auto& change : update.changes)
    if (!change.is_held && (own == nullptr || offer_of(*own, *change.offer) == nullptr)) append(update.csv, *change.offer);
  return update;
}

}  // namespace genai::catalog

// What a new table would change, and what is too odd to be taken without being asked.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "domain/catalog/catalog.hpp"

namespace genai::catalog {

// One price of one row before and after.
struct Move {
  std::string_view column;     // "input_usd_per_mtok"
  std::string before, after;   // cells; empty: not known
  bool is_odd = false;         // more than ten times as much or as little, or to or from 0
};

struct Change {
  enum class Kind { added, changed };
  Kind kind = Kind::added;
  const Offer* offer = nullptr;  // the new one
  std::vector<Move> moves;       // of prices; empty when only days, hours or words change
  std::string others;            // names of other columns that change, separated by ", "
  bool is_held = false;          // an odd move that nobody accepted
};

struct Update {
  std::vector<Change> changes;
  std::size_t unchanged = 0;  // offers that are as before
  std::string csv;            // the user's table afterwards: `own` with what is new and not held
};

// Compares each offer of `wanted` with that of `now`, which is in force, row by row: with the row of the same days and hours, or else the newest of the
// same hours. `own` is what the user has already, or null: it is part of `now`. `accepted` names offers ("openai/gpt-4o", "gpt-4o")
// whose odd moves are taken.
Update plan_update(const Catalog& now, const Catalog* own, const Catalog& wanted, std::span<const std::string> accepted);

}  // namespace genai::catalog

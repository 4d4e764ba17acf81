// Models and their prices: the dated table in the binary, with the user's rows above it. Pure; an immutable value that any thread may read.
//
// The table is CSV (RFC 4180, with a head line; empty lines and lines that begin with # are skipped), columns in any order. Prices are USD
// per million tokens with up to six decimals; an empty cell is an unknown price, never 0. What the columns mean:
//
//   vendor, model, aliases    who bills; the name; other names of the same (separated by blanks). Model * stands for all of the vendor.
//   input, output, cache_read, cache_write_5m, cache_write_1h, audio_input, audio_output (each with _usd_per_mtok)
//   tier_threshold_tokens, tier_edge, tier_*_usd_per_mtok
//                             a prompt beyond the threshold (exclusive), or at it (inclusive), makes the whole request cost the tier_ prices
//   batch_input, batch_output what the batch endpoint costs. batch_cache: cached tokens there cost `half`, `standard` (the two discounts do
//                             not add up), or the batch `input` price; empty: not known. Beyond the threshold batch costs half, if it does so
//                             below. flex: `batch` where the flexible tier costs the same.
//   priority_*_usd_per_mtok   the priority tier
//   regions                   "eu=1.1 us=1.1": factor on all prices in that region
//   hours_utc                 "Mon-Fri 01:00-04:00 06:00-10:00": the row holds then, and rows without hours otherwise
//   from, until               days, UTC: the row holds in [from, until)
//   status, retired_on        listed or retired, and the day when the model goes or went
//   checked, source, cross_check, batch_basis, notes, mode, tokenizer, max_input_tokens, max_output_tokens
//
// Names. A model is found under its vendor by its exact name, by an alias, or by a dated form of one of these: one suffix -YYYY-MM-DD,
// -YYYYMMDD, -MMDD, -latest or -preview (@ for - too; -NNN at Google), longest names first, never by a part of a name. ft:BASE:... is the
// row ft:BASE, never BASE. A name without a provider means its maker; OTHER/NAME the host OTHER. Where models run on somebody's own
// machines (vllm, ollama and the like) there is no price unless a row of the user gives one.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "domain/catalog/bill.hpp"
#include "domain/catalog/row.hpp"

namespace genai::catalog {

// A table's text is refused beyond this, and so are more rows.
inline constexpr std::size_t max_table_bytes = 4 * 1024 * 1024;
inline constexpr std::size_t max_rows = 20'000;

// All rows of one model at one vendor, and which of them holds when.
class Offer {
 public:
  explicit Offer(std::vector<Row> rows) : rows_(std::move(rows)) {}
  const std::string& vendor() const { return rows_.front().vendor; }
  const std::string& model() const { return rows_.front().model; }
  std::span<const Row> rows() const { return rows_; }
  // The row in force, or null: one with hours before one without. Rows never overlap otherwise.
  const Row* at(WallTime at) const noexcept;

 private:
  std::vector<Row> rows_;  // never empty
};

struct Query {
  std::string_view provider;  // vendor or type of provider ("openai", "azure", "vertex", "vllm", "sim"); empty: the maker, or as the name says
  std::string_view model;
};

enum class MatchKind : std::uint8_t {
  exact,
  alias,
  dated,     // the name without its date, -latest or -preview
  wildcard,  // the row * of the vendor
};
std::string_view name(MatchKind kind) noexcept;

// What a name means. Valid as long as the catalog.
struct Match {
  const Offer* offer = nullptr;
  MatchKind how = MatchKind::exact;
  std::string region;  // when the name held one: "eu" of azure/eu/gpt-4o
};

class Catalog {
 public:
  struct Source {
    std::string_view csv;
    std::string_view file;  // for errors and for Row::file
    bool is_override = false;
  };
  // Later sources win: an offer of theirs replaces all rows of the same vendor and model. config_error with every problem as
  // file:line:column: what, unknown words with the nearest known one.
  static Result<Catalog> parse(std::span<const Source> sources);

  Catalog(Catalog&&) = default;
  Catalog& operator=(Catalog&&) = default;

  // model_not_found naming near models; unknown_price for models of self-hosted types.
  Result<Match> find(const Query& query) const;
  std::span<const Offer> offers() const { return offers_; }  // in the order of the table
  // Newest day of `checked` and a hash of all contents: "2026-08-25-1f0c93ab". Equal for equal tables.
  const std::string& version() const { return version_; }

 private:
  struct Name {
    std::string_view vendor, name;  // into the offers
    std::size_t offer;
    bool is_alias;
  };
  Catalog() = default;
  Result<void> index();
  std::vector<Offer> offers_;
  std::vector<Name> names_;  // sorted
  std::string version_;
  friend class NameFinder;
};

// The table in the binary.
std::string_view embedded_csv();
// It, parsed; a broken one is an error that a test would have seen.
Result<Catalog> embedded();

// The columns, in the order of Row::cells and of tables we write.
std::span<const std::string_view> column_names();
// Head line, or one row, as CSV with LF.
std::string csv_head();
std::string csv_line(const Row& row);

}  // namespace genai::catalog

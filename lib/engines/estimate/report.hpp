// What `cost-estimate` shows: models side by side, each figure with the price row it comes from.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engines/estimate/api_cost.hpp"

namespace genai::estimate {

struct Report {
  std::vector<ModelCost> models;
  std::optional<std::int64_t> requests_per_day;  // nothing: what one request costs, and the sample
  std::string traffic;        // one sentence: what the requests are
  std::vector<std::string> counted;  // of each model, how its tokens were counted; empty where the user gave numbers
  std::string price_version;  // of the catalog
  WallTime as_of{};
};

// The sums over periods; nothing where no rate was given. invalid_value when one is too large.
struct Periods {
  Range per_request, sample;
  std::optional<Range> day, month, year;
};
Result<Periods> periods(const Report& report, const ModelCost& cost);

// Each returns the whole text, ending with LF; `periods` belong to the models, in order.
std::string report_text(const Report& report, const std::vector<Periods>& periods);
std::string report_markdown(const Report& report, const std::vector<Periods>& periods);
std::string report_csv(const Report& report, const std::vector<Periods>& periods);
std::string report_json(const Report& report, const std::vector<Periods>& periods);
// How the figures came about: tokens times prices line by line, rows, dates, sources, roundings.
std::string explanation(const Report& report, const std::vector<Periods>& periods);

// "$42.50", "$0.00425": rounded up to six decimals, or exact where that would show nothing but zeros.
std::string shown(const catalog::Amount& amount);

// Sentences a reader should know before they believe a figure: rows not checked for `most_days`, retired models.
inline constexpr int stale_after_days = 90;
std::vector<std::string> warnings(const ModelCost& cost, WallTime as_of);

}  // namespace genai::estimate

// Tables and moments for the tests of prices.
#pragma once

#include <array>
#include <string>

#include "domain/catalog/catalog.hpp"
#include "test.hpp"

namespace genai::catalog::test {

inline Catalog table(const std::string& csv) {
  const std::array sources{Catalog::Source{csv, "prices.csv", false}};
  auto result = Catalog::parse(sources);
  if (!result) FAIL(result.error().what);
  return *std::move(result);
}

inline const Catalog& shipped() {
  static const Catalog catalog = [] {
    auto result = embedded();
    if (!result) FAIL(result.error().what);
    return *std::move(result);
  }();
  return catalog;
}

// "2026-08-15", at noon UTC or that minute of the day.
inline WallTime on(std::string_view day, int minute = 12 * 60) {
  const auto parsed = parse_day(day);
  REQUIRE(parsed.has_value());
  return WallTime(*parsed) + std::chrono::minutes(minute);
}

inline Match match(std::string_view model, std::string_view provider = "", const Catalog& catalog = shipped()) {
  CAPTURE(provider, model);
  auto result = catalog.find({provider, model});
  if (!result) FAIL(result.error().what);
  return *std::move(result);
}

inline chat::Usage usage(std::int64_t prompt, std::int64_t completion, std::int64_t cached = 0, std::int64_t reasoning = 0) {
  return {Tokens(prompt), Tokens(completion), Tokens(cached), Tokens(reasoning), false};
}

inline Bill bill(const Match& match, const chat::Usage& usage, Terms terms = {on("2026-08-15"), {}, {}}) {
  auto result = price(match, usage, terms);
  if (!result) FAIL(result.error().what);
  return *result;
}

inline std::string cost(std::string_view model, const chat::Usage& usage, Terms terms = {on("2026-08-15"), {}, {}}, std::string_view provider = "") {
  return bill(match(model, provider), usage, terms).exact.usd();
}

}  // namespace genai::catalog::test

#include "features/ledger/reports.hpp"

#include <nlohmann/json.hpp>

#include "features/ledger/ledger_fixture.hpp"

namespace genai::ledger {
namespace {

using namespace testing;

struct Call {
  const char* model;
  const char* user;
  record::Outcome outcome;
  std::optional<NanoUsd> cost;
  const char* provider = "main";
};

void record_calls(const fakes::Scratch& dir, net::VirtualClock& clock, std::initializer_list<Call> calls) {
  auto ledger = open(quick(dir.path()), clock);
  for (const auto& call : calls) {
    auto opened = entry(*ledger, call.model);
    answer(opened);
    auto& record = opened.record();
    record.user = call.user;
    record.outcome = call.outcome;
    record.cost = call.cost;
    record.provider = call.provider;
    opened.settle();
  }
}

UsageReport report(const fakes::Scratch& dir, By by, Period period = {}) {
  auto made = usage_report(dir.path(), by, period);
  if (!made) FAIL(made.error().what);
  return *made;
}

constexpr auto ok = record::Outcome::ok;

TEST_CASE("usage: sums by model, dearest first, with what is not known said") {
  const fakes::Scratch dir;
  net::VirtualClock clock;
  record_calls(dir, clock,
               {{"cheap", "ann", ok, NanoUsd(5)},
                {"dear", "bob", ok, NanoUsd(2'000'000'000)},
                {"dear", "ann", record::Outcome::cancelled, std::nullopt},
                {"dear", "ann", record::Outcome::failed, NanoUsd(0)},
                {"free", "", ok, NanoUsd(0)},
                {"mystery", "ann", ok, std::nullopt},
                {"mystery", "ann", record::Outcome::refused, std::nullopt, ""}});
  const auto by_model = report(dir, By::model);
  REQUIRE(by_model.lines.size() == 4);
  const auto& dear = by_model.lines[0];
  CHECK(dear.key == "dear");
  CHECK(dear.requests == 3);
  CHECK(dear.ok == 1);
  CHECK(dear.cancelled == 1);
  CHECK(dear.errors == 1);
  CHECK(dear.prompt == Tokens(33));
  CHECK(dear.cost == NanoUsd(2'000'000'000));
  CHECK(dear.unpriced == 1);
  CHECK(std::abs((dear.p50 - std::chrono::milliseconds(12)).count()) < 10'000);
  CHECK(by_model.lines[1].key == "cheap");
  CHECK(by_model.total.requests == 7);

  const auto json = nlohmann::json::parse(usage_json(by_model));
  CHECK(json["schema"] == "genai.usage/v1");
  CHECK(json["by"] == "model");
  CHECK(json["cost_at_least"] == true);
  CHECK(json["rows"][0]["cost_usd"] == "2.00");
  CHECK(json["rows"][0]["cost_nano_usd"] == 2'000'000'000);
  CHECK(json["rows"][0]["cost_at_least"] == true);
  CHECK(json["rows"][1]["cost_usd"] == "0.000000005");
  CHECK(json["total"]["completion_tokens"] == 49);
  for (const auto& row : json["rows"]) {
    if (row["key"] == "free") CHECK(row["cost_usd"] == "0.00");
    if (row["key"] == "mystery") CHECK(row["cost_usd"].is_null());
    if (row["key"] == "mystery") CHECK(row["unpriced"] == 1);
  }

  const auto text = usage_text(by_model);
  CHECK(text.find(">= $2.00") != std::string::npos);
  CHECK(text.find("unknown") != std::string::npos);
  CHECK(text.find("total") != std::string::npos);
  CHECK(usage_csv(by_model).find("\ndear,3,1,1,0,1,33,21,2.00,2000000000,true,1,12,12\n") != std::string::npos);

  const auto by_user = report(dir, By::user);
  CHECK(by_user.lines.size() == 3);
  CHECK(usage_text(by_user).find("(none)") != std::string::npos);
}

TEST_CASE("usage: days are UTC, in order, and the period is half open") {
  const fakes::Scratch dir;
  net::VirtualClock clock;  // 2027-01-15 08:00:00 UTC
  record_calls(dir, clock, {{"m", "u", ok, NanoUsd(1)}});
  clock.advance(std::chrono::hours(16));
  record_calls(dir, clock, {{"m", "u", ok, NanoUsd(1)}, {"m", "u", ok, NanoUsd(1)}});
  const auto all = report(dir, By::day);
  REQUIRE(all.lines.size() == 2);
  CHECK(all.lines[0].key == "2027-01-15");
  CHECK(all.lines[0].requests == 1);
  CHECK(all.lines[1].key == "2027-01-16");
  CHECK(all.lines[1].requests == 2);
  const auto midnight = *parse_moment("2027-01-16", clock.wall_now());
  CHECK(report(dir, By::day, Period{midnight, {}}).total.requests == 2);
  CHECK(report(dir, By::day, Period{{}, midnight}).total.requests == 1);
  CHECK(report(dir, By::day, Period{midnight, midnight}).lines.empty());
}

TEST_CASE("usage: read while the ledger is being written") {
  const fakes::Scratch dir;
  const SystemClock clock;
  fakes::WaitingLoop loop(clock);
  auto ledger = open(quick(dir.path()), clock);
  for (int i = 1; i <= 5; ++i) {
    CHECK(settle_one(*ledger, loop));
    CHECK(report(dir, By::model).total.requests == i);
  }
}

TEST_CASE("usage: no ledger and a foreign file are told apart") {
  const fakes::Scratch dir;
  const auto missing = usage_report(dir.path(), By::day, {});
  REQUIRE(!missing);
  CHECK(missing.error().code == Code::environment);
  CHECK(missing.error().what.find("there is no ledger") != std::string::npos);
  fakes::write_content(dir / "ledger.db", std::string(9'000, 'x'));
  const auto foreign = usage_report(dir.path(), By::day, {});
  REQUIRE(!foreign);
  CHECK(foreign.error().code == Code::corrupt_ledger);
}

TEST_CASE("usage: moments") {
  const WallTime now{std::chrono::seconds(1'800'000'000)};
  const auto at = [&](std::string_view text) { return (*parse_moment(text, now) - now).count() / 1'000'000; };
  CHECK(at("30s") == -30);
  CHECK(at("5m") == -300);
  CHECK(at("2h") == -7'200);
  CHECK(at("7d") == -604'800);
  CHECK(at("2027-01-15") == -28'800);
  CHECK(at("2027-01-15T08:00:01Z") == 1);
  for (const auto* bad : {"", "d", "7", "-7d", "7x", "9999999999d", "2027-13-01", "2027-02-29", "2027-1-5", "2027-01-15T25:00:00Z",
                          "2027-01-15 08:00:00", "yesterday", "2027-01-15T08:00:00"}) {
    INFO(bad);
    const auto parsed = parse_moment(bad, now);
    REQUIRE(!parsed);
    CHECK(parsed.error().code == Code::usage_error);
  }
}

TEST_CASE("usage: names that are hostile to terminals and spreadsheets are made harmless") {
  UsageReport report;
  report.by = By::user;
  report.lines.emplace_back();
  report.lines[0].key = "=cmd(\"\x1b[31m\"),\xff";
  CHECK(usage_csv(report).find("\n\"'=cmd(") != std::string::npos);
  CHECK(usage_text(report).find('\x1b') == std::string::npos);
  CHECK(nlohmann::json::parse(usage_json(report))["rows"][0]["requests"] == 0);
}

}  // namespace
}  // namespace genai::ledger

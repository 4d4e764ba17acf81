// Taking over a new table: what is shown, what is held back, what is written.
#include "domain/catalog/update.hpp"

#include "domain/catalog/fixture.hpp"

using namespace genai;
using namespace genai::catalog;
using namespace genai::catalog::test;

namespace {

const std::string head = "vendor,model,input_usd_per_mtok,output_usd_per_mtok,cache_read_usd_per_mtok,checked,source\n";

Catalog rows(const std::string& lines) { return table(head + lines); }

std::string prices_in(const std::string& csv) {
  std::string result;
  const auto catalog = table(csv);
  for (const auto& offer : catalog.offers())
    result += offer.model() + " " + offer.rows()[0].cells[4] + "\n";
  return result;
}

}  // namespace

TEST_CASE("only what changes is written", "[update]") {
  const auto now = rows("openai,a,1,2,,2026-01-01,s\nopenai,b,3,4,,2026-01-01,s\n");
  const auto wanted = rows("openai,a,1,2,,2026-01-01,s\nopenai,b,5,4,,2026-02-01,s\nopenai,c,7,8,,2026-02-01,s\n");
  const auto update = plan_update(now, nullptr, wanted, {});
  CHECK(update.unchanged == 1);
  REQUIRE(update.changes.size() == 2);
  CHECK(update.changes[0].kind == Change::Kind::changed);
  REQUIRE(update.changes[0].moves.size() == 1);
  CHECK(update.changes[0].moves[0].column == "input_usd_per_mtok");
  CHECK(update.changes[0].moves[0].before == "3");
  CHECK(update.changes[0].moves[0].after == "5");
  CHECK(update.changes[0].others == "checked");
  CHECK(update.changes[1].kind == Change::Kind::added);
  CHECK(prices_in(update.csv) == "b 5\nc 7\n");
}

TEST_CASE("what moves more than ten times or through zero is held back", "[update]") {
  const auto held = [](const std::string& before, const std::string& after, std::vector<std::string> accepted = {}) {
    const auto now = rows("openai,a," + before + ",2,,2026-01-01,s\n"), wanted = rows("openai,a," + after + ",2,,2026-01-01,s\n");
    const auto update = plan_update(now, nullptr, wanted, accepted);
    return !update.changes.empty() && update.changes[0].is_held;
  };
  CHECK_FALSE(held("1", "10"));
  CHECK(held("1", "10.000001"));
  CHECK_FALSE(held("10", "1"));
  CHECK(held("10", "0.999999"));
  CHECK(held("1", "0"));
  CHECK(held("0", "0.1"));
  CHECK_FALSE(held("0", "0.0"));
  CHECK_FALSE(held("1", "1.50"));
  CHECK_FALSE(held("", "100"));  // not known before
  CHECK_FALSE(held("1", "100", {"a"}));
  CHECK_FALSE(held("1", "100", {"openai/a"}));
  CHECK(held("1", "100", {"b"}));
}

TEST_CASE("the user's own rows stay, unless replaced", "[update]") {
  const auto own = rows("vllm,mine,1,1,,2026-01-01,s\nopenai,a,9,9,,2026-01-01,s\nopenai,h,1,1,,2026-01-01,s\n");
  const auto wanted = rows("openai,a,8,9,,2026-02-01,s\nopenai,h,100,1,,2026-02-01,s\n");
  const auto update = plan_update(own, &own, wanted, {});
  CHECK(prices_in(update.csv) == "mine 1\na 8\nh 1\n");
}

TEST_CASE("a dated row is compared with the one of its hours", "[update]") {
  const std::string dated = "vendor,model,input_usd_per_mtok,output_usd_per_mtok,hours_utc,from,until,checked,source\n";
  const auto now = table(dated + "d,m,1,1,,,2026-01-01,2026-01-01,s\nd,m,20,1,,2026-01-01,,2026-01-01,s\nd,m,40,1,01:00-04:00,2026-01-01,,2026-01-01,s\n");
  const auto wanted = table(dated + "d,m,20,1,,2026-01-01,2026-06-01,2026-01-01,s\nd,m,25,1,,2026-06-01,,2026-01-01,s\nd,m,50,1,01:00-04:00,2026-06-01,,2026-01-01,s\n");
  const auto update = plan_update(now, nullptr, wanted, {});
  REQUIRE(update.changes.size() == 1);
  CHECK_FALSE(update.changes[0].is_held);
  REQUIRE(update.changes[0].moves.size() == 2);
  CHECK(update.changes[0].moves[0].before == "20");
  CHECK(update.changes[0].moves[1].before == "40");
}

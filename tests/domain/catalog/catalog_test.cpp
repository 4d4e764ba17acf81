// The table: what is in it, what it refuses, which names mean which row, which row holds when.
#include "domain/catalog/fixture.hpp"

#include <set>

using namespace genai;
using namespace genai::catalog;
using namespace genai::catalog::test;

namespace {

constexpr std::string_view head = "vendor,model,aliases,input_usd_per_mtok,output_usd_per_mtok,checked,source\n";

std::string broken(const std::string& csv, bool is_override = false) {
  const std::array sources{Catalog::Source{csv, "p.csv", is_override}};
  const auto result = Catalog::parse(sources);
  REQUIRE(result.has_error());
  CHECK(result.error().code == Code::config_error);
  return result.error().what;
}

std::string found(std::string_view model, std::string_view provider = "") {
  const auto result = shipped().find({provider, model});
  if (!result) return std::string(row(result.error().code).name);
  return result->offer->vendor() + "/" + result->offer->model() + " " + std::string(name(result->how)) + (result->region.empty() ? "" : " in " + result->region);
}

std::string why_not(std::string_view model, std::string_view provider = "") {
  const auto result = shipped().find({provider, model});
  REQUIRE(result.has_error());
  return result.error().what;
}

}  // namespace

TEST_CASE("the table in the binary is whole", "[catalog]") {
  std::size_t rows = 0;
  std::set<std::string> vendors;
  for (const auto& offer : shipped().offers())
    for (const auto& row : offer.rows()) {
      INFO(row.vendor << "/" << row.model << " on line " << row.line);
      ++rows;
      vendors.insert(row.vendor);
      CHECK_FALSE(row.source.empty());
      CHECK(row.checked >= *parse_day("2025-09-01"));
      CHECK_FALSE(row.is_override);
      const auto in = row.rates[0][0].of(Bucket::input), cached = row.rates[0][0].of(Bucket::cache_read);
      REQUIRE(in.has_value());
      if (cached) CHECK(*cached <= *in);
      if (row.long_from) CHECK(*row.rates[0][1].of(Bucket::input) >= *in);
    }
  CHECK(rows >= 190);
  CHECK(vendors.size() == 12);
  CHECK(shipped().version().starts_with("2026-08-25-"));
  CHECK(shipped().version().size() == 19);
}

TEST_CASE("a table that was read can be written", "[catalog]") {
  std::string text = csv_head();
  for (const auto& offer : shipped().offers())
    for (const auto& row : offer.rows()) text += csv_line(row);
  const auto again = table(text);
  CHECK(again.version() == shipped().version());
  CHECK(again.offers().size() == shipped().offers().size());
}

TEST_CASE("names are exact, aliases, or dated, never parts", "[catalog]") {
  CHECK(found("gpt-4o") == "openai/gpt-4o exact");
  CHECK(found("gpt-4o-mini") == "openai/gpt-4o-mini exact");
  CHECK(found("gpt-4o-2024-05-13") == "openai/gpt-4o-2024-05-13 exact");
  CHECK(found("gpt-4o-2024-08-06") == "openai/gpt-4o dated");
  CHECK(found("gpt-4o-mini-2024-07-18") == "openai/gpt-4o-mini dated");
  CHECK(found("gpt-4-0613") == "openai/gpt-4 dated");
  CHECK(found("gpt-4-1106-preview") == "openai/gpt-4-turbo alias");
  CHECK(found("gpt-3.5-turbo-0125") == "openai/gpt-3.5-turbo dated");
  CHECK(found("gpt-3.5-turbo-1106") == "openai/gpt-3.5-turbo-1106 exact");
  CHECK(found("o1-preview-2024-09-12") == "openai/o1-preview dated");
  CHECK(found("claude-3-5-sonnet-latest") == "anthropic/claude-3-5-sonnet-20241022 dated");
  CHECK(found("claude-3-5-sonnet") == "anthropic/claude-3-5-sonnet-20241022 alias");
  CHECK(found("claude-3-5-sonnet-20240620") == "anthropic/claude-3-5-sonnet-20240620 exact");
  CHECK(found("claude-sonnet-4-5-20250929") == "anthropic/claude-sonnet-4-5 dated");
  CHECK(found("gemini-1.5-pro-002") == "google/gemini-1.5-pro dated");
  CHECK(found("gemini-2.5-pro-preview") == "google/gemini-2.5-pro dated");
  CHECK(found("models/gemini-2.5-pro", "gemini") == "google/gemini-2.5-pro exact");
  // These cost something else, and nothing says what.
  for (const char* other : {"gpt-4o-realtime-preview", "gpt-4", "gpt-4-0613-preview", "gpt-4o-2024-13-45", "gpt-4o-", "gpt", "", "*", "mistral-large-2407",
                            "claude-3-5", "gemini-2.5-flash-preview-05-20", "my-gpt-4o", "gpt-4o-mini-tts", "GPT-4O", "ft:gpt-5:acme::x"}) {
    INFO(other);
    if (std::string_view(other) != "gpt-4") CHECK(found(other) == "model_not_found");
  }
}

TEST_CASE("a provider, or a prefix, says who bills; a bare name means the maker", "[catalog]") {
  CHECK(found("openai/gpt-4o") == "openai/gpt-4o exact");
  CHECK(found("gpt-4o", "openai") == "openai/gpt-4o exact");
  CHECK(found("openai/gpt-4o", "openai") == "openai/gpt-4o exact");
  CHECK(found("gpt-4o-mini", "azure") == "azure/gpt-4o-mini exact");
  CHECK(found("azure/gpt-4o-mini-2024-07-18") == "azure/gpt-4o-mini dated");
  CHECK(found("azure/eu/gpt-4o-2024-08-06") == "azure/gpt-4o dated in eu");
  CHECK(found("azure/global/gpt-4o") == "azure/gpt-4o exact");
  CHECK(found("gemini-2.5-pro", "vertex") == "google/gemini-2.5-pro exact");
  CHECK(found("vertex_ai/gemini-2.5-pro@20250617") == "google/gemini-2.5-pro dated");
  CHECK(found("bedrock/anthropic.claude-sonnet-4-5-20250929-v1:0") == "aws_bedrock/anthropic.claude-sonnet-4-5-20250929-v1:0 exact");
  CHECK(found("us.anthropic.claude-sonnet-4-5-20250929-v1:0", "bedrock") == "aws_bedrock/anthropic.claude-sonnet-4-5-20250929-v1:0 exact in us");
  CHECK(found("openai/gpt-oss-120b", "groq") == "groq/openai/gpt-oss-120b exact");
  CHECK(found("fireworks_ai/accounts/fireworks/models/qwen3-8b") == "fireworks/qwen3-8b exact");
  CHECK(found("llama-3.1-8b-instant") == "model_not_found");  // a host's name for somebody else's model
  CHECK(why_not("llama-3.1-8b-instant").find("groq/llama-3.1-8b-instant") != std::string::npos);
  CHECK(found("claude-sonnet-4-5", "openai") == "model_not_found");
  CHECK(found("ft:gpt-4o-mini-2024-07-18:acme:bot:AbC1") == "openai/ft:gpt-4o-mini dated");
  CHECK(found("ft:gpt-4o-2024-08-06:acme::x", "openai") == "openai/ft:gpt-4o dated");
}

TEST_CASE("own machines have no price, the simulated model an explicit zero", "[catalog]") {
  for (const char* type : {"openai-compatible", "vllm", "ollama", "lmstudio", "tgi", "triton"}) {
    CHECK(found("gpt-4o", type) == "unknown_price");
    CHECK(found(std::string(type) + "/gpt-4o") == "unknown_price");
  }
  CHECK(found("anything", "sim") == "sim/* wildcard");
  CHECK(cost("whatever", usage(1000, 1000, 10, 10), {on("2026-08-15"), {}, {}}, "sim") == "0.00");
}

TEST_CASE("P7: an unknown model is an error that names near ones", "[catalog]") {
  CHECK(why_not("gpt-4o-mni") == "unknown model 'gpt-4o-mni'\nhint: did you mean gpt-4o-mini, azure/gpt-4o-mini or gpt-4o?");
  CHECK(why_not("claude-3").find("claude-3-") != std::string::npos);
  CHECK(why_not("zzz") == "unknown model 'zzz'\nhint: `genai cost-estimate prices list` shows what is known");
  CHECK(why_not("a\x1b[31m").find('\x1b') == std::string::npos);
  CHECK(why_not("gpt-9", "azure").starts_with("unknown model 'gpt-9' of 'azure'\nhint: did you mean azure/gpt-"));
  CHECK(why_not(std::string(5000, 'x')).size() < 300);
}

TEST_CASE("a price holds on its days", "[catalog]") {
  CHECK(cost("o3", usage(1'000'000, 0), {on("2025-06-09", 24 * 60 - 1), {}, {}}) == "10.00");
  CHECK(cost("o3", usage(1'000'000, 0), {on("2025-06-10", 0), {}, {}}) == "2.00");
  CHECK(cost("gpt-5.6-sol", usage(1000, 1000), {on("2026-08-20"), {}, {}}) == "0.035");
  CHECK(cost("gpt-5.6-sol", usage(1000, 1000), {on("2026-08-21", 0), {}, {}}) == "0.024");
  CHECK(cost("gemini-3.6-flash", usage(1'000'000, 0), {on("2026-12-31"), {}, {}}) == "0.75");
  CHECK(cost("gemini-3.6-flash", usage(1'000'000, 0), {on("2027-01-01", 0), {}, {}}) == "1.50");
}

TEST_CASE("peak hours cost more, at weekends no more", "[catalog]") {
  const auto at = [](std::string_view day, int hour, int minute) { return cost("deepseek-v4-flash", usage(1'000'000, 0), {on(day, hour * 60 + minute), {}, {}}); };
  CHECK(at("2026-08-16", 2, 0) == "0.14");   // before
  CHECK(at("2026-08-17", 0, 59) == "0.22");
  CHECK(at("2026-08-17", 1, 0) == "0.44");
  CHECK(at("2026-08-17", 3, 59) == "0.44");
  CHECK(at("2026-08-17", 4, 0) == "0.22");
  CHECK(at("2026-08-17", 9, 59) == "0.44");
  CHECK(at("2026-08-17", 10, 0) == "0.22");
  CHECK(at("2026-08-22", 2, 0) == "0.44");   // a Saturday, still
  CHECK(at("2026-08-23", 2, 0) == "0.22");   // a Sunday
  CHECK(at("2026-08-24", 2, 0) == "0.44");   // a Monday
}

TEST_CASE("the user's rows win and are marked", "[catalog]") {
  const std::string own = std::string(head) + "openai,gpt-4o,,1,2,2026-09-01,contract 17\nvllm,my-llama,llama,0.1,0.2,2026-09-01,\n";
  const std::array sources{Catalog::Source{embedded_csv(), "prices.csv", false}, Catalog::Source{own, "own.csv", true}};
  const auto catalog = Catalog::parse(sources);
  REQUIRE(catalog.has_value());
  const auto changed = match("gpt-4o", "", *catalog);
  CHECK(changed.offer->rows().size() == 1);
  CHECK(changed.offer->rows()[0].is_override);
  CHECK(changed.offer->rows()[0].file == "own.csv");
  CHECK(bill(changed, usage(1'000'000, 1'000'000)).exact.usd() == "3.00");
  CHECK(bill(match("vllm/llama", "", *catalog), usage(1'000'000, 0)).exact.usd() == "0.10");
  CHECK(catalog->find({"", "my-llama"}).has_error());
  CHECK(catalog->version() != shipped().version());
  CHECK(catalog->version().starts_with("2026-09-01-"));
  CHECK(match("gpt-4o-mini", "", *catalog).offer->rows()[0].is_override == false);
}

TEST_CASE("tables are refused with places and near names", "[catalog]") {
  const std::string good = std::string(head);
  CHECK(broken("") == "p.csv:1:1: an empty file: the head line with the names of the columns is missing");
  CHECK(broken("vendor,model,aliases,input_usd_per_mtk,output_usd_per_mtok,checked\n") ==
        "2 problems in p.csv\np.csv:1:22: unknown column 'input_usd_per_mtk'; did you mean input_usd_per_mtok?\n"
        "p.csv:1:1: the column input_usd_per_mtok is missing");
  CHECK(broken("vendor,vendor,model,input_usd_per_mtok,output_usd_per_mtok,checked\n").find("p.csv:1:8: the column vendor stands twice") == 0);
  CHECK(broken(good + "openai,x,,1,2,2026-01-01\n") == "p.csv:2:15: expected 7 cells, found 6");
  CHECK(broken(good + "openai,x,,-1,2,2026-01-01,s\n") ==
        "p.csv:2:11: input_usd_per_mtok: expected USD per million tokens, 0 to 1000000 with at most six decimals, found '-1'");
  for (const char* price : {"nan", "inf", "1e3", "1.", ".5", "0x1", "1,5", "1.1234567", "1000001", "99999999999999999999", "+1", " 1", "$1"}) {
    INFO(price);
    CHECK(broken(good + "openai,x,,\"" + price + "\",2,2026-01-01,s\n").starts_with("p.csv:2:11: "));
  }
  CHECK(broken(good + "openai,x,,1,2,2026-02-30,s\n") == "p.csv:2:15: checked: expected a day as YYYY-MM-DD, found '2026-02-30'");
  CHECK(broken(good + "openai,x,,1,2,,s\n") == "p.csv:2:15: checked: every row says when it was last compared with its source");
  CHECK(broken(good + "openai,x,,1,2,2026-01-01,\n") == "p.csv:2:26: source: every row says where it comes from");
  CHECK(broken(good + "OpenAI corp,x,,1,2,2026-01-01,s\n").starts_with("p.csv:2:1: vendor: "));
  CHECK(broken(good + "openai,,,1,2,2026-01-01,s\n") == "p.csv:2:8: model: expected a name without blanks, found ''");
  CHECK(broken(good + "openai,x,,1,2,2026-01-01,s\n# a note\n\nopenai,x,,3,4,2026-01-01,s\n") ==
        "p.csv:5:1: openai/x has a price for these days and hours on line 2 already");
  CHECK(broken(good + "openai,x,z,1,2,2026-01-01,s\nopenai,y,z,3,4,2026-01-01,s\n").find("the alias 'z' means x already") != std::string::npos);
  CHECK(broken(good + "openai,\"x,,1,2,2026-01-01,s\n") == "p.csv:2:28: a quoted cell must end on its line");
  CHECK(broken(good + "openai,x\"y,,1,2,2026-01-01,s\n") == "p.csv:2:9: a quote inside of an unquoted cell");
  CHECK(broken(good + "openai,\"x\"y,,1,2,2026-01-01,s\n") == "p.csv:2:11: expected a comma after the closing quote");
  CHECK(broken(std::string("\x7F""ELF\0\1\2", 7)) == "p.csv:1:1: a control byte: not a text file");
  CHECK(broken(std::string(max_table_bytes + 1, 'x')) == "p.csv:1:1: a table of more than 4 MiB");
  std::string many = good;
  for (int i = 0; i < 60; ++i) many += "openai,x,,bad,2,2026-01-01,s\n";
  CHECK(broken(many).starts_with("60 problems in p.csv\n"));
  CHECK(broken(many).ends_with("\nand 10 more"));
}

TEST_CASE("columns that belong together are checked together", "[catalog]") {
  const auto with = [](const std::string& columns, const std::string& cells) {
    return broken("vendor,model,input_usd_per_mtok,output_usd_per_mtok,checked,source," + columns + "\nopenai,x,2,4,2026-01-01,s," + cells + "\n");
  };
  CHECK(with("tier_threshold_tokens,tier_input_usd_per_mtok", "100,4") == "p.csv:2:1: tier_edge: a threshold needs an edge, inclusive or exclusive");
  CHECK(with("tier_edge,tier_threshold_tokens", "inclusve,100").find("unknown value 'inclusve'; did you mean inclusive?") != std::string::npos);
  CHECK(with("tier_input_usd_per_mtok", "4").find("needs the threshold") != std::string::npos);
  CHECK(with("tier_edge,tier_threshold_tokens", "inclusive,100").find("needs a price beyond it") != std::string::npos);
  CHECK(with("batch_cache", "half").find("without a batch price") != std::string::npos);
  CHECK(with("batch_input_usd_per_mtok,batch_cache,cache_read_usd_per_mtok", "1,half,0.000001").find("more than six decimals") != std::string::npos);
  CHECK(with("regions", "eu").find("expected REGION=FACTOR") != std::string::npos);
  CHECK(with("regions", "eu=1.1 us=11").find("found 'us=11'") != std::string::npos);
  CHECK(with("regions,cache_read_usd_per_mtok", "eu=1.1,0.000001").find("more than six decimals") != std::string::npos);
  for (const char* hours : {"1-2", "25:00-26:00", "02:00-01:00", "Mon-Fri", "Mo 01:00-02:00", "01:00-24:01"}) {
    INFO(hours);
    CHECK(with("hours_utc", hours).find("hours_utc: ") != std::string::npos);
  }
  CHECK(with("from,until", "2026-02-01,2026-02-01") == "p.csv:2:38: until: expected a day after 2026-02-01");
  CHECK(with("status", "retire") == "p.csv:2:27: status: unknown value 'retire'; did you mean retired?");
  CHECK(with("max_input_tokens", "0").find("expected a number of tokens") != std::string::npos);
}

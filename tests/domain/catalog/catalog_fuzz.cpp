// On any bytes: a table is read or refused with places; what was read can be written, read again and is the same, and every row of it prices a
// request or says why not, with all tokens in the lines.
#include <array>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "domain/catalog/catalog.hpp"

using namespace genai;
using namespace genai::catalog;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view csv(reinterpret_cast<const char*>(data), size);
  const std::array sources{Catalog::Source{csv, "f", true}};
  const auto catalog = Catalog::parse(sources);
  (void)(catalog && catalog->find({"", csv.substr(0, 300)}));
  if (!catalog) {
    if (catalog.error().what.find("f:") == std::string::npos) std::abort();
    return 0;
  }
  std::string text = csv_head();
  const chat::Usage usage{Tokens(1000), Tokens(100), Tokens(10), Tokens(10), false, Tokens(3), Tokens(4), Tokens(0), Tokens(0)};
  for (const auto& offer : catalog->offers()) {
    for (const auto& row : offer.rows()) text += csv_line(row);
    const auto bill = price({&offer, MatchKind::exact, {}}, usage, {});
    if (!bill) continue;
    std::int64_t tokens = 0;
    for (const auto& line : bill->lines()) tokens += line.tokens.value();
    if (tokens != 1100 || bill->total < NanoUsd(0)) std::abort();
  }
  const std::array again{Catalog::Source{text, "f", true}};
  const auto same = Catalog::parse(again);
  if (!same || same->version() != catalog->version()) std::abort();
  return 0;
}

extern "C" const char* const* genai_fuzz_seeds() {
  static const char* const seeds[] = {
      "vendor,model,aliases,input_usd_per_mtok,output_usd_per_mtok,cache_read_usd_per_mtok,checked,source\nopenai,a,b c,2.5,10,0.25,2026-01-01,\"s, t\"\n",
      "vendor,model,input_usd_per_mtok,output_usd_per_mtok,batch_input_usd_per_mtok,batch_cache,regions,hours_utc,from,until,checked\n"
      "x,*,1,2,0.5,half,eu=1.1,Mon-Fri 01:00-04:00,2026-01-01,2026-02-01,2026-01-01\n",
      "model,vendor,checked,output_usd_per_mtok,input_usd_per_mtok,tier_threshold_tokens,tier_edge,tier_input_usd_per_mtok\r\nm,v,2026-01-01,1,1,5,exclusive,2\r\n",
      nullptr};
  return seeds;
}

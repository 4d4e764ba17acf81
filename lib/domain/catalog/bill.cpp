#include "domain/catalog/bill.hpp"

#include <algorithm>
#include <initializer_list>
#include <string>

#include "domain/catalog/catalog.hpp"

namespace genai::catalog {
namespace {

struct Part {
  Bucket bucket;
  Tokens tokens;
};

// Gives each part what it wants of the whole, as long as there is some; `rest` gets what remains.
void share_out(Buckets& into, Tokens whole, std::initializer_list<Part> parts, Bucket rest) {
  for (const auto& part : parts) {
    const auto given = std::min(part.tokens, whole);
    into.was_clamped |= given != part.tokens;
    into.tokens[static_cast<std::size_t>(part.bucket)] = given;
    whole -= given;
  }
  into.tokens[static_cast<std::size_t>(rest)] = whole;
}

Error unknown(const Row& row, const std::string& what) {
  return {Code::unknown_price, row.vendor + "/" + row.model + " (row of " + text(row.checked) + ") has no price for " + what, {}};
}

Error no_row(const Offer& offer, WallTime at) {
  const auto day = text(std::chrono::floor<std::chrono::days>(at));
  return {Code::unknown_price, offer.vendor() + "/" + offer.model() + " has no price on " + day, {}};
}

Error unknown_region(const Row& row, std::string_view region) {
  std::string known;
  for (const auto& factor : row.regions) known += (known.empty() ? "" : ", ") + factor.region;
  return unknown(row, "the region '" + std::string(region.substr(0, 64)) + "'" + (known.empty() ? "" : "; it has them for " + known));
}

std::string description(Bucket bucket, const Bill& bill) {
  std::string what(name(bucket));
  if (bill.tier != ServiceTier::standard) what += ", tier " + std::string(name(bill.tier));
  return bill.is_long ? what + ", beyond its threshold" : what;
}

}  // namespace

Result<Buckets> split(const chat::Usage& usage) {
  for (const auto tokens : {usage.prompt, usage.completion, usage.cached, usage.reasoning, usage.cache_write_5m, usage.cache_write_1h,
                            usage.audio_prompt, usage.audio_completion}) {
    if (tokens >= Tokens{0} && tokens <= max_tokens) continue;
    return Error{Code::invalid_value, "expected 0 to " + std::to_string(max_tokens.value()) + " tokens, found " + std::to_string(tokens.value()), {}};
  }
  Buckets result;
  share_out(result, usage.prompt,
            {{Bucket::cache_read, usage.cached},
             {Bucket::cache_write_1h, usage.cache_write_1h},
             {Bucket::cache_write_5m, usage.cache_write_5m},
             {Bucket::audio_input, usage.audio_prompt}},
            Bucket::input);
  share_out(result, usage.completion, {{Bucket::reasoning, usage.reasoning}, {Bucket::audio_output, usage.audio_completion}}, Bucket::output);
  Tokens sum;
  for (const auto tokens : result.tokens) sum += tokens;
  if (sum != usage.prompt + usage.completion) return Error{Code::internal, "the buckets do not add up to the tokens reported", {}};
  return result;
}

Result<Bill> price(const Match& match, const chat::Usage& usage, const Terms& terms) {
  Bill bill;
  bill.row = match.offer->at(terms.at);
  if (bill.row == nullptr) return no_row(*match.offer, terms.at);
  const auto tokens = split(usage);
  if (!tokens) return tokens.error();
  const auto region = terms.region.empty() ? std::string_view(match.region) : terms.region;
  const auto permille = bill.row->permille_of(region);
  if (!permille) return unknown_region(*bill.row, region);
  bill.tier = terms.tier;
  bill.region_permille = *permille;
  bill.is_long = bill.row->is_long(usage.prompt);
  bill.was_clamped = tokens->was_clamped;
  const auto& rates = bill.row->rates_of(terms.tier, bill.is_long);
  for (std::size_t i = 0; i < buckets; ++i) {
    const auto bucket = static_cast<Bucket>(i);
    if (tokens->tokens[i] == Tokens{0}) continue;
    const auto listed = rates.of(bucket);
    if (!listed) return unknown(*bill.row, description(bucket, bill));
    const Price regional{listed->pico_usd_per_token * *permille / 1000};  // exact: reading the table has checked it
    bill.all_lines[bill.used++] = {bucket, tokens->tokens[i], regional};
    bill.exact += Amount::of(tokens->tokens[i], regional);
  }
  const auto total = bill.exact.rounded_up();
  if (!total) return Error{Code::invalid_value, "a cost beyond 9.2 billion USD", {}};
  bill.total = *total;
  return bill;
}

}  // namespace genai::catalog

#include "features/pricing/tariffs.hpp"

#include <algorithm>
#include <utility>

namespace genai::pricing {
namespace {

constexpr std::string_view from_configuration = "config";
constexpr std::string_view from_provider = "provider";

catalog::ServiceTier tier_of(std::string_view word) {
  if (word == "flex") return catalog::ServiceTier::flex;
  return word == "priority" ? catalog::ServiceTier::priority : catalog::ServiceTier::standard;
}

catalog::Offer offer_of(std::string_view provider, std::string_view model, const catalog::Rates& rates) {
  catalog::Row row;
  row.vendor = provider;
  row.model = model;
  row.is_override = true;
  for (auto& of_tier : row.rates) of_tier[0] = rates;  // a contract holds however a request is served
  std::vector<catalog::Row> rows;
  rows.push_back(std::move(row));
  return catalog::Offer(std::move(rows));
}

}  // namespace

void Tariff::charge(record::Record& record, std::string_view service_tier) const {
  record.cost.reset();
  record.price_match.clear();
  record.price_version.clear();
  if (record.usage.charged) {
    record.cost = record.usage.charged;
    record.price_match = from_provider;
    return;
  }
  if (!match_) return;
  const auto bill = catalog::price(*match_, record.usage, {.at = record.started, .tier = tier_of(service_tier)});
  if (!bill) return;
  record.cost = bill->total;
  record.price_match = match_text_;
  if (!own_) record.price_version = catalog_->version();
}

std::optional<Tokens> Tariff::max_input() const { return match_ ? match_->offer->rows().back().max_input : std::nullopt; }
std::optional<Tokens> Tariff::max_output() const { return match_ ? match_->offer->rows().back().max_output : std::nullopt; }

std::shared_ptr<const Tariff> Tariffs::of(std::string_view provider, std::string_view model) {
  if (const auto now = prices_.generation(); now != generation_ || known_.size() >= most_kept) {
    known_.clear();
    generation_ = now;
  }
  if (const auto found = known_.find(NameView{provider, model}); found != known_.end()) return found->second;
  return known_.emplace(Name{std::string(provider), std::string(model)}, make(provider, model)).first->second;
}

std::shared_ptr<const Tariff> Tariffs::make(std::string_view provider, std::string_view model) const {
  auto tariff = std::make_shared<Tariff>();
  tariff->catalog_ = prices_.current();
  tariff->counter_ = tokens::counter_for(model);
  const auto named = [&](const Provider& one) { return one.name == provider; };
  const auto priced = [&](const ModelPrice& one) { return one.provider == provider && one.model == model; };
  const auto own = std::find_if(config_.models.begin(), config_.models.end(), priced);
  const auto at = std::find_if(config_.providers.begin(), config_.providers.end(), named);
  if (own != config_.models.end()) tariff->own_ = offer_of(provider, model, own->rates);
  else if (at != config_.providers.end() && at->rates) tariff->own_ = offer_of(provider, model, *at->rates);
  if (tariff->own_) {
    tariff->match_ = catalog::Match{&*tariff->own_, catalog::MatchKind::exact, {}};
    tariff->match_text_ = from_configuration;
  } else if (at != config_.providers.end()) {
    if (auto match = tariff->catalog_->find({at->vendor, model})) {
      const auto& offer = *match->offer;
      tariff->match_text_ = offer.vendor() + "/" + offer.model() + " (" + std::string(catalog::name(match->how)) + ")";
      tariff->match_ = std::move(*match);
    }
  }
  return tariff;
}

}  // namespace genai::pricing

// What a row of the ledger costs: from the names of provider and model to a price, from usage to money.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "domain/catalog/catalog.hpp"
#include "domain/record/record.hpp"
#include "domain/tokens/counter.hpp"
#include "features/pricing/prices.hpp"

namespace genai::pricing {

// A provider as prices see it.
struct Provider {
  std::string name;                       // in the configuration
  std::string vendor;                     // whose rows of the catalogue hold: its type
  std::optional<catalog::Rates> rates;    // what the configuration says instead
};

// A price that the configuration gives for one model at one provider.
struct ModelPrice {
  std::string provider;
  std::string model;
  catalog::Rates rates;
};

struct Config {
  std::vector<Provider> providers;
  std::vector<ModelPrice> models;  // before those of the providers
};

// One model at one provider: whose price, and how its tokens are counted. Immutable.
class Tariff {
 public:
  // Fills cost, price_match and price_version from the usage that stands in the record; what the provider says that it charged comes first.
  // Without a price the cost is unknown. `service_tier`: as the provider names it ("flex", "priority"; anything else is the standard one).
  void charge(record::Record& record, std::string_view service_tier) const;
  const tokens::Counter& counter() const { return counter_; }
  // What the model takes and gives at most, as far as the catalogue knows.
  std::optional<Tokens> max_input() const;
  std::optional<Tokens> max_output() const;

 private:
  friend class Tariffs;
  std::shared_ptr<const catalog::Catalog> catalog_;  // keeps what match_ points to
  std::optional<catalog::Offer> own_;                // of the configuration; match_ points to it
  std::optional<catalog::Match> match_;
  std::string match_text_;  // "openai/gpt-4o (exact)"
  tokens::Counter counter_;
};

// Looks tariffs up and keeps them while the prices stay the same. Confined to its loop; `prices` outlives it.
class Tariffs {
 public:
  Tariffs(const Prices& prices, Config config) : prices_(prices), config_(std::move(config)) {}
  // Never null. A provider that is not in the configuration has no price.
  std::shared_ptr<const Tariff> of(std::string_view provider, std::string_view model);

  static constexpr std::size_t most_kept = 4'096;  // then all are forgotten: any name may be asked of a provider

 private:
  std::shared_ptr<const Tariff> make(std::string_view provider, std::string_view model) const;
  const Prices& prices_;
  const Config config_;
  std::uint64_t generation_ = 0;
  struct Name {
    std::string provider, model;
  };
  struct NameView {
    std::string_view provider, model;
    friend auto operator<=>(NameView, NameView) = default;
  };
  struct Before {
    using is_transparent = void;
    static NameView view(const Name& name) { return {name.provider, name.model}; }
    static NameView view(NameView name) { return name; }
    template <class A, class B>
    bool operator()(const A& a, const B& b) const { return view(a) < view(b); }
  };
  std::map<Name, std::shared_ptr<const Tariff>, Before> known_;
};

}  // namespace genai::pricing

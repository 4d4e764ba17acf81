// From what people and configurations write to a row's name. Never by a part of a name: gpt-4o-mini must not be gpt-4o.
#include <algorithm>
#include <array>
#include <cctype>
#include <optional>

#include "domain/catalog/catalog.hpp"
#include "domain/catalog/read.hpp"
#include "platform/text/nearest.hpp"
#include "platform/text/table.hpp"

namespace genai::catalog {
namespace {

constexpr std::size_t longest_name = 200;
constexpr std::size_t most_near = 3;

struct Spelling {
  std::string_view spelling;  // lower case, '_' for '-'
  std::string_view vendor;
};
constexpr std::array spellings{
    Spelling{"openai", "openai"},         Spelling{"anthropic", "anthropic"},      Spelling{"google", "google"},
    Spelling{"gemini", "google"},         Spelling{"vertex", "google"},            Spelling{"vertex_ai", "google"},
    Spelling{"google_ai_studio", "google"}, Spelling{"mistral", "mistral"},        Spelling{"cohere", "cohere"},
    Spelling{"cohere_chat", "cohere"},    Spelling{"deepseek", "deepseek"},        Spelling{"azure", "azure"},
    Spelling{"azure_openai", "azure"},    Spelling{"azure_ai", "azure"},           Spelling{"bedrock", "aws_bedrock"},
    Spelling{"aws_bedrock", "aws_bedrock"}, Spelling{"bedrock_converse", "aws_bedrock"}, Spelling{"together", "together"},
    Spelling{"together_ai", "together"},  Spelling{"groq", "groq"},                Spelling{"fireworks", "fireworks"},
    Spelling{"fireworks_ai", "fireworks"}, Spelling{"sim", "sim"},
};
// Who makes models: a bare name is theirs. No two of them have a name in common.
constexpr std::array<std::string_view, 6> makers{"openai", "anthropic", "google", "mistral", "cohere", "deepseek"};
// Where models run on somebody's own machines.
constexpr std::array<std::string_view, 10> self_hosted{"openai_compatible", "vllm", "ollama", "lmstudio", "lm_studio",
                                                       "tgi", "triton", "llamacpp", "sglang", "local"};

std::string folded(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = c == '-' ? '_' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return result;
}

template <class List>
bool holds(const List& list, std::string_view wanted) { return std::find(list.begin(), list.end(), wanted) != list.end(); }

// The text fits the pattern: 'd' is a digit, everything else itself.
bool fits(std::string_view text, std::string_view pattern) {
  return text.size() == pattern.size() && std::equal(text.begin(), text.end(), pattern.begin(), [](char c, char wanted) {
           return wanted == 'd' ? c >= '0' && c <= '9' : c == wanted;
         });
}

int number(std::string_view digits) {
  int value = 0;
  for (const char c : digits) value = value * 10 + (c - '0');
  return value;
}

bool is_month_day(int month, int day) { return month >= 1 && month <= 12 && day >= 1 && day <= 31; }

// What may follow a name without changing what it costs.
bool is_version(std::string_view suffix, bool is_google) {
  if (suffix == "latest" || suffix == "preview") return true;
  if (is_google && fits(suffix, "ddd")) return true;
  if (fits(suffix, "dddd")) return is_month_day(number(suffix.substr(0, 2)), number(suffix.substr(2)));
  if (fits(suffix, "dddddddd")) return suffix.starts_with("20") && is_month_day(number(suffix.substr(4, 2)), number(suffix.substr(6)));
  return fits(suffix, "dddd-dd-dd") && suffix.starts_with("20") && is_month_day(number(suffix.substr(5, 2)), number(suffix.substr(8)));
}

// "gpt-4o" of "gpt-4o-2024-08-06", or nothing.
std::optional<std::string_view> undated(std::string_view name, bool is_google) {
  for (auto at = name.find_last_of("-@"); at != name.npos && at > 0; at = name.find_last_of("-@", at - 1)) {
    if (is_version(name.substr(at + 1), is_google)) return name.substr(0, at);
    if (name.size() - at > 10) break;
  }
  return std::nullopt;
}

// Takes "eu/" off "eu/gpt-4o" if what stands before the separator is one of the regions.
std::string take_region(std::string_view& name, char separator, std::span<const std::string_view> regions) {
  const auto at = name.find(separator);
  if (at == name.npos || !holds(regions, name.substr(0, at))) return {};
  std::string region(name.substr(0, at));
  name.remove_prefix(at + 1);
  return region.starts_with("global") ? std::string() : region;
}

void take_prefix(std::string_view& name, std::string_view prefix) {
  if (name.starts_with(prefix)) name.remove_prefix(prefix.size());
}

}  // namespace

std::string_view vendor_of(std::string_view spelling) {
  const auto wanted = folded(spelling);
  const auto at = std::find_if(spellings.begin(), spellings.end(), [&](const Spelling& s) { return s.spelling == wanted; });
  return at == spellings.end() ? spelling : at->vendor;
}

class NameFinder {
 public:
  explicit NameFinder(const Catalog& catalog) : catalog_(catalog) {}

  Result<Match> find(const Query& query) const {
    if (query.model.empty() || query.model.size() > longest_name) return unknown(query.model, {});
    if (!query.provider.empty()) return find_at(vendor_of(query.provider), query);
    for (const auto maker : makers)
      if (auto match = find_exactly_or_dated(maker, query.model)) return *std::move(match);
    const auto slash = query.model.find('/');
    if (slash == query.model.npos) return unknown(query.model, {});
    return find_at(vendor_of(query.model.substr(0, slash)), {{}, query.model.substr(slash + 1)});
  }

 private:
  Result<Match> find_at(std::string_view vendor, const Query& query) const {
    auto name = query.model;
    if (auto match = find_of_vendor(vendor, name)) return *std::move(match);
    const auto slash = name.find('/');  // openai/gpt-4o at the provider openai
    if (slash != name.npos && vendor_of(name.substr(0, slash)) == vendor)
      if (auto match = find_of_vendor(vendor, name.substr(slash + 1))) return *std::move(match);
    if (const auto* any = named(vendor, "*")) return Match{&catalog_.offers_[any->offer], MatchKind::wildcard, {}};
    if (!holds(self_hosted, folded(vendor))) return unknown(name, vendor);
    return Error{Code::unknown_price, "'" + text::printable(name) + "' runs at '" + text::printable(vendor) +
                 "', on somebody's own machines: it has no price\nhint: a row for " + text::printable(vendor) + " in a price file gives it one", {}};
  }

  // With the ways in which this vendor decorates names.
  std::optional<Match> find_of_vendor(std::string_view vendor, std::string_view name) const {
    if (auto match = find_exactly_or_dated(vendor, name)) return match;
    constexpr std::array<std::string_view, 5> zones{"eu", "us", "global", "global-standard", "in"};
    constexpr std::array<std::string_view, 7> areas{"us", "eu", "apac", "jp", "au", "global", "us-gov"};
    std::string region;
    if (vendor == "azure") region = take_region(name, '/', zones);
    else if (vendor == "aws_bedrock") region = take_region(name, '.', areas);
    else if (vendor == "fireworks") take_prefix(name, "accounts/fireworks/models/");
    else if (vendor == "google") take_prefix(name, "models/");
    auto match = find_exactly_or_dated(vendor, name);
    if (match) match->region = std::move(region);
    return match;
  }

  std::optional<Match> find_exactly_or_dated(std::string_view vendor, std::string_view name) const {
    if (name == "*") return std::nullopt;
    if (name.starts_with("ft:")) {
      const auto tail = name.find(':', 3);
      if (tail == name.npos) return find_plain(vendor, name);
      auto match = find_plain(vendor, name.substr(0, tail));
      if (match) match->how = MatchKind::dated;
      return match;
    }
    return find_plain(vendor, name);
  }

  std::optional<Match> find_plain(std::string_view vendor, std::string_view name) const {
    if (const auto* found = named(vendor, name)) return match(*found, found->is_alias ? MatchKind::alias : MatchKind::exact);
    const auto base = undated(name, vendor == "google");
    const auto* found = base ? named(vendor, *base) : nullptr;
    return found == nullptr ? std::nullopt : std::optional(match(*found, MatchKind::dated));
  }

  Match match(const Catalog::Name& found, MatchKind how) const { return {&catalog_.offers_[found.offer], how, {}}; }

  const Catalog::Name* named(std::string_view vendor, std::string_view name) const {
    const auto before = [](const Catalog::Name& a, const std::pair<std::string_view, std::string_view>& b) {
      return std::pair(a.vendor, a.name) < b;
    };
    const auto wanted = std::pair(vendor, name);
    const auto at = std::lower_bound(catalog_.names_.begin(), catalog_.names_.end(), wanted, before);
    return at != catalog_.names_.end() && at->vendor == vendor && at->name == name ? &*at : nullptr;
  }

  struct Near {
    std::size_t distance;
    bool is_elsewhere;
    std::string shown;
    friend auto operator<=>(const Near&, const Near&) = default;
  };

  // As one would type it: the vendor in front where the name alone does not say it.
  static std::string shown(const Catalog::Name& name) {
    return holds(makers, name.vendor) ? std::string(name.name) : std::string(name.vendor) + "/" + std::string(name.name);
  }

  std::vector<Near> near(std::string_view typed, std::string_view vendor) const {
    const auto word = folded(typed);
    std::vector<Near> result;
    for (const auto& name : catalog_.names_) {
      if (name.name == "*") continue;
      const auto candidate = folded(name.name);
      auto distance = text::edit_distance(word, candidate);
      if (distance > std::max<std::size_t>(2, word.size() / 5)) {
        if (word.size() < 3 || !(candidate.starts_with(word + "_") || word.starts_with(candidate + "_"))) continue;
        distance = 100 + distance;  // "claude-3" and "claude-3-haiku": far, but akin
      }
      result.push_back({distance, !vendor.empty() ? name.vendor != vendor : !holds(makers, name.vendor), shown(name)});
    }
    std::sort(result.begin(), result.end());
    return result;
  }

  Error unknown(std::string_view model, std::string_view vendor) const {
    std::string what = "unknown model '" + text::printable(model.substr(0, longest_name)) + "'";
    if (!vendor.empty()) what += " of '" + text::printable(vendor.substr(0, longest_name)) + "'";
    std::string list;
    if (model.size() <= longest_name) {
      const auto akin = near(model, vendor);
      for (std::size_t i = 0; i < std::min(akin.size(), most_near); ++i) list += (i == 0 ? "" : i + 1 == std::min(akin.size(), most_near) ? " or " : ", ") + akin[i].shown;
    }
    what += list.empty() ? "\nhint: `genai cost-estimate prices list` shows what is known" : "\nhint: did you mean " + list + "?";
    return {Code::model_not_found, std::move(what), "model"};
  }

  const Catalog& catalog_;
};

Result<Match> Catalog::find(const Query& query) const { return NameFinder(*this).find(query); }

}  // namespace genai::catalog

#include "domain/tokens/build_tables.hpp"

#include <algorithm>
#include <numeric>

namespace genai::tokens::detail {
namespace {

Error refused(std::string what) { return {.code = Code::invalid_value, .what = std::move(what), .param = {}}; }

std::uint64_t pair_of(Token left, Token right) { return (std::uint64_t{left} << 32) | right; }

// ---- whole pieces

struct Whole {
  std::vector<Bucket> buckets;
  std::vector<std::uint32_t> longs;
  std::uint32_t homes = 0;  // buckets that can be a home; those behind take what spills
};

// Two in three places of the buckets are used.
Whole place_whole(std::span<const std::pair<std::string_view, Token>> tokens) {
  Whole whole;
  const auto is_short = [](const auto& item) { return item.first.size() <= max_key; };
  const auto shorts = static_cast<std::uint32_t>(std::count_if(tokens.begin(), tokens.end(), is_short));
  whole.homes = std::max<std::uint32_t>(1, shorts / 2);
  whole.buckets.assign(whole.homes, Bucket{.keys = {}, .tokens = {no_token, no_token, no_token}, .spilled = 0});
  whole.longs.assign(std::max<std::size_t>(2, (tokens.size() - shorts) * 2), no_token);
  for (const auto& [bytes, token] : tokens) {
    if (bytes.size() <= max_key) {
      const Key key = key_of(bytes);
      for (std::size_t at = scaled(hash(key), whole.homes);; ++at) {
        if (at == whole.buckets.size()) whole.buckets.push_back({.keys = {}, .tokens = {no_token, no_token, no_token}, .spilled = 0});
        auto& bucket = whole.buckets[at];
        const auto free = std::find(bucket.tokens.begin(), bucket.tokens.end(), no_token) - bucket.tokens.begin();
        if (free < 3) {
          bucket.keys[static_cast<std::size_t>(free)] = key;
          bucket.tokens[static_cast<std::size_t>(free)] = token;
          break;
        }
        bucket.spilled = 1;
      }
    } else {
      auto slot = scaled(hash_long(bytes), static_cast<std::uint32_t>(whole.longs.size()));
      while (whole.longs[slot] != no_token) slot = slot + 1 == whole.longs.size() ? 0 : slot + 1;
      whole.longs[slot] = token;
    }
  }
  return whole;
}

// ---- the trie

// Fills a double array from sorted tokens, depth first. A state with children labelled b1, b2, ... needs a base where all cells base + b
// are free; free cells are kept in a list, and states of one child, which most are, take the first.
class Trie {
 public:
  explicit Trie(std::vector<std::pair<std::string_view, Token>> tokens) : tokens_(std::move(tokens)) {
    std::sort(tokens_.begin(), tokens_.end());
    grow(1024);
    used_[0] = true;
    struct Work {
      std::size_t begin, end, depth;
      std::uint32_t cell;
    };
    std::vector<Work> open{{0, tokens_.size(), 0, 0}};
    std::vector<Work> children;
    while (!open.empty()) {
      auto work = open.back();
      open.pop_back();
      if (tokens_[work.begin].first.size() == work.depth) cells_[work.cell].token = tokens_[work.begin++].second;
      if (work.begin == work.end) continue;
      children.clear();
      for (auto from = work.begin; from != work.end;) {
        const auto label = label_at(from, work.depth);
        auto to = from + 1;
        while (to != work.end && label_at(to, work.depth) == label) ++to;
        children.push_back({from, to, work.depth + 1, label});
        from = to;
      }
      const auto base = place(children);
      cells_[work.cell].base_and_label |= base << 8;
      for (auto& child : children) {
        const auto label = child.cell;
        child.cell = base + label;
        used_[child.cell] = true;
        cells_[child.cell] = {label, no_token};
        open.push_back(child);
      }
    }
    // Every state's last byte may be looked up: the array ends 256 cells behind the last base.
    cells_.resize(last_base_ + 256, Cell{0, no_token});
  }
  const std::vector<Cell>& cells() const { return cells_; }

 private:
  std::uint32_t label_at(std::size_t token, std::size_t depth) const { return static_cast<unsigned char>(tokens_[token].first[depth]); }
  void grow(std::size_t size) {
    cells_.resize(size, Cell{0, no_token});
    used_.resize(size, false);
    based_.resize(size, false);
  }
  template <class Children>
  std::uint32_t place(const Children& children) {
    while (used_[first_free_]) {
      if (++first_free_ == used_.size()) grow(used_.size() * 2);
    }
    const auto first = children.front().cell;
    // A state of many children looks for room from a place that moves on, lest each tries all the small holes again.
    auto& from = children.size() > 4 ? from_many_ : children.size() > 1 ? from_few_ : first_free_;
    from = std::max(from, first_free_);
    std::size_t tries = 0;
    for (auto at = from;; ++at) {
      if (at + 512 > used_.size()) grow(used_.size() * 2);
      if (used_[at] || at <= first) continue;
      const auto base = static_cast<std::uint32_t>(at - first);
      if (++tries == 64 && children.size() > 1) from = at;
      if (based_[base]) continue;
      if (std::any_of(children.begin(), children.end(), [&](const auto& child) { return used_[base + child.cell]; })) continue;
      based_[base] = true;
      last_base_ = std::max(last_base_, base);
      return base;
    }
  }

  std::vector<std::pair<std::string_view, Token>> tokens_;
  std::vector<Cell> cells_;
  std::vector<bool> used_, based_;
  std::size_t first_free_ = 1, from_few_ = 1, from_many_ = 1;
  std::uint32_t last_base_ = 0;
};

// ---- layout

class Writer {
 public:
  static std::size_t padded(std::size_t size) { return (size + 63) / 64 * 64; }
  explicit Writer(std::span<std::byte> to) : to_(to) {}
  template <class T>
  void put(std::span<const T> items) {
    if (!items.empty()) std::memcpy(to_.data() + at_, items.data(), items.size_bytes());
    at_ += padded(items.size_bytes());
  }

 private:
  std::span<std::byte> to_;
  std::size_t at_ = 0;
};

template <class... Parts>
TableBytes laid_out(const Parts&... parts) {
  TableBytes bytes((Writer::padded(parts.size_bytes()) + ...));
  Writer writer(bytes.bytes());
  (writer.put(parts), ...);
  return bytes;
}

}  // namespace

Token Builder::add(std::string_view bytes, Split split, Kind kind) {
  const auto token = size();
  tokens_.push_back({bytes, kind == Kind::made && split.left != no_token ? split : Split{token, token}, kind});
  if (kind == Kind::made) by_bytes_.emplace(bytes, token);
  return token;
}

Token Builder::add_byte(std::string_view byte) { return add(byte, {no_token, no_token}, Kind::made); }

std::optional<Token> Builder::add_merge(Token left, Token right, std::string_view bytes) {
  if (!stays_apart(*this, left, right)) return std::nullopt;
  by_pair_.emplace(pair_of(left, right), size());
  return add(bytes, {left, right}, Kind::made);
}

Token Builder::add_unreachable(std::string_view bytes, bool whole) {
  return add(bytes, {no_token, no_token}, whole ? Kind::whole : Kind::nowhere);
}

std::optional<Token> Builder::find(std::string_view bytes) const {
  const auto at = by_bytes_.find(bytes);
  return at == by_bytes_.end() ? std::nullopt : std::optional(at->second);
}

Token Builder::merged(Token left, Token right) const {
  const auto at = by_pair_.find(pair_of(left, right));
  return at == by_pair_.end() ? no_token : at->second;
}

Result<TableBytes> Builder::build() const {
  if (tokens_.size() > max_tokens) return refused("the vocabulary has more than 4,194,304 tokens");
  std::vector<std::pair<std::string_view, Token>> whole, made;
  std::vector<Split> splits;
  std::vector<std::uint32_t> starts{0};
  std::string bytes;
  std::size_t max_size = 0;
  for (Token token = 0; token < size(); ++token) {
    const auto& item = tokens_[token];
    if (item.bytes.size() > max_token_size) return refused("a token has more than 1,024 bytes");
    if (item.kind == Kind::made) made.emplace_back(item.bytes, token);
    if (item.kind != Kind::nowhere && !item.bytes.empty()) whole.emplace_back(item.bytes, token);
    splits.push_back(item.split);
    bytes += item.bytes;
    starts.push_back(static_cast<std::uint32_t>(bytes.size()));
    max_size = std::max(max_size, item.bytes.size());
  }
  if (std::count_if(made.begin(), made.end(), [](const auto& item) { return item.first.size() == 1; }) != 256) {
    return refused("the vocabulary does not have a token for each of the 256 bytes");
  }

  std::vector<std::uint32_t> pairs(by_pair_.size() * 2 + 2, no_token);
  for (Token token = 0; token < size(); ++token) {  // in order, so that the result is the same each time
    const auto [left, right] = splits[token];
    if (left == token || tokens_[token].kind != Kind::made) continue;
    const auto h = hash_pair(left, right);
    auto slot = scaled(static_cast<std::uint32_t>(h >> 32), static_cast<std::uint32_t>(pairs.size()));
    while (pairs[slot] != no_token) slot = slot + 1 == pairs.size() ? 0 : slot + 1;
    pairs[slot] = static_cast<std::uint32_t>(h & 0xFF) << 24 | token;
  }

  std::vector<Token> shorter(tokens_.size(), no_token);
  for (const auto& [text, token] : made) {
    for (auto prefix = text.substr(0, text.size() - 1); !prefix.empty(); prefix.remove_suffix(1)) {
      if (const auto found = find(prefix)) {
        shorter[token] = *found;
        break;
      }
    }
  }

  auto placed = place_whole(whole);
  placed.buckets.push_back({.keys = {}, .tokens = {no_token, no_token, no_token}, .spilled = 0});
  const Trie trie(made);
  if (trie.cells().size() >= 1u << 24) return refused("the vocabulary's tokens are too long in all");
  const Header header{.magic = magic,
                      .tokens = size(),
                      .max_size = static_cast<std::uint32_t>(max_size),
                      .buckets = placed.homes,
                      .long_slots = static_cast<std::uint32_t>(placed.longs.size()),
                      .cells = static_cast<std::uint32_t>(trie.cells().size()),
                      .pair_slots = static_cast<std::uint32_t>(pairs.size()),
                      .bytes = static_cast<std::uint32_t>(bytes.size()),
                      .spill_buckets = static_cast<std::uint32_t>(placed.buckets.size()) - placed.homes};
  return laid_out(std::span(&header, 1), std::span<const Bucket>(placed.buckets), std::span<const std::uint32_t>(placed.longs),
                  std::span(trie.cells()), std::span<const std::uint32_t>(pairs), std::span<const Split>(splits),
                  std::span<const Token>(shorter), std::span<const std::uint32_t>(starts), std::span<const char>(bytes));
}

namespace {

// What merging by rank makes of a token's own bytes: one part, or how many. The slow, obvious way.
std::size_t parts_by_rank(std::string_view token, const std::unordered_map<std::string_view, Token>& ranks) {
  std::vector<std::size_t> ends(token.size() + 1);
  std::iota(ends.begin(), ends.end(), 0u);
  for (;;) {
    Token best = no_token;
    std::size_t at = 0;
    for (std::size_t i = 0; i + 2 < ends.size(); ++i) {
      const auto found = ranks.find(token.substr(ends[i], ends[i + 2] - ends[i]));
      if (found != ranks.end() && found->second < best) best = found->second, at = i + 1;
    }
    if (best == no_token) return ends.size() - 1;
    ends.erase(ends.begin() + static_cast<std::ptrdiff_t>(at));
  }
}

// The one way to split these bytes into two tokens that merge into it, if there is.
bool add_by_split(Builder& builder, std::string_view bytes) {
  for (std::size_t at = 1; at < bytes.size(); ++at) {
    const auto left = builder.find(bytes.substr(0, at));
    const auto right = left ? builder.find(bytes.substr(at)) : std::nullopt;
    if (right && builder.add_merge(*left, *right, bytes)) return true;
  }
  return false;
}

}  // namespace

Result<TableBytes> build_ranked(std::span<const std::string_view> tokens) {
  Builder builder;
  std::vector<std::string_view> leftover;
  for (const auto bytes : tokens) {
    if (bytes.size() == 1) {
      builder.add_byte(bytes);
    } else if (bytes.empty() || !add_by_split(builder, bytes)) {
      builder.add_unreachable(bytes, true);
      if (!bytes.empty()) leftover.push_back(bytes);
    }
  }
  if (!leftover.empty()) {
    std::unordered_map<std::string_view, Token> ranks;
    for (Token rank = 0; rank < tokens.size(); ++rank) ranks.emplace(tokens[rank], rank);
    for (const auto bytes : leftover) {
      if (parts_by_rank(bytes, ranks) == 1) return refused("a token is merged from parts of a higher rank");
    }
  }
  return builder.build();
}

}  // namespace genai::tokens::detail

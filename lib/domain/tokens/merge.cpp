#include "domain/tokens/merge.hpp"

#include <algorithm>
#include <bit>

namespace genai::tokens::detail {

void Rounds::merge(const Tables& tables, const char* p, std::size_t size, std::vector<Token>& tokens) {
  if (heads_.size() != tables.size()) {
    heads_.assign(tables.size(), none);
    waiting_.assign(tables.size() / 64 + 1, 0);
    for (unsigned byte = 0; byte < 256; ++byte) {
      const char c = static_cast<char>(byte);
      bytes_[byte] = tables.find(std::string_view(&c, 1));
    }
  }
  entries_.clear();
  parts_.resize(size);
  for (std::uint32_t at = 0; at < size; ++at) {
    parts_[at] = {bytes_[static_cast<unsigned char>(p[at])], at == 0 ? none : at - 1, at + 1 == size ? none : at + 1};
  }
  for (std::uint32_t at = 0; at + 1 < size; ++at) expect(tables, at);
  for (std::size_t word = 0; word < waiting_.size(); ++word) {
    while (waiting_[word] != 0) {  // merging adds only later ones
      const auto bit = static_cast<std::size_t>(std::countr_zero(waiting_[word]));
      waiting_[word] &= waiting_[word] - 1;
      merge_all(tables, static_cast<Token>(word * 64 + bit));
    }
  }
  for (std::uint32_t at = 0; at != none; at = parts_[at].behind) tokens.push_back(parts_[at].token);
}

// Notes what the part at `at` and the one behind it merge into.
void Rounds::expect(const Tables& tables, std::uint32_t at) {
  const Token into = tables.merged(parts_[at].token, parts_[parts_[at].behind].token);
  if (into == no_token) return;
  entries_.push_back({at, heads_[into]});
  heads_[into] = static_cast<std::uint32_t>(entries_.size() - 1);
  waiting_[into / 64] |= std::uint64_t{1} << (into % 64);
}

// From left to right; some pairs may have merged otherwise since.
void Rounds::merge_all(const Tables& tables, Token into) {
  places_.clear();
  for (auto entry = heads_[into]; entry != none; entry = entries_[entry].next) places_.push_back(entries_[entry].at);
  heads_[into] = none;
  std::reverse(places_.begin(), places_.end());
  if (!std::is_sorted(places_.begin(), places_.end())) std::sort(places_.begin(), places_.end());
  const Split split = tables.split(into);
  for (const auto at : places_) {
    const auto behind = parts_[at].behind;
    if (parts_[at].token == split.left && behind != none && parts_[behind].token == split.right) join(tables, at, into);
  }
}

void Rounds::join(const Tables& tables, std::uint32_t at, Token into) {
  const auto gone = parts_[at].behind;
  const auto behind = parts_[gone].behind;
  parts_[gone].token = no_token;
  parts_[at].token = into;
  parts_[at].behind = behind;
  if (behind != none) {
    parts_[behind].before = at;
    expect(tables, at);
  }
  if (parts_[at].before != none) expect(tables, parts_[at].before);
}

void Merger::merge_large(const Tables& tables, const char* p, std::size_t size) {
  long_bytes_ += size;
  if (long_bytes_ > patience && merge_windows(tables, p, size)) return;
  stack_.resize(size);
  given_up_.assign(size / 64 + 1, 0);
  struct Large {
    std::uint64_t* bits;
    bool test(std::size_t at) const { return (bits[at / 64] >> (at % 64)) & 1; }
    void set(std::size_t at) { bits[at / 64] |= std::uint64_t{1} << (at % 64); }
  };
  stack_.resize(merge(tables, p, size, stack_.data(), Large{given_up_.data()}));
}

// Fills stack_, or says false.
bool Merger::merge_windows(const Tables& tables, const char* p, std::size_t size) {
  stack_.clear();
  tail_.clear();
  std::size_t begin = 0;
  for (std::size_t tries = 0;;) {
    const auto window = std::min(Rounds::max_size, size - begin);
    window_.clear();
    rounds_.merge(tables, p + begin, window, window_);
    if (!stack_.empty() && !stays_apart(tables, stack_.back(), window_.front())) {
      if (tail_.empty() || ++tries == most_tries) return false;
      stack_.push_back(tail_.back());  // begin one token later
      begin += tables.bytes(tail_.back()).size();
      tail_.pop_back();
      continue;
    }
    tries = 0;
    if (begin + window == size) {
      stack_.insert(stack_.end(), window_.begin(), window_.end());
      return true;
    }
    // What stands near the end may change with what follows.
    const auto sure = window - std::min(window / 2, std::size_t{4} * tables.max_size());
    std::size_t kept = 0, bytes = 0;
    for (; kept < window_.size(); ++kept) {
      const auto with = bytes + tables.bytes(window_[kept]).size();
      if (with > sure) break;
      bytes = with;
    }
    stack_.insert(stack_.end(), window_.begin(), window_.begin() + static_cast<std::ptrdiff_t>(kept));
    tail_.assign(window_.rbegin(), window_.rend() - static_cast<std::ptrdiff_t>(kept));
    begin += bytes;
  }
}

}  // namespace genai::tokens::detail

#include <algorithm>
#include <bitset>
#include <optional>
#include <unordered_map>

#include "domain/tokens/encoding_parts.hpp"
#include "domain/tokens/merge.hpp"
#include "domain/tokens/utf8.hpp"

namespace genai::tokens {
namespace {

using detail::Key;
using detail::Pattern;
using detail::Tables;
using detail::Token;

class Counting {
 public:
  void one(Token) { ++count_; }
  void many(const Token*, std::size_t count) { count_ += static_cast<std::int64_t>(count); }
  void id(TokenId) { ++count_; }
  std::int64_t count() const { return count_; }

 private:
  std::int64_t count_ = 0;
};

// Gathers tokens and appends them to the caller's vector some hundred at a time.
class Collecting {
 public:
  Collecting(std::vector<TokenId>& to, const std::vector<TokenId>& ids) : to_(to), ids_(ids.empty() ? nullptr : ids.data()) {}
  Collecting(const Collecting&) = delete;
  Collecting& operator=(const Collecting&) = delete;
  ~Collecting() { flush(); }
  void one(Token token) { id(ids_ == nullptr ? token : ids_[token]); }
  void many(const Token* tokens, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) one(tokens[i]);
  }
  void id(TokenId id) {
    buffer_[filled_++] = id;
    if (filled_ == buffer_.size()) flush();
  }

 private:
  void flush() {
    to_.insert(to_.end(), buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(filled_));
    filled_ = 0;
  }
  std::vector<TokenId>& to_;
  const TokenId* ids_;
  std::array<TokenId, 512> buffer_;
  std::size_t filled_ = 0;
};

// Pieces that were merged lately, by their key: words come back. A new one takes the place of the old. 256 KiB.
class Memory {
 public:
  struct alignas(64) Entry {
    Key key;  // size 0 in an unused one: no piece has that
    std::uint32_t count;
    std::array<Token, 11> tokens;
  };
  Entry& at(Key key) { return entries_[detail::scaled(detail::hash(key), size)]; }

 private:
  static constexpr std::uint32_t size = 4096;
  std::unique_ptr<Entry[]> entries_ = std::make_unique<Entry[]>(size);
};

// The hot loop. Some pieces are cut and the cache lines of their look-ups asked for, then they are looked up, so that one wait for memory
// hides behind the others; the few pieces that are no token are merged.
template <Pattern pattern, class Sink>
class Run {
 public:
  Run(const Tables& tables, std::string_view text, Sink& sink) : tables_(tables), text_(text), sink_(sink) {
    if (text.size() >= worth_remembering) memory_.emplace();
  }

  void run() {
    const char* p = text_.data();
    const char* const end = p + text_.size();
    const detail::Scanner<pattern> scanner(end);
    std::array<Piece, 32> pieces;
    while (p != end) {
      std::size_t count = 0;
      do {
        Piece& piece = pieces[count];
        piece.begin = p;
        p = scanner.piece(p);
        piece.size = static_cast<std::size_t>(p - piece.begin);
        if (piece.size > detail::max_key) continue;
        piece.key = end - piece.begin >= 16 ? detail::key_of_readable(piece.begin, piece.size) : detail::key_of({piece.begin, piece.size});
        piece.home = tables_.home(piece.key);
        __builtin_prefetch(piece.home);
      } while (++count != pieces.size() && p != end);
      for (std::size_t i = 0; i < count; ++i) take(pieces[i]);
    }
  }

 private:
  static constexpr std::size_t worth_remembering = 16 * 1024;
  struct Piece {
    const char* begin;
    std::size_t size;
    Key key;
    const detail::Bucket* home;
  };

  void take(const Piece& piece) {
    const Token token = piece.size <= detail::max_key ? Tables::find(piece.key, piece.home) : tables_.find_long({piece.begin, piece.size});
    if (token != detail::no_token) return sink_.one(token);
    if (!memory_ || piece.size > detail::max_key) return merge(piece, [](const Token*, std::size_t) {});
    auto& entry = memory_->at(piece.key);
    if (entry.key == piece.key) return sink_.many(entry.tokens.data(), entry.count);
    merge(piece, [&](const Token* tokens, std::size_t count) {
      if (count > entry.tokens.size()) return;
      entry.key = piece.key;
      entry.count = static_cast<std::uint32_t>(count);
      std::copy_n(tokens, count, entry.tokens.begin());
    });
  }

  template <class Also>
  void merge(const Piece& piece, Also also) {
    merger_.merge(tables_, piece.begin, piece.size, [&](const Token* tokens, std::size_t count) {
      sink_.many(tokens, count);
      also(tokens, count);
    });
  }

  const Tables& tables_;
  std::string_view text_;
  Sink& sink_;
  detail::Merger merger_;
  std::optional<Memory> memory_;
};

// The same loop with the instructions of newer processors (shifts and bit counts without detours, three operands), where there are:
// a fifth faster. All of it is inlined there, so that no function compiled for them can be called elsewhere.
#ifdef __x86_64__
template <Pattern pattern, class Sink>
[[gnu::target("avx2,bmi,bmi2"), gnu::flatten]] void run_newer(Run<pattern, Sink>& run) {
  run.run();
}
bool has_newer() { return __builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("bmi") != 0 && __builtin_cpu_supports("bmi2") != 0; }
#endif

template <Pattern pattern, class Sink>
void encode_as(const Tables& tables, std::string_view text, Sink& sink) {
  Run<pattern, Sink> run(tables, text, sink);
#ifdef __x86_64__
  if (has_newer()) return run_newer(run);
#endif
  run.run();
}

template <class Sink>
void encode_valid(Pattern pattern, const Tables& tables, std::string_view text, Sink& sink) {
  switch (pattern) {
    case Pattern::gpt2: return encode_as<Pattern::gpt2>(tables, text, sink);
    case Pattern::cl100k: return encode_as<Pattern::cl100k>(tables, text, sink);
    case Pattern::qwen2: return encode_as<Pattern::qwen2>(tables, text, sink);
    case Pattern::o200k: return encode_as<Pattern::o200k>(tables, text, sink);
    case Pattern::tekken: return encode_as<Pattern::tekken>(tables, text, sink);
  }
}

}  // namespace

// What is made once for an encoding besides what it was given.
struct Encoding::Index {
  explicit Index(const Parts& parts) {
    for (const auto& special : parts.specials) {
      by_text.emplace(special.text, special.id);
      by_id.emplace(special.id, special.text);
      begins.set(static_cast<unsigned char>(special.text[0]));
      if (std::find(sizes.begin(), sizes.end(), special.text.size()) == sizes.end()) sizes.push_back(special.text.size());
    }
    std::sort(sizes.rbegin(), sizes.rend());
    if (begins.count() == 1) only_begin = parts.specials.front().text[0];
  }
  // Whether a special token's text, or what may become one behind the end, stands around `at`.
  bool in_special(std::string_view text, std::size_t at) const;

  std::unordered_map<std::string_view, TokenId> by_text;
  std::unordered_map<TokenId, std::string_view> by_id;  // the first of several names
  std::bitset<256> begins;
  std::optional<char> only_begin;
  std::vector<std::size_t> sizes;  // of special tokens, largest first
};

Encoding::Encoding(Parts parts) : parts_(std::make_unique<const Parts>(std::move(parts))), index_(std::make_unique<const Index>(*parts_)) {}
Encoding::Encoding(Encoding&&) noexcept = default;
Encoding::~Encoding() = default;

std::string_view Encoding::name() const { return parts_->name; }
std::string_view Encoding::source() const { return parts_->source; }
std::size_t Encoding::size() const { return parts_->size; }
std::span<const SpecialToken> Encoding::special_tokens() const { return parts_->specials; }

std::optional<Encoding::Found> Encoding::find_special(std::string_view text) const {
  if (index_->sizes.empty()) return std::nullopt;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (index_->only_begin) {  // as in all published encodings: "<"
      at = text.find(*index_->only_begin, at);
      if (at == std::string_view::npos) break;
    } else if (!index_->begins.test(static_cast<unsigned char>(text[at]))) {
      continue;
    }
    for (const auto size : index_->sizes) {
      const auto found = size <= text.size() - at ? index_->by_text.find(text.substr(at, size)) : index_->by_text.end();
      if (found != index_->by_text.end()) return Found{{found->first, found->second}, at};
    }
  }
  return std::nullopt;
}

Result<std::string> Encoding::decode(std::span<const TokenId> ids) const {
  std::string text;
  for (const auto id : ids) {
    if (const auto special = index_->by_id.find(id); special != index_->by_id.end()) {
      text += special->second;
      continue;
    }
    const Token token = parts_->by_id.empty() ? id : id < parts_->by_id.size() ? parts_->by_id[id] : detail::no_token;
    const auto bytes = token < parts_->tables.size() ? parts_->tables.bytes(token) : std::string_view();
    if (bytes.empty()) {
      return Error{.code = Code::invalid_value, .what = std::string(name()) + " has no token " + std::to_string(id), .param = {}};
    }
    text += bytes;
  }
  return text;
}

namespace {

// Whether a piece ends between two characters whatever stands before and behind, in every pattern of scan.hpp:
//   anything but white space | white space that is no newline: a blank only ever begins a piece or stands among blanks
//   a letter or number | anything but a letter, a mark or an apostrophe (behind a number also no number): words and numbers hold nothing else
//   a number | a letter
// How the left piece ends does not depend on the right character but for its kind. None of the right ones composes with what is before it,
// so this holds behind normalization too.
bool always_apart(detail::Class left, detail::Class right, char first_of_right) {
  using detail::Class;
  if (right == Class::space) return !detail::is_blank(left);
  const bool word = detail::is_letter(left), number = left == Class::number;
  if (right == Class::number) return word;
  if (detail::is_letter(right)) return number;
  return (word || number) && right != Class::mark && first_of_right != '\'';
}

// Where the character before `at` begins; nothing if no well-formed one ends there.
std::optional<std::size_t> character_before(std::string_view text, std::size_t at) {
  for (std::size_t size = 1; size <= std::min<std::size_t>(4, at); ++size) {
    if ((static_cast<unsigned char>(text[at - size]) & 0xC0) == 0x80) continue;
    return detail::is_utf8(text.substr(at - size, size)) ? std::optional(at - size) : std::nullopt;
  }
  return std::nullopt;
}

}  // namespace

bool Encoding::Index::in_special(std::string_view text, std::size_t at) const {
  const auto largest = sizes.empty() ? 0 : sizes.front();
  for (auto from = at - std::min(at, largest); from < at; ++from) {
    if (!begins.test(static_cast<unsigned char>(text[from]))) continue;
    const auto rest = text.substr(from);
    for (const auto& [special, id] : by_text) {
      if (from + special.size() > at && special.starts_with(rest.substr(0, special.size()))) return true;
    }
  }
  return false;
}

std::size_t Encoding::safe_cut(std::string_view text) const {
  // Backwards, character by character; `right` is the character that begins at `at`, if one does.
  std::size_t at = text.size() - detail::unfinished(text);
  bool right = false;
  while (at > 0) {
    const auto before = character_before(text, at);
    if (before && right &&
        always_apart(detail::character_at(text.data() + *before).kind, detail::character_at(text.data() + at).kind, text[at]) &&
        !index_->in_special(text, at)) {
      return at;
    }
    right = before.has_value();
    at = before.value_or(at - 1);
  }
  return 0;
}

template <class Sink>
void Encoding::run(std::string_view text, Sink& sink) const {
  std::string repaired;
  if (!detail::is_utf8(text)) text = repaired = detail::to_utf8(text);
  std::string normalized;
  if (parts_->normalizes && !detail::is_ascii(text)) text = normalized = detail::to_nfc(text);
  encode_valid(parts_->pattern, parts_->tables, text, sink);
}

template <class Sink>
void Encoding::run_with_special(std::string_view text, Sink& sink) const {
  while (const auto special = find_special(text)) {
    run(text.substr(0, special->at), sink);
    sink.id(special->token.id);
    text.remove_prefix(special->at + special->token.text.size());
  }
  run(text, sink);
}

Tokens Encoding::count(std::string_view text) const {
  Counting sink;
  run(text, sink);
  return Tokens(sink.count());
}

void Encoding::encode(std::string_view text, std::vector<TokenId>& ids) const {
  Collecting sink(ids, parts_->ids);
  run(text, sink);
}

Tokens Encoding::count_with_special(std::string_view text) const {
  Counting sink;
  run_with_special(text, sink);
  return Tokens(sink.count());
}

void Encoding::encode_with_special(std::string_view text, std::vector<TokenId>& ids) const {
  Collecting sink(ids, parts_->ids);
  run_with_special(text, sink);
}

}  // namespace genai::tokens

#include "platform/json/reader.hpp"

#include <algorithm>
#include <cstring>
#include <vector>

#include "platform/json/scan.hpp"

namespace genai::json {
namespace {

constexpr std::size_t escaped_unit = 6;  // \uXXXX
constexpr unsigned replacement = 0xFFFD;
constexpr unsigned high_surrogate = 0xD800, low_surrogate = 0xDC00, surrogates_end = 0xE000;

constexpr auto kinds = [] {
  std::array<Kind, 256> table{};
  table['n'] = Kind::null;
  table['t'] = table['f'] = Kind::boolean;
  table['-'] = Kind::number;
  for (int digit = '0'; digit <= '9'; ++digit) table[static_cast<std::size_t>(digit)] = Kind::number;
  table['"'] = Kind::string;
  table['['] = Kind::array;
  table['{'] = Kind::object;
  return table;
}();

bool is_digit(char c) { return c >= '0' && c <= '9'; }

unsigned join(unsigned high, unsigned low) { return 0x10000 + ((high - high_surrogate) << 10) + (low - low_surrogate); }

// Of checked text: four hexadecimal digits.
unsigned code_unit(const char* digits) {
  unsigned value = 0;
  for (int i = 0; i < 4; ++i) value = value * 16 + static_cast<unsigned>(detail::hex_digit(digits[i]));
  return value;
}

// The low surrogate that stands at p as \uXXXX, or 0.
unsigned low_unit(const char* p, const char* end) {
  if (end - p < static_cast<std::ptrdiff_t>(escaped_unit) || p[0] != '\\' || p[1] != 'u') return 0;
  for (int i = 2; i < 6; ++i)
    if (detail::hex_digit(p[i]) < 0) return 0;
  const unsigned unit = code_unit(p + 2);
  return unit >= low_surrogate && unit < surrogates_end ? unit : 0;
}

char short_escape(char letter) {
  switch (letter) {
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    case '"':
    case '\\':
    case '/': return letter;
    default: return 0;
  }
}

std::string position(std::string_view text, std::size_t offset) {
  std::size_t line = 1, column = 1;
  for (const char c : text.substr(0, offset)) {
    if (c == '\n') {
      ++line;
      column = 1;
    } else if ((static_cast<unsigned char>(c) & 0xC0) != 0x80) {
      ++column;
    }
  }
  return "byte " + std::to_string(offset) + ", line " + std::to_string(line) + ", column " + std::to_string(column);
}

}  // namespace

std::string Text::unescaped() const { return json::unescaped(raw); }

std::string unescaped(std::string_view raw) {
  std::string to;
  to.reserve(raw.size());
  const char* p = raw.data();
  const char* const end = p + raw.size();
  while (p != end) {
    const auto* escape = static_cast<const char*>(std::memchr(p, '\\', static_cast<std::size_t>(end - p)));
    to.append(p, escape != nullptr ? escape : end);
    if (escape == nullptr) break;
    p = escape + 2;
    if (const char plain = short_escape(escape[1])) {
      to += plain;
      continue;
    }
    unsigned value = code_unit(p);
    p += 4;
    if (value >= high_surrogate && value < surrogates_end) {
      const unsigned low = value < low_surrogate ? low_unit(p, end) : 0;
      if (low != 0) p += escaped_unit;
      value = low != 0 ? join(value, low) : replacement;
    }
    detail::append_utf8(to, value);
  }
  return to;
}

Reader::Reader(std::string_view text, Manner manner)
    : begin_(text.data()), end_(text.data() + text.size()), now_(begin_), manner_(manner) {
  if (text.size() > UINT32_MAX) fail("the text is longer than 4 GiB");
}

bool Reader::fail(const char* what, Code code) { return fail_at(now_, what, code); }

bool Reader::fail_at(const char* where, const char* what, Code code) {
  if (!failed()) {
    failure_ = what;
    failed_at_ = static_cast<std::size_t>(where - begin_);
    code_ = code;
  }
  now_ = end_;  // nothing more is found
  return false;
}

inline void Reader::skip_space() {
  while (now_ != end_ && (*now_ == ' ' || *now_ == '\n' || *now_ == '\r' || *now_ == '\t')) ++now_;
}

Kind Reader::kind() {
  skip_space();
  if (now_ == end_) {
    fail("the text ends where a value is due");
    return Kind::none;
  }
  const Kind found = kinds[static_cast<unsigned char>(*now_)];
  if (found == Kind::none) fail("no JSON value begins like this");
  return found;
}

std::size_t Reader::at() {
  skip_space();
  return behind();
}

bool Reader::word(std::string_view wanted) {
  if (static_cast<std::size_t>(end_ - now_) < wanted.size() || std::memcmp(now_, wanted.data(), wanted.size()) != 0)
    return fail("expected true, false or null");
  now_ += wanted.size();
  return true;
}

bool Reader::read_number() {
  const auto digits = [this] {
    const char* const first = now_;
    while (now_ != end_ && is_digit(*now_)) ++now_;
    return now_ != first || fail("a digit is missing in a number");
  };
  take('-');
  if (!take('0') && !digits()) return false;
  if (take('.') && !digits()) return false;
  if (take('e') || take('E')) {
    if (!take('+')) take('-');
    return digits();
  }
  return !failed();
}

bool Reader::read_code_unit(unsigned& into) {
  into = 0;
  for (int i = 0; i < 4; ++i, ++now_) {
    const int digit = now_ == end_ ? -1 : detail::hex_digit(*now_);
    if (digit < 0) return fail("\\u needs four hexadecimal digits");
    into = into * 16 + static_cast<unsigned>(digit);
  }
  return true;
}

// At a backslash. `saved` grows by how much shorter the meaning is.
bool Reader::read_escape(std::size_t& saved) {
  const char* const escape = now_++;
  if (now_ == end_) return fail("the string does not end");
  const char letter = *now_++;
  if (letter != 'u') {
    ++saved;
    return short_escape(letter) != 0 || fail_at(escape, "unknown escape in a string");
  }
  unsigned value = 0;
  if (!read_code_unit(value)) return false;
  if (value >= high_surrogate && value < surrogates_end) {
    const unsigned low = value < low_surrogate ? low_unit(now_, end_) : 0;
    const char* const what = value < low_surrogate ? "high surrogate without a low one" : "low surrogate without a high one";
    if (low == 0 && manner_ == Manner::strict) return fail_at(escape, what, Code::invalid_unicode);
    if (low != 0) now_ += escaped_unit;
    value = low != 0 ? join(value, low) : replacement;
  }
  saved += static_cast<std::size_t>(now_ - escape) - detail::utf8_size(value);
  return true;
}

// At a quote.
bool Reader::read_string(Text& into) {
  const char* const open = now_++;
  std::size_t saved = 0;
  for (;;) {
    now_ = detail::skip_plain(now_, end_);
    if (now_ == end_) return fail_at(open, "the string does not end");
    if (*now_ == '"') break;
    if (*now_ == '\\') {
      if (!read_escape(saved)) return false;
    } else if (static_cast<unsigned char>(*now_) < 0x20) {
      return fail("control character in a string: it must be escaped");
    } else {
      now_ = detail::skip_beyond_ascii(now_, end_);
      if (now_ != end_ && static_cast<signed char>(*now_) < 0) return fail("invalid UTF-8 in a string", Code::invalid_unicode);
    }
  }
  into.raw = {open + 1, static_cast<std::size_t>(now_ - open - 1)};
  into.size = into.raw.size() - saved;
  ++now_;
  return true;
}

void Reader::read_scalar(Kind kind) {
  Text text;
  switch (kind) {
    case Kind::null: word("null"); break;
    case Kind::boolean: word(*now_ == 't' ? "true" : "false"); break;
    case Kind::number: read_number(); break;
    case Kind::string: read_string(text); break;
    default: break;
  }
}

std::optional<bool> Reader::boolean() {
  if (kind() != Kind::boolean) return skip(), std::nullopt;
  const bool value = *now_ == 't';
  if (!word(value ? "true" : "false")) return std::nullopt;
  return value;
}

std::optional<std::string_view> Reader::number() {
  if (kind() != Kind::number) return skip(), std::nullopt;
  const char* const first = now_;
  if (!read_number()) return std::nullopt;
  return std::string_view(first, static_cast<std::size_t>(now_ - first));
}

std::optional<Text> Reader::string() {
  if (kind() != Kind::string) return skip(), std::nullopt;
  Text text;
  if (!read_string(text)) return std::nullopt;
  return text;
}

bool Reader::null() {
  if (kind() != Kind::null) return skip(), false;
  return word("null");
}

// Without recursion: what is open is known by depth_ and objects_.
void Reader::skip() {
  const unsigned outer = depth_;
  std::string_view key;
  do {
    const Kind found = kind();
    if (found == Kind::object || found == Kind::array) enter(found == Kind::object);
    else read_scalar(found);
    while (depth_ > outer && !failed() && !(in_object() ? next_member(key) : next_element())) {
    }
  } while (depth_ > outer && !failed());
}

bool Reader::enter_object() {
  if (kind() == Kind::object) return enter(true);
  return skip(), false;
}

bool Reader::enter_array() {
  if (kind() == Kind::array) return enter(false);
  return skip(), false;
}

bool Reader::enter(bool object) {
  if (depth_ == max_depth) return fail("nested deeper than 64", Code::json_too_deep);
  ++now_;
  first_key_[depth_] = static_cast<std::uint32_t>(keys_.size());
  const std::uint64_t bit = std::uint64_t{1} << depth_++;
  objects_ = object ? objects_ | bit : objects_ & ~bit;
  return fresh_ = true;
}

bool Reader::leave() {
  ++now_;
  --depth_;
  fresh_ = false;
  if (const std::size_t first = first_key_[depth_]; keys_.size() != first) {
    check_keys(first);
    keys_.resize(first);
  }
  return false;
}

// True: one more value comes in the innermost container, the comma before it has been read.
bool Reader::separated(char close) {
  skip_space();
  if (now_ != end_ && *now_ == close) return leave();
  comma_at_ = fresh_ ? nullptr : now_;
  if (fresh_) return fresh_ = false, now_ != end_ || fail("the text ends inside an array or object");
  if (take(',')) return true;
  if (now_ == end_) return fail("the text ends inside an array or object");
  return fail(close == '}' ? "expected ',' or '}'" : "expected ',' or ']'");
}

bool Reader::next_element() { return separated(']'); }

bool Reader::next_member(std::string_view& key) {
  if (!separated('}')) return false;
  skip_space();
  if (now_ == end_ || *now_ != '"') return fail("expected a key in double quotes");
  key_at_ = now_;
  Text name;
  if (!read_string(name)) return false;
  key = name.raw;
  if (name.escaped()) {
    escaped_keys_ = true;
    key = key_ = name.unescaped();
  }
  if (manner_ == Manner::strict)
    keys_.push_back({static_cast<std::uint32_t>(name.raw.data() - begin_), static_cast<std::uint32_t>(name.raw.size())});
  skip_space();
  return take(':') || fail("expected ':' after a key");
}

// Small objects pair by pair; large ones sorted, so that a hostile one costs n log n. Keys that are escaped must be compared unescaped.
void Reader::check_keys(std::size_t first) {
  const auto refuse = [this](Key a, Key b) {
    fail_at(begin_ + std::max(a.at, b.at) - 1, "the same key twice in one object", Code::duplicate_key);
  };
  const std::size_t count = keys_.size() - first;
  const auto from = keys_.begin() + static_cast<std::ptrdiff_t>(first);
  if (escaped_keys_) {
    std::vector<std::pair<std::string, Key>> names;
    for (auto key = from; key != keys_.end(); ++key) names.emplace_back(Text{raw(*key), 0}.unescaped(), *key);
    std::sort(names.begin(), names.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    const auto twice = std::adjacent_find(names.begin(), names.end(), [](const auto& a, const auto& b) { return a.first == b.first; });
    if (twice != names.end()) refuse(twice->second, (twice + 1)->second);
  } else if (count <= 16) {
    for (auto a = from; a != keys_.end(); ++a)
      for (auto b = from; b != a; ++b)
        if (a->size == b->size && std::memcmp(begin_ + a->at, begin_ + b->at, a->size) == 0) return refuse(*a, *b);
  } else {
    std::sort(from, keys_.end(), [this](Key a, Key b) { return a.size != b.size ? a.size < b.size : raw(a) < raw(b); });
    const auto twice = std::adjacent_find(from, keys_.end(), [this](Key a, Key b) { return raw(a) == raw(b); });
    if (twice != keys_.end()) refuse(*twice, *(twice + 1));
  }
}

std::optional<std::size_t> Reader::comma_at() const {
  if (comma_at_ == nullptr) return std::nullopt;
  return static_cast<std::size_t>(comma_at_ - begin_);
}

bool Reader::end() {
  skip_space();
  if (now_ != end_) fail("something follows the end of the document");
  return !failed();
}

// Walks again, slowly, and notes the way: "messages[3].role".
std::string Reader::path_to(std::size_t offset) const {
  Reader in({begin_, static_cast<std::size_t>(end_ - begin_)}, Manner::lenient);
  std::vector<std::string> steps;
  std::vector<std::size_t> indices;
  std::string_view key;
  do {
    const Kind found = in.kind();
    if (found == Kind::object || found == Kind::array) {
      in.enter(found == Kind::object);
      steps.emplace_back();
      indices.push_back(0);
    } else {
      in.read_scalar(found);
    }
    while (in.depth_ > 0 && !in.failed()) {
      const bool object = in.in_object();
      if (object ? in.next_member(key) : in.next_element()) {
        steps.back() = object ? std::string(key) : std::string(1, '[').append(std::to_string(indices.back()++)) += ']';
        if (object && in.key_at() >= offset) in.fail("found");
        break;
      }
      if (in.failed()) break;
      steps.pop_back();
      indices.pop_back();
    }
  } while (in.depth_ > 0 && !in.failed());
  std::string path;
  for (const auto& step : steps) {
    if (!path.empty() && !step.starts_with('[')) path += '.';
    path += step;
  }
  return path;
}

Error Reader::error() const {
  const std::string_view text(begin_, static_cast<std::size_t>(end_ - begin_));
  Error error{code_, std::string(failure_) + " (" + position(text, failed_at_) + ")", {}};
  if (code_ == Code::duplicate_key) error.param = path_to(failed_at_);
  return error;
}

std::optional<Error> check(std::string_view text) {
  Reader in(text);
  in.skip();
  if (in.end()) return std::nullopt;
  return in.error();
}

}  // namespace genai::json

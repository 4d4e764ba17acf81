// Reading JSON from strangers (RFC 8259): one pass, every byte checked, nothing built.
//
// A Reader walks the text value by value. There is no way past a value that does not check it: skip() is as strict as reading. So one
// pass decides whether a document is well-formed, finds the few things that are wanted, and knows the byte at which it went wrong.
// Stricter than the RFC where two parties could read two meanings: the same key twice (unless allowed), a lone surrogate, nesting
// beyond 64 (the first two of them allowed in answers, see Manner). Numbers are never converted: their text is handed out.
//
// Memory: 8 bytes for each key of the objects that are open, nothing for depth; the text needs no padding and stays untouched.
// Strings are checked 16 bytes at a time with SSE2 (part of every x86-64; elsewhere byte by byte).
#pragma once

#include <array>
#include <boost/container/small_vector.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace genai::json {

inline constexpr unsigned max_depth = 64;

enum class Kind : std::uint8_t { none, null, boolean, number, string, array, object };

// A checked string as it stands in the text.
struct Text {
  std::string_view raw;  // between the quotes
  std::size_t size = 0;  // in bytes, once unescaped
  bool escaped() const { return size != raw.size(); }  // every escape is longer than what it means
  std::string unescaped() const;
};

// What checked text between quotes means.
std::string unescaped(std::string_view raw);

// How requests are read, and how answers are: those of an upstream may say a key twice, and cut a character in two, half a surrogate pair in one
// event and half in the next, which counts as U+FFFD here.
enum class Manner : std::uint8_t { strict, lenient };

// Any thread, one at a time. The text outlives it. After a failure every call does nothing and gives nothing, so loops end by
// themselves; the first failure is kept.
class Reader {
 public:
  explicit Reader(std::string_view text, Manner manner = Manner::strict);

  // What the value that comes next is, by its first byte. `none`, and a failure, when no value begins there.
  Kind kind();
  // Where it begins. Just behind the last thing read.
  std::size_t at();
  std::size_t behind() const { return static_cast<std::size_t>(now_ - begin_); }

  // Read the next value if it is of that kind; otherwise it is skipped, checked, and nothing is returned.
  std::optional<bool> boolean();
  std::optional<std::string_view> number();
  std::optional<Text> string();
  bool null();
  void skip();

  // Enters the next value if it is an object (array), otherwise skips it and says false. Then:
  //   while (in.next_member(key)) read or skip its one value;
  // The key is unescaped and valid until the next call of next_member().
  bool enter_object();
  bool enter_array();
  bool next_member(std::string_view& key);
  bool next_element();

  // Of the current member: where its key's quote and the comma before it stand; nothing for the first member's comma.
  std::size_t key_at() const { return static_cast<std::size_t>(key_at_ - begin_); }
  std::optional<std::size_t> comma_at() const;

  // The document is over: only white space may follow. False after any failure.
  bool end();
  bool failed() const { return failure_ != nullptr; }
  // What went wrong, with "byte N, line L, column C": bytes from 0, lines and columns (in characters) from 1. `param` is the path of a
  // doubled key. invalid_json, invalid_unicode, json_too_deep or duplicate_key. Only after a failure.
  Error error() const;

 private:
  struct Key {
    std::uint32_t at;    // of the byte behind its quote
    std::uint32_t size;  // raw
  };
  void skip_space();
  bool fail(const char* what, Code code = Code::invalid_json);
  bool fail_at(const char* where, const char* what, Code code = Code::invalid_json);
  bool take(char wanted) { return now_ != end_ && *now_ == wanted && (++now_, true); }
  bool word(std::string_view wanted);
  bool read_number();
  bool read_string(Text& into);
  bool read_escape(std::size_t& saved);
  bool read_code_unit(unsigned& into);
  void read_scalar(Kind kind);
  bool enter(bool object);
  bool leave();
  bool separated(char close);
  bool in_object() const { return (objects_ >> (depth_ - 1)) & 1; }
  void check_keys(std::size_t first);
  std::string_view raw(Key key) const { return {begin_ + key.at, key.size}; }
  std::string path_to(std::size_t offset) const;

  const char* begin_;
  const char* end_;
  const char* now_;
  const char* key_at_ = nullptr;
  const char* comma_at_ = nullptr;
  const char* failure_ = nullptr;  // what
  std::size_t failed_at_ = 0;
  Code code_ = Code::invalid_json;
  Manner manner_;
  bool fresh_ = false;        // the innermost container has been entered and nothing of it read
  bool escaped_keys_ = false;
  unsigned depth_ = 0;
  std::uint64_t objects_ = 0;  // bit of each open container: an object
  std::array<std::uint32_t, max_depth> first_key_;  // of each open object, in keys_
  boost::container::small_vector<Key, 48> keys_;
  std::string key_;  // the current key, when it had to be unescaped
};

// The whole text is one JSON value: nothing, or why not.
std::optional<Error> check(std::string_view text);

}  // namespace genai::json

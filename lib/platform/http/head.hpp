// Request and response heads of HTTP/1.1 (RFC 9112), read strictly.
//
// One scanner serves both directions. It is fed the buffer as it grows and gives the same answer however the bytes were split.
// Stricter than the RFC's minimum on purpose: bare LF, bare CR, obs-fold, blanks before a colon, control bytes, doubled or missing
// Host, any doubt about framing is an error, never an interpretation: two parties must not read two messages in one.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "platform/http/limits.hpp"

namespace genai::http {

// Names keep the sender's case; find() compares without case. Views point into the buffer that was scanned.
struct Field {
  std::string_view name;
  std::string_view value;
};

class Fields {
 public:
  Fields() { fields_.reserve(usual); }
  std::optional<std::string_view> find(std::string_view lower_case_name) const;
  std::size_t count(std::string_view lower_case_name) const;
  std::span<const Field> all() const { return fields_; }
  void add(Field field) { fields_.push_back(field); }
  void clear() { fields_.clear(); }
  // The bytes that the views point into have been copied from `from` to `to`.
  void rebase(const char* from, const char* to) {
    for (auto& field : fields_) {
      field.name = {to + (field.name.data() - from), field.name.size()};
      field.value = {to + (field.value.data() - from), field.value.size()};
    }
  }
  std::size_t size() const { return fields_.size(); }

 private:
  static constexpr std::size_t usual = 16;  // more grow the vector
  std::vector<Field> fields_;
};

enum class BodyKind { none, length, chunked, until_close };

struct RequestHead {
  std::string_view method;
  std::string_view target;   // origin-form path and query, as sent (absolute-form is reduced to it)
  std::string_view path;     // without the query
  bool http_1_0 = false;
  bool keep_alive = true;
  bool expects_continue = false;
  BodyKind body = BodyKind::none;
  std::uint64_t content_length = 0;
  Fields fields;
};

struct ResponseHead {
  int status = 0;
  bool keep_alive = true;
  BodyKind body = BodyKind::none;
  std::uint64_t content_length = 0;
  Fields fields;
};

// Feeds on a growing buffer that holds nothing before the head. Not complete: call again with more bytes. `consumed` is the head's
// length with its empty line. After an error or a head, start with a fresh scanner (reset()).
class HeadScanner {
 public:
  explicit HeadScanner(const Limits& limits) : limits_(&limits) { lines_.reserve(16); }
  // True: `head` is complete. The buffer may move between calls, not after completion.
  Result<bool> request(std::string_view buffer, RequestHead& head);
  // `to_head_request`: the answer to HEAD has no body whatever its fields say.
  Result<bool> response(std::string_view buffer, ResponseHead& head, bool to_head_request = false);
  std::size_t consumed() const { return consumed_; }
  void reset();

 private:
  Result<bool> lines(std::string_view buffer, bool is_request);
  Result<bool> check_start(std::string_view buffer);
  Error too_long(bool start_line) const;
  const Limits* limits_;
  std::size_t line_begin_ = 0;   // the line that is not complete yet
  std::size_t scanned_ = 0;      // of it, looked at
  std::size_t consumed_ = 0;
  bool start_checked_ = false;
  struct Line { std::size_t begin, end; };
  std::vector<Line> lines_;
};

}  // namespace genai::http

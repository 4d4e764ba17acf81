// Identifiers of one kind do not convert to another, though all are text.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace genai {

template <class Tag>
class Id {
 public:
  Id() = default;
  explicit Id(std::string text) : text_(std::move(text)) {}
  const std::string& text() const { return text_; }
  bool empty() const { return text_.empty(); }
  friend auto operator<=>(const Id&, const Id&) = default;

 private:
  std::string text_;
};

// The key of one ledger row: positive, unique in a data directory, ordered by time (microseconds since 1970 in the upper
// 51 bits, a counter in the lower 12). Shown outside as `req_` and 13 characters of Crockford base32, so that the text sorts as
// the number does. That text is `X-Request-Id` and the column `request_id`.
class RowId {
 public:
  RowId() = default;
  explicit RowId(std::int64_t value) : value_(value) {}
  std::int64_t value() const { return value_; }
  std::string text() const;
  static std::optional<RowId> parse(std::string_view text);
  friend auto operator<=>(RowId, RowId) = default;

 private:
  std::int64_t value_ = 0;
};

}  // namespace genai

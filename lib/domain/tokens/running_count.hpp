// Counting a text that comes in pieces, such as an answer that is streamed, without keeping all of it.
#pragma once

#include <string>
#include <string_view>

#include "domain/tokens/tokens.hpp"

namespace genai::tokens {

// Equal to counting the whole at once, unless a text of one kind of characters goes on for `most_kept` bytes: then it is cut there, and may count a
// token more. `encoding` outlives it. One thread.
class RunningCount {
 public:
  explicit RunningCount(const Encoding& encoding) : encoding_(encoding) {}
  void add(std::string_view text);
  // So far; more may be added afterwards.
  Tokens total() const { return counted_ + encoding_.count(rest_); }
  bool empty() const { return rest_.empty() && counted_ == Tokens{0}; }

  static constexpr std::size_t step = 4 * 1024;       // of text that waits before what can be counted is
  static constexpr std::size_t most_kept = 64 * 1024;

 private:
  const Encoding& encoding_;
  std::string rest_;  // behind the last safe cut
  std::size_t count_at_ = step;
  Tokens counted_;
};

}  // namespace genai::tokens

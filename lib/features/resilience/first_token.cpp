#include "features/resilience/first_token.hpp"

#include <algorithm>
#include <utility>

namespace genai::resilience {
namespace {

constexpr std::int64_t bytes_of_a_token = 4;  // of text, about: pieces may hold many tokens

std::int64_t tokens_of(const chat::Event& event) {
  if (!event.token) return 0;
  return std::max<std::int64_t>(1, static_cast<std::int64_t>(event.text.size()) / bytes_of_a_token);
}

}  // namespace

// Takes over what was pulled. What came before it is not valid any more unless it was held.
Result<void> HeldAnswer::take(Result<std::optional<chat::Event>> pulled) {
  if (!pulled) return pulled.error();
  last_ = *pulled;
  has_last_ = true;
  has_ended_ = !last_ || last_->whole || last_->last || last_->finish != chat::Finish::none;
  if (last_) tokens_ += tokens_of(*last_);
  return {};
}

// What came last has to wait for what comes next.
Result<void> HeldAnswer::hold() {
  const auto& kept = held_.emplace_back(*last_);
  has_last_ = false;
  bytes_ += kept.bytes();
  if (held_.size() <= most_events && bytes_ <= most_bytes) return {};
  return Error{Code::upstream_protocol, "the upstream sent too much without a token", ""};
}

net::Task<Result<void>> HeldAnswer::begin(const std::optional<routing::Pace>& pace) {
  for (;;) {
    auto pulled = co_await source_->next();
    if (const auto taken = take(std::move(pulled)); !taken) co_return taken.error();
    if (has_ended_) co_return Result<void>();
    if (tokens_ > 0) break;
    if (const auto kept = hold(); !kept) co_return kept.error();
  }
  if (pace) co_return co_await keep_pace(*pace);
  co_return Result<void>();
}

net::Task<Result<void>> HeldAnswer::keep_pace(const routing::Pace& pace) {
  bool is_late = false;
  net::Timer limit(loop_, [this, &is_late] { is_late = true, source_->cancel(); });
  limit.set_after(pace.within);
  while (!has_ended_ && tokens_ < pace.tokens) {
    if (const auto kept = hold(); !kept) co_return kept.error();
    auto pulled = co_await source_->next();
    if (is_late) co_return Error{Code::upstream_timeout, "the upstream is too slow: " + std::to_string(tokens_) + " tokens came in the time for " + std::to_string(pace.tokens), ""};
    if (const auto taken = take(std::move(pulled)); !taken) co_return taken.error();
  }
  co_return Result<void>();
}

net::Task<Result<std::optional<chat::Event>>> HeldAnswer::next() {
  if (given_ < held_.size()) co_return std::optional(held_[given_++].event());
  if (std::exchange(has_last_, false)) co_return last_;
  if (!held_.empty()) {
    held_.clear();
    given_ = 0;
  }
  co_return co_await source_->next();
}

}  // namespace genai::resilience

// What of an answer is held back until it is certain that there will be one. Private to this folder.
#pragma once

#include <deque>
#include <memory>
#include <optional>

#include "domain/chat/kept_event.hpp"
#include "features/providers/upstream.hpp"
#include "features/routing/config.hpp"
#include "platform/net/loop.hpp"

namespace genai::resilience {

// An answer whose first events wait until one has a token, or ends it; with a pace, until so many tokens have come in time. Before that the request may still go
// elsewhere, after it not. Then it gives what it held, and the rest as it comes. One consumer on one loop.
class HeldAnswer final : public providers::EventSource {
 public:
  static constexpr std::size_t most_events = 4'096, most_bytes = 4 * 1024 * 1024;  // that are held

  HeldAnswer(std::unique_ptr<providers::EventSource> source, net::Loop& loop) : source_(std::move(source)), loop_(loop) {}

  // Once, before the first next(). upstream_timeout when it is too slow; otherwise the source's own error.
  net::Task<Result<void>> begin(const std::optional<routing::Pace>& pace);

  net::Task<Result<std::optional<chat::Event>>> next() override;
  bool ready() const override { return given_ < held_.size() || has_last_ || source_->ready(); }
  void cancel() override { source_->cancel(); }

 private:
  net::Task<Result<void>> keep_pace(const routing::Pace& pace);
  Result<void> take(Result<std::optional<chat::Event>> pulled);
  Result<void> hold();

  const std::unique_ptr<providers::EventSource> source_;
  net::Loop& loop_;
  std::deque<chat::KeptEvent> held_;
  std::size_t given_ = 0;            // of held_, which is freed with the next pull
  std::size_t bytes_ = 0;            // held
  std::int64_t tokens_ = 0;          // about, in all that came
  std::optional<chat::Event> last_;  // what came last, or the end: valid as long as nothing is pulled
  bool has_last_ = false;            // and it is not given yet
  bool has_ended_ = false;           // and nothing but formalities comes behind it
};

}  // namespace genai::resilience

#include "features/resilience/resilience.hpp"

#include <algorithm>
#include <utility>

namespace genai::resilience {
namespace {

// A source whose first event has been pulled already: it is given first, then the rest.
class Begun final : public providers::EventSource {
 public:
  Begun(std::unique_ptr<providers::EventSource> source, std::optional<chat::Event> first) : source_(std::move(source)), first_(std::move(first)) {}
  net::Task<Result<std::optional<chat::Event>>> next() override {
    if (!std::exchange(given_, true)) co_return first_;
    co_return co_await source_->next();
  }
  bool ready() const override { return !given_ || source_->ready(); }
  void cancel() override { source_->cancel(); }

 private:
  std::unique_ptr<providers::EventSource> source_;
  std::optional<chat::Event> first_;
  bool given_ = false;
};

}  // namespace

Resilience::Resilience(Config config, std::vector<Provider> providers, const Clock& clock)
    : config_(config), clock_(clock), providers_(std::move(providers)) {
  for (const auto& provider : providers_) by_name_.emplace(provider.name, &provider);
}

providers::Deadlines Resilience::deadlines(const chat::Chat& chat, const routing::Patience& patience) const {
  const auto now = clock_.now();
  Nanoseconds first_event = patience.first_token.value_or(config_.first_event), gap = patience.gap.value_or(config_.gap);
  Nanoseconds total = patience.total.value_or(chat.stream ? config_.total_stream : config_.total_plain);
  if (const auto limit = chat.time_limit; limit > Nanoseconds(0)) {
    first_event = std::min(first_event, limit);
    gap = std::min(gap, limit);
    if (!chat.stream) total = std::min(total, limit);
  }
  return {now + config_.connect, first_event, gap, now + total};
}

net::Task<Result<Started>> Resilience::start(const routing::Plan& plan, const chat::Chat& chat, Started& attempted,
                                             net::Cancellation& cancellation) {
  // One target a plan as yet: where a chain falls back, the loop over plan.targets takes its place here.
  const auto& target = plan.targets.front();
  attempted.provider = by_name_.at(target.provider);
  attempted.model = target.model;
  auto events = co_await attempted.provider->upstream->start(chat, target.model, deadlines(chat, plan.patience), cancellation);
  if (!events) co_return events.error();
  auto& source = **events;
  const net::Cancellation::Scope scope(cancellation, [&source] { source.cancel(); });
  auto first = co_await source.next();
  if (!first) co_return first.error();
  co_return Started{attempted.provider, attempted.model, std::make_unique<Begun>(std::move(*events), std::move(*first))};
}

}  // namespace genai::resilience

#include "features/resilience/resilience.hpp"

#include <algorithm>
#include <utility>

#include "features/resilience/first_token.hpp"

namespace genai::resilience {
namespace {

// Whether another target may do better: this one failed, or cannot say what was asked. What is wrong with the request itself is wrong everywhere.
bool may_go_elsewhere(const Error& error) {
  switch (error.code) {
    case Code::upstream_unreachable:
    case Code::upstream_timeout:
    case Code::upstream_incomplete:
    case Code::upstream_protocol:
    case Code::upstream_auth:
    case Code::upstream_rate_limited:
    case Code::upstream_error:
    case Code::unsupported_parameter: return true;
    default: return false;
  }
}

}  // namespace

Resilience::Resilience(Config config, std::vector<Provider> providers, net::Loop& loop) : config_(config), loop_(loop), providers_(std::move(providers)) {
  for (const auto& provider : providers_) by_name_.emplace(provider.name, &provider);
}

providers::Deadlines Resilience::deadlines(const chat::Chat& chat, const routing::Patience& patience, MonoTime began) const {
  Nanoseconds first_event = patience.first_token.value_or(config_.first_event), gap = patience.gap.value_or(config_.gap);
  Nanoseconds total = patience.total.value_or(chat.stream ? config_.total_stream : config_.total_plain);
  if (const auto limit = chat.time_limit; limit > Nanoseconds(0)) {
    first_event = std::min(first_event, limit);
    gap = std::min(gap, limit);
    if (!chat.stream) total = std::min(total, limit);
  }
  return {loop_.now() + config_.connect, first_event, gap, began + total};
}

net::Task<Result<std::unique_ptr<providers::EventSource>>> Resilience::start(const routing::Plan& plan, const chat::Chat& chat, Trail& trail, net::Cancellation& cancellation) {
  const auto began = loop_.now();
  std::optional<Error> told;
  for (const auto* const target : plan.targets) {
    const auto* const provider = by_name_.at(target->provider);
    const auto before = std::exchange(trail.provider, provider);
    const auto model = std::exchange(trail.model, target->model);
    trail.is_last |= target == plan.targets.back();
    // Breakers and budgets of tries have their place before this line, pauses between tries behind it.
    auto events = co_await ask(*target, chat, plan, began, cancellation);
    if (events) co_return events;
    const Error& error = events.error();
    if (told && error.code == Code::unsupported_parameter) {  // it could not even be asked: what is told is who failed before
      trail.provider = before;
      trail.model = model;
    } else {
      told = error;
    }
    if (trail.is_last || cancellation.cancelled() || !may_go_elsewhere(error)) break;
    trail.failed.push_back({provider, error.code});
  }
  co_return std::move(*told);
}

net::Task<Result<std::unique_ptr<providers::EventSource>>> Resilience::ask(const routing::Target& target, const chat::Chat& chat, const routing::Plan& plan, MonoTime began,
                                                                           net::Cancellation& cancellation) {
  auto& upstream = *by_name_.at(target.provider)->upstream;
  const auto limits = deadlines(chat, plan.patience, began);
  if (loop_.now() >= limits.total) co_return Error{Code::upstream_timeout, "no time was left for another provider", ""};
  auto started = co_await upstream.start(chat, target.model, limits, cancellation);
  if (!started) co_return started.error();
  auto held = std::make_unique<HeldAnswer>(std::move(*started), loop_);
  auto& answer = *held;
  const net::Cancellation::Scope scope(cancellation, [&answer] { answer.cancel(); });
  const auto begun = co_await answer.begin(plan.patience.pace);
  if (!begun) co_return begun.error();
  std::unique_ptr<providers::EventSource> events = std::move(held);
  co_return events;
}

}  // namespace genai::resilience

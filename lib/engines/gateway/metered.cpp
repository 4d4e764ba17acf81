#include "engines/gateway/metered.hpp"

#include <utility>

namespace genai::gateway {

record::Outcome outcome_of(const Error& error) {
  using record::Outcome;
  switch (error.code) {
    case Code::client_closed: return Outcome::cancelled;
    case Code::draining: return Outcome::interrupted;
    case Code::upstream_incomplete:
    case Code::upstream_unreachable:
    case Code::upstream_timeout:
    case Code::upstream_protocol:
    case Code::upstream_auth:
    case Code::upstream_rate_limited:
    case Code::upstream_rejected:
    case Code::upstream_error: return Outcome::upstream_error;
    default: break;
  }
  const auto fault = row(error.code).fault;
  return fault == Fault::environment || fault == Fault::internal ? Outcome::failed : Outcome::refused;
}

void OpenRequest::fail(const Error& error) {
  auto& record = entry_.record();
  record.status = error.status();
  record.outcome = outcome_of(error);
  record.error_code = row(error.code).name;
}

void OpenRequest::close() {
  entry_.record().duration = elapsed();
  metrics_->add(entry_.record());
}

net::Task<Result<bool>> OpenRequest::settled() {
  close();
  const bool durable = co_await entry_.settled(*loop_);
  if (durable) co_return true;
  co_return Error{Code::ledger_unavailable, "the usage ledger cannot be written, so the answer cannot be acknowledged", ""};
}

void OpenRequest::settle() {
  close();
  entry_.settle();
}

Metered::Metered(std::unique_ptr<providers::EventSource> events, OpenRequest request, Tokens prompt_estimate)
    : events_(std::move(events)), request_(std::move(request)), prompt_estimate_(prompt_estimate) {}

net::Task<Result<std::optional<chat::Event>>> Metered::next() {
  auto event = co_await events_->next();
  if (!event) fail(event.error());
  else if (*event) look_at(**event);
  else end(record::Outcome::ok);
  co_return event;
}

void Metered::look_at(const chat::Event& event) {
  if (event.usage) reported_ = event.usage;
  if (event.token) {
    if (token_events_++ == 0) request_.record().ttft = request_.elapsed();
  }
  if (event.whole) end(record::Outcome::ok);
}

// What the provider reported, else what was seen: an event is taken for a token.
chat::Usage Metered::usage() const {
  if (reported_) return *reported_;
  chat::Usage seen;
  seen.prompt = prompt_estimate_;
  seen.completion = Tokens{token_events_};
  seen.estimated = true;
  return seen;
}

// The answer has begun, so the client has seen a good status, whatever comes.
void Metered::end(record::Outcome how) {
  if (std::exchange(ended_, true)) return;
  auto& record = request_.record();
  record.usage = usage();
  record.status = 200;
  record.outcome = how;
}

void Metered::fail(const Error& error) {
  const bool cut_short = error.code == Code::upstream_incomplete && token_events_ > 0;
  end(cut_short ? record::Outcome::truncated : outcome_of(error));
  request_.record().error_code = row(error.code).name;
}

net::Task<Result<bool>> Metered::settled() { co_return co_await request_.settled(); }

}  // namespace genai::gateway

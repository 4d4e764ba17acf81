#include "engines/gateway/metered.hpp"

#include <utility>

#include <fmt/format.h>

#include "domain/tokens/chat_count.hpp"
#include "domain/wire/dialect.hpp"
#include "features/telemetry/request_log.hpp"

namespace genai::gateway {
namespace {

constexpr std::size_t gathered_text = 4 * 1024;  // of an answer, between two counts

}  // namespace

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
    case Code::upstream_error:
    case Code::content_filter: return Outcome::upstream_error;
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
  if (log_ != nullptr) log_->annotate(telemetry::log_members(entry_.record()));
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

namespace {

// In the dialect that can be counted.
Result<tokens::ChatCount> count(const pricing::Tariff& tariff, const chat::Chat& chat) {
  if (chat.dialect == chat::Dialect::chat_completions || chat.dialect == chat::Dialect::application) return tokens::count_chat(tariff.counter(), chat.body);
  const auto body = wire::encode(chat, chat::Dialect::chat_completions, chat.model);
  if (!body) return body.error();
  return tokens::count_chat(tariff.counter(), *body);
}

}  // namespace

Result<bool> check_size(const chat::Chat& chat, const pricing::Tariff& tariff) {
  const auto most_out = tariff.max_output();
  if (most_out && chat.max_tokens && *chat.max_tokens > *most_out) {
    const std::string name = chat.dialect == chat::Dialect::responses ? "max_output_tokens" : "max_tokens";
    return Error{Code::invalid_value, fmt::format("'{}' must be from 1 to {}: this model answers with no more tokens; {} were asked for", name, most_out->value(), chat.max_tokens->value()), name};
  }
  const auto most_in = tariff.max_input();
  if (!most_in || static_cast<std::int64_t>(chat.body.size()) <= most_in->value()) return true;  // a token has a byte at least
  const auto counted = count(tariff, chat);
  if (!counted || static_cast<double>(counted->tokens.value()) * (1 - counted->band) <= static_cast<double>(most_in->value())) return true;
  return Error{Code::context_length_exceeded,
               fmt::format("This model takes at most {} tokens, and the request has {}{}. Please shorten it.", most_in->value(), counted->exact() ? "" : "about ", counted->tokens.value()),
               chat.dialect == chat::Dialect::responses ? "input" : "messages"};
}

chat::Usage prompt_usage(const pricing::Tariff& tariff, const chat::Chat& chat) {
  chat::Usage usage;
  const auto counted = count(tariff, chat);
  usage.prompt = counted ? counted->tokens : chat.prompt_estimate;
  usage.estimated = true;
  return usage;
}

Metered::Metered(std::unique_ptr<providers::EventSource> events, OpenRequest request, const chat::Chat& chat,
                 std::shared_ptr<const pricing::Tariff> tariff)
    : events_(std::move(events)), request_(std::move(request)), chat_(chat), tariff_(std::move(tariff)), said_(*tariff_->counter().encoding, tokens::Specials::as_text, gathered_text) {}

net::Task<Result<std::optional<chat::Event>>> Metered::next() {
  auto event = co_await events_->next();
  if (!event) fail(event.error());
  else if (*event) look_at(**event);
  else end(record::Outcome::ok);
  co_return event;
}

void Metered::look_at(const chat::Event& event) {
  if (event.usage) reported_ = event.usage;
  if (!event.service_tier.empty()) service_tier_ = event.service_tier;
  if (!reported_ && !said_.add(event.text)) said_.finish();  // one endless word: counted in parts
  if (event.token) {
    if (token_events_++ == 0) request_.record().ttft = request_.elapsed();
  }
  if (event.whole) end(record::Outcome::ok);
}

// What the provider reported, else what was sent and seen. An event whose text its source does not tell counts as one token.
chat::Usage Metered::usage() {
  if (reported_) return *reported_;
  auto seen = prompt_usage(*tariff_, chat_);
  said_.finish();
  seen.completion = said_.tokens() == Tokens{0} ? Tokens{token_events_} : tariff_->counter().scaled(said_.tokens());
  return seen;
}

// The answer has begun, so the client has seen a good status, whatever comes.
void Metered::end(record::Outcome how) {
  if (std::exchange(ended_, true)) return;
  auto& record = request_.record();
  record.usage = usage();
  tariff_->charge(record, service_tier_);
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

// The last stage of a request: counts what flows and settles the ledger entry, however the answer ends.
#pragma once

#include <memory>
#include <optional>

#include "domain/chat/chat.hpp"
#include "domain/tokens/chunks.hpp"
#include "features/ledger/ledger.hpp"
#include "features/pricing/tariffs.hpp"
#include "features/providers/upstream.hpp"
#include "features/telemetry/metrics.hpp"
#include "platform/http/server.hpp"
#include "platform/net/loop.hpp"

namespace genai::gateway {

// How an error ends a request's record.
record::Outcome outcome_of(const Error& error);

// The entry of one request with what its record needs to become true: the clock since its start and the metrics it is counted in.
class OpenRequest {
 public:
  // `log`: whose line in the request log gets what the record says; null: none's. Outlives the request.
  OpenRequest(ledger::Entry entry, telemetry::Metrics& metrics, net::Loop& loop, http::Exchange* log)
      : entry_(std::move(entry)), metrics_(&metrics), loop_(&loop), log_(log), began_(loop.now()) {}
  OpenRequest(OpenRequest&&) = default;

  record::Record& record() { return entry_.record(); }
  Nanoseconds elapsed() const { return loop_->now() - began_; }
  void fail(const Error& error);  // fills status, outcome and code

  // Hands the row over and waits until it is durable. ledger_unavailable: it is not, and the answer must not be acknowledged.
  net::Task<Result<bool>> settled();
  // Hands the row over: nobody waits for it.
  void settle();

 private:
  void close();
  ledger::Entry entry_;
  telemetry::Metrics* metrics_;
  net::Loop* loop_;
  http::Exchange* log_;
  MonoTime began_;
};

// The tokens of a chat's prompt, counted here; always marked as an estimate, since only the provider knows.
chat::Usage prompt_usage(const pricing::Tariff& tariff, const chat::Chat& chat);

// Whether the model can take this and give what is asked for, as far as its limits are known: context_length_exceeded, invalid_value. The prompt
// is counted only when its bytes do not already say that it fits, and refused only when it is too long for certain.
Result<bool> check_size(const chat::Chat& chat, const pricing::Tariff& tariff);

// An answer with its open row. One consumer. `chat` outlives it.
class Metered {
 public:
  Metered(std::unique_ptr<providers::EventSource> events, OpenRequest request, const chat::Chat& chat, std::shared_ptr<const pricing::Tariff> tariff);
  // As EventSource; whatever ends the answer is written into the record.
  net::Task<Result<std::optional<chat::Event>>> next();
  bool ready() const { return events_->ready(); }
  void cancel() { events_->cancel(); }
  // Settles the row and waits: to be called before the last byte of the answer is sent, once. After an error it is not necessary
  // to wait, but right.
  net::Task<Result<bool>> settled();
  OpenRequest& request() { return request_; }

 private:
  void look_at(const chat::Event& event);
  void end(record::Outcome how);
  void fail(const Error& error);
  chat::Usage usage();
  std::unique_ptr<providers::EventSource> events_;
  OpenRequest request_;
  const chat::Chat& chat_;
  std::shared_ptr<const pricing::Tariff> tariff_;
  std::optional<chat::Usage> reported_;
  std::string service_tier_;
  tokens::Chunks said_;  // until the provider reports usage
  std::int64_t token_events_ = 0;
  bool ended_ = false;
};

}  // namespace genai::gateway

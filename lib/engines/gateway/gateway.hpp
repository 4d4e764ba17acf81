// The pipeline of `serve`: from a request's bytes to an answer and its row.
#pragma once

#include <functional>
#include <list>
#include <memory>
#include <string>

#include "base/error.hpp"
#include "domain/chat/chat.hpp"
#include "engines/gateway/metered.hpp"
#include "features/ledger/ledger.hpp"
#include "features/resilience/resilience.hpp"
#include "features/routing/router.hpp"
#include "features/telemetry/metrics.hpp"
#include "platform/http/server.hpp"
#include "platform/net/cancellation.hpp"

namespace genai::gateway {

// Who is calling. While authentication is off: whoever says so in the field `user`.
struct Caller {
  std::string user;
};

// What the stages of one loop are made of; everything outlives the gateway.
struct Stages {
  const routing::Router& router;
  resilience::Resilience& resilience;
  pricing::Tariffs& tariffs;
  ledger::Ledger& ledger;
  telemetry::Metrics& metrics;
};

// One per loop, confined to it.
class Gateway {
 public:
  Gateway(Stages stages, net::Loop& loop) : stages_(stages), loop_(loop) {}

  // Answers POST /v1/chat/completions. The whole life of a request; always answers, or ends the connection.
  net::Task<void> chat_completions(http::Exchange& exchange);

  // Ends what runs with `draining`: plain requests, or streams.
  void cut(bool streams);
  // A refusal before anything was opened: writes its row, and answers.
  net::Task<void> refuse(http::Exchange& exchange, Error error, record::Record record);

 private:
  // A request under way, so that a drain can end it.
  struct Running {
    net::Cancellation cancellation;
    bool stream = false;
    bool cut = false;  // by the drain, not by the client
  };
  struct Opened {
    chat::Chat chat;
    OpenRequest request;
  };
  net::Task<Result<Opened>> open(http::Exchange& exchange);
  net::Task<Result<Metered>> answer(Caller caller, const chat::Chat& chat, OpenRequest request, Running& running);
  net::Task<void> deliver_plain(http::Exchange& exchange, Metered& answer, Running& running);
  net::Task<void> deliver_stream(http::Exchange& exchange, const chat::Chat& chat, Metered& answer, Running& running);
  net::Task<void> end_stream_with(http::Exchange& exchange, Error error, std::string pending);
  net::Task<Error> refused(OpenRequest request, Error error);
  net::Task<void> reply(http::Exchange& exchange, Error error, RowId id);

  Stages stages_;
  net::Loop& loop_;
  std::list<Running> running_;
};

// The answer that says an error in OpenAI's shape, with X-Request-Id.
http::Response error_response(const Error& error, RowId id);

}  // namespace genai::gateway

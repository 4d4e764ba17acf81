// The pipeline of `serve`: from a request's bytes to an answer and its row.
#pragma once

#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/rng.hpp"
#include "domain/chat/chat.hpp"
#include "engines/gateway/metered.hpp"
#include "engines/gateway/pings.hpp"
#include "engines/gateway/request_policy.hpp"
#include "engines/gateway/surface.hpp"
#include "features/ledger/ledger.hpp"
#include "features/resilience/resilience.hpp"
#include "features/routing/router.hpp"
#include "features/telemetry/metrics.hpp"
#include "features/telemetry/trace.hpp"
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
  bool logged = false;  // requests have lines in the request log
  RequestPolicy policy{};
};

// One per loop, confined to it.
class Gateway {
 public:
  // `ping`: after how long a silence a stream says that it lives; 0: never. `seed`: of the draws among weighted targets.
  Gateway(Stages stages, net::Loop& loop, Nanoseconds ping, std::uint64_t seed) : stages_(stages), loop_(loop), ping_(ping), chance_(seed) {}

  // Answers a request at one of the surfaces' paths. Its whole life; always answers, or ends the connection.
  net::Task<void> ask(http::Exchange& exchange, const Surface& surface);

  // Ends what runs with `draining`: plain requests, or streams.
  void cut(bool streams);

 private:
  static constexpr std::size_t most_drained = 256;  // answers without a client whose rest is read

  // A request under way, so that its client's leaving or a drain of the server can end it.
  struct Running {
    net::Cancellation cancellation;
    resilience::Trail trail{};
    bool stream = false;
    bool cut = false;   // by the drain of the server, not by the client
    bool left = false;  // by its client: nobody is told any more
    std::optional<net::Timer> drained{};  // until when its rest is read although the client left
    std::optional<Error> why_ended(std::optional<Error> failed) const;
    const Surface* surface = nullptr;          // in whose words it is answered
    const http::Exchange* exchange = nullptr;  // of a stream, which a ping may have committed to its good status
  };
  using Runs = std::list<Running>;
  // How a request came, before it was understood.
  struct Arrival {
    MonoTime began;
    std::string route;
    std::string client_request_id;
    std::optional<telemetry::TraceContext> trace;
    std::string tracestate;
    http::Exchange* log = nullptr;  // whose line gets what the record says
    Secret credential;
  };
  // An answer that is told as a whole.
  struct Told {
    RowId id;
    Result<std::string> body;
  };

  static void watch(http::Exchange& exchange, std::function<void()> left);
  void leave(Running& running);
  void end(Runs::iterator first, Runs::iterator last);
  Arrival arrive(http::Exchange& exchange) const;
  net::Task<Result<std::vector<chat::Chat>>> read(http::Exchange& exchange, const Surface& surface);
  std::optional<Error> show(std::string& body);
  Result<OpenRequest> open(chat::Chat& chat, const Arrival& arrival, http::Exchange* log);
  net::Task<void> one(http::Exchange& exchange, const Surface& surface, const Arrival& arrival, chat::Chat chat);
  net::Task<void> batch(http::Exchange& exchange, const Surface& surface, const Arrival& arrival, std::vector<chat::Chat> chats);
  net::Task<void> item(const Surface& surface, const Arrival& arrival, chat::Chat& chat, Running& running, Told& told);
  net::Task<Result<Metered>> answer(Caller caller, const chat::Chat& chat, OpenRequest request, Running& running);
  net::Task<Result<std::string>> whole(wire::Encoder& encoder, Metered& answer, Running& running);
  net::Task<void> stream(http::Exchange& exchange, const Surface& surface, wire::Encoder& encoder, const chat::Chat& chat, OpenRequest request, Running& running);
  net::Task<std::optional<Error>> relay(http::Exchange& exchange, wire::Encoder& encoder, Pings& pings, Metered& answer, Running& running, std::string& out);
  wire::Identity identity(const chat::Chat& chat, RowId id) const;
  net::Task<Error> refused(OpenRequest request, Error error, const Running& running);
  RowId note_refusal(const Arrival& arrival, const Surface& surface, const Error& error, std::string model);
  net::Task<void> reply(http::Exchange& exchange, const Surface& surface, Error error, RowId id);

  Stages stages_;
  net::Loop& loop_;
  const Nanoseconds ping_;
  Runs running_;
  SeededRng chance_;
  std::size_t drained_ = 0;  // answers
};

}  // namespace genai::gateway

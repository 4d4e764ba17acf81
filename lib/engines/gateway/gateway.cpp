#include "engines/gateway/gateway.hpp"

#include <utility>

#include "domain/wire/invisible.hpp"
#include "domain/wire/known_fields.hpp"
#include "engines/gateway/response.hpp"
#include "features/telemetry/request_log.hpp"

namespace genai::gateway {
namespace {

constexpr std::size_t batch_bytes = 16 * 1024;  // of events that were here already and leave together

Error gone_error() { return Error{Code::client_closed, "the client closed the connection", ""}; }
Error cut_error() { return Error{Code::draining, "the server is shutting down", ""}; }

// RFC 9110, section 8.3: the route takes JSON in UTF-8, as it is.
Result<bool> check_media_type(const http::RequestHead& head) {
  const auto refuse = [](std::string what) { return Error{Code::unsupported_media_type, std::move(what), ""}; };
  if (head.fields.find("content-encoding").value_or("identity") != "identity") return refuse("a compressed request body is not read here");
  std::string type(head.fields.find("content-type").value_or(""));
  for (auto& c : type) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  std::erase_if(type, [](char c) { return c == ' ' || c == '\t' || c == '"'; });
  if (type == "application/json" || type == "application/json;charset=utf-8" || type == "application/json;charset=utf8") return true;
  return refuse("Content-Type must be application/json, in UTF-8");
}

// The caller's own key, in OpenAI's way or in Anthropic's.
std::string_view credential_of(const http::RequestHead& head) {
  constexpr std::string_view scheme = "Bearer ";
  const auto value = head.fields.find("authorization").value_or("");
  return value.starts_with(scheme) ? value.substr(scheme.size()) : head.fields.find("x-api-key").value_or("");
}

// An upstream that was not reached, or that refused, has charged nothing; of others one cannot know.
bool may_have_charged(const Error& error) {
  switch (error.code) {
    case Code::upstream_unreachable:
    case Code::upstream_auth:
    case Code::upstream_rate_limited:
    case Code::upstream_rejected: return false;
    default: return row(error.code).fault != Fault::caller;
  }
}

// Corrects a row that says otherwise: it was us who cut the answer, or the client who did not wait for it. `status` is what the client has seen.
void note_end(record::Record& record, const Error& why, int status) {
  record.outcome = outcome_of(why);
  record.error_code = row(why.code).name;
  record.status = status;
}

// What was asked of others before is over, whoever answers.
void note_failures(const resilience::Trail& trail, telemetry::Metrics& metrics) {
  for (const auto& failure : trail.failed) metrics.add_failed_try(failure.provider->name, failure.code);
}

http::Response head_of_stream(RowId id, const Surface& surface) {
  auto head = head_of_answer(200, "text/event-stream; charset=utf-8", id, surface);
  http::append_field(head.fields, "Cache-Control", "no-cache");
  http::append_field(head.fields, "X-Accel-Buffering", "no");
  return head;
}

// The trace goes on at the upstream, below a span whose id is the row's.
std::string trace_fields(const telemetry::TraceContext& parent, RowId id, std::string_view state) {
  std::array<std::uint8_t, 8> span{};
  for (std::size_t i = 0; i < span.size(); ++i) span[i] = static_cast<std::uint8_t>(static_cast<std::uint64_t>(id.value()) >> (8 * (span.size() - 1 - i)));
  std::string fields;
  http::append_field(fields, "traceparent", telemetry::child_of(parent, span).header());
  if (!state.empty()) http::append_field(fields, "tracestate", state);
  return fields;
}

wire::Ending ending(Metered& answer) { return {answer.request().record().usage, answer.request().elapsed()}; }

}  // namespace

net::Task<void> Gateway::ask(http::Exchange& exchange, const Surface& surface) {
  const auto arrival = arrive(exchange);
  auto chats = co_await read(exchange, surface);
  if (!chats) {
    const RowId id = note_refusal(arrival, surface, chats.error(), {});
    co_await reply(exchange, surface, chats.error(), id);
  } else if (surface.is_batch()) {
    co_await batch(exchange, surface, arrival, std::move(*chats));
  } else {
    co_await one(exchange, surface, arrival, std::move(chats->front()));
  }
}

// What is told of an answer of which its source said `failed`, or nothing.
std::optional<Error> Gateway::Running::why_ended(std::optional<Error> failed) const {
  if (left) return gone_error();
  if (failed && cut) return cut_error();
  return failed;
}

void Gateway::watch(http::Exchange& exchange, std::function<void()> left) {
  exchange.on_hangup(left);
  if (exchange.hung_up()) left();
}

// The client left. Its call ends at once or, where the provider wants it so, when the rest of the answer is read.
void Gateway::leave(Running& running) {
  if (running.cut || std::exchange(running.left, true)) return;  // who is cut by us does not leave
  running.trail.is_last = true;
  const auto* const provider = running.trail.provider;
  if (provider == nullptr || provider->hangup.drain == Nanoseconds(0) || drained_ >= most_drained) return running.cancellation.cancel();
  ++drained_;
  running.drained.emplace(loop_, [&running] { running.cancellation.cancel(); });
  running.drained->set_after(provider->hangup.drain);
}

void Gateway::end(Runs::iterator first, Runs::iterator last) {
  for (auto at = first; at != last; ++at) drained_ -= at->drained ? 1 : 0;
  running_.erase(first, last);
}

Gateway::Arrival Gateway::arrive(http::Exchange& exchange) const {
  constexpr std::size_t longest_id = 128, longest_state = 512;
  const auto& head = exchange.head();
  const auto field = [&head](std::string_view name) { return head.fields.find(name).value_or(""); };
  Arrival arrival;
  arrival.began = loop_.now();
  arrival.route = head.path;
  arrival.client_request_id = field("x-request-id").substr(0, longest_id);
  if (const auto parent = field("traceparent"); !parent.empty()) arrival.trace = telemetry::parse_traceparent(parent);
  if (const auto state = field("tracestate"); arrival.trace && state.size() <= longest_state) arrival.tracestate = state;
  arrival.credential = Secret(std::string(credential_of(head)));
  arrival.log = stages_.logged ? &exchange : nullptr;
  return arrival;
}

net::Task<Result<std::vector<chat::Chat>>> Gateway::read(http::Exchange& exchange, const Surface& surface) {
  if (const auto type = check_media_type(exchange.head()); !type) co_return type.error();
  auto body = co_await exchange.body();
  if (!body) co_return body.error();
  if (auto refused = show(*body)) co_return std::move(*refused);
  auto chats = surface.decode(std::move(*body), exchange.head());
  if (!chats || !stages_.policy.refuse_unknown_fields) co_return chats;
  for (const auto& chat : *chats)
    if (auto unknown = wire::unknown_field(chat)) co_return std::move(*unknown);
  co_return chats;
}

// Deals with what is hidden in the body.
std::optional<Error> Gateway::show(std::string& body) {
  auto hidden = wire::find_invisible(body);
  if (hidden.found == 0) return std::nullopt;
  stages_.metrics.count_flagged();
  if (stages_.policy.invisible == RequestPolicy::Invisible::block)
    return Error{Code::invalid_value, "the request has " + std::to_string(hidden.found) + " characters that hide text: tags, overrides of direction or runs of zero-width characters", ""};
  if (stages_.policy.invisible == RequestPolicy::Invisible::strip) body = std::move(hidden.text);
  return std::nullopt;
}

// From here there is a row, whatever happens.
Result<OpenRequest> Gateway::open(chat::Chat& chat, const Arrival& arrival, http::Exchange* log) {
  chat.credential = arrival.credential;
  auto entry = stages_.ledger.open_entry(ledger::Opening{arrival.route, chat.model, chat.user, chat.stream});
  if (!entry) return entry.error();
  entry->record().client_request_id = arrival.client_request_id;
  if (arrival.trace) chat.trace = trace_fields(*arrival.trace, entry->record().id, arrival.tracestate);
  return OpenRequest(std::move(*entry), stages_.metrics, loop_, log);
}

wire::Identity Gateway::identity(const chat::Chat& chat, RowId id) const {
  const auto now = std::chrono::time_point_cast<std::chrono::seconds>(loop_.clock().wall_now());
  return {id.text(), chat.model, now.time_since_epoch().count()};
}

net::Task<void> Gateway::one(http::Exchange& exchange, const Surface& surface, const Arrival& arrival, chat::Chat chat) {
  auto request = open(chat, arrival, arrival.log);
  if (!request) {
    const RowId refusal = note_refusal(arrival, surface, request.error(), chat.model);
    co_return co_await reply(exchange, surface, request.error(), refusal);
  }
  const RowId id = request->record().id;
  const auto here = running_.emplace(running_.begin());
  auto& running = *here;
  running.surface = &surface;
  running.stream = chat.stream;
  watch(exchange, [this, &running] { leave(running); });

  const auto encoder = surface.encoder(chat, identity(chat, id));
  if (chat.stream) {
    co_await stream(exchange, surface, *encoder, chat, std::move(*request), running);
  } else {
    Caller caller{chat.user};
    auto answered = co_await answer(std::move(caller), chat, std::move(*request), running);
    Result<std::string> body = answered ? Result<std::string>(std::string()) : answered.error();
    if (answered) body = co_await whole(*encoder, *answered, running);
    if (body) {
      auto response = head_of_answer(200, "application/json", id, surface);
      response.body = std::move(*body);
      co_await exchange.respond(std::move(response));
    } else {
      co_await reply(exchange, surface, body.error(), id);
    }
  }
  exchange.on_hangup(nullptr);
  end(here, std::next(here));
}

// Several chats of one request, side by side, each with a row of its own; each is answered, with an answer or an error.
net::Task<void> Gateway::batch(http::Exchange& exchange, const Surface& surface, const Arrival& arrival, std::vector<chat::Chat> chats) {
  Runs runs(chats.size());
  std::vector<Told> told(chats.size(), Told{RowId{}, cut_error()});
  running_.splice(running_.begin(), runs);
  const auto first = running_.begin();
  const auto last = std::next(first, static_cast<std::ptrdiff_t>(chats.size()));
  watch(exchange, [this, first, last] {
    for (auto at = first; at != last; ++at) leave(*at);
  });
  net::TaskGroup items;
  auto running = first;
  for (std::size_t i = 0; i < chats.size(); ++i) items.spawn(item(surface, arrival, chats[i], *running++, told[i]));
  co_await items.join();
  exchange.on_hangup(nullptr);
  end(first, last);

  auto response = head_of_answer(200, "application/json", told.front().id, surface);
  response.body = R"({"results":[)";
  for (const auto& one : told) {
    response.body += one.body ? *one.body : surface.error(one.body.error(), one.id, loop_.clock().wall_now());
    response.body += ',';
  }
  response.body.back() = ']';
  response.body += '}';
  co_await exchange.respond(std::move(response));
}

net::Task<void> Gateway::item(const Surface& surface, const Arrival& arrival, chat::Chat& chat, Running& running, Told& told) {
  auto request = open(chat, arrival, nullptr);
  if (!request) {
    told.id = note_refusal(arrival, surface, request.error(), chat.model);
    told.body = request.error();
    co_return;
  }
  told.id = request->record().id;
  running.surface = &surface;
  const auto encoder = surface.encoder(chat, identity(chat, told.id));
  Caller caller{chat.user};
  auto answered = co_await answer(std::move(caller), chat, std::move(*request), running);
  if (answered) told.body = co_await whole(*encoder, *answered, running);
  else told.body = answered.error();
}

// The recipe. Stages that come later have their place between these lines, in this order: permits (limits_.acquire) before anything is
// spent, inspection (guardrails_.inspect) of what may leave, a look into the cache (cache_.find_or_lead) before the upstream is asked.
net::Task<Result<Metered>> Gateway::answer(Caller caller, const chat::Chat& chat, OpenRequest request, Running& running) {
  request.record().user = std::move(caller.user);
  request.record().cost = NanoUsd{0};  // until an upstream is asked
  auto plan = stages_.router.candidates(chat, chance_);
  if (!plan) co_return co_await refused(std::move(request), plan.error(), running);
  auto fits = check_size(chat, *stages_.tariffs.of(plan->targets.front()->provider, plan->targets.front()->model));
  if (!fits) co_return co_await refused(std::move(request), fits.error(), running);

  if (running.cancellation.cancelled()) {  // gone before anything was spent
    auto gone = gone_error();
    co_return co_await refused(std::move(request), std::move(gone), running);
  }
  auto started = co_await stages_.resilience.start(*plan, chat, running.trail, running.cancellation);
  note_failures(running.trail, stages_.metrics);
  auto& record = request.record();
  record.provider = running.trail.provider->name;
  record.upstream_model = running.trail.model;
  auto tariff = stages_.tariffs.of(record.provider, record.upstream_model);
  if (!started) {
    if (may_have_charged(started.error())) {
      record.usage = prompt_usage(*tariff, chat);
      tariff->charge(record, {});
    }
    auto error = running.why_ended(started.error());
    co_return co_await refused(std::move(request), std::move(*error), running);
  }
  record.cost.reset();
  co_return Metered(std::move(*started), std::move(request), chat, std::move(tariff));
}

// Settles a request that has no answer. Our own refusals cost nothing and are not waited for; what an upstream may have charged is.
net::Task<Error> Gateway::refused(OpenRequest request, Error error, const Running& running) {
  request.fail(error);
  const bool committed = running.exchange != nullptr && running.exchange->begun();
  request.record().status = committed ? 200 : running.surface->status(error);
  if (request.record().outcome == record::Outcome::refused) {
    request.settle();
    co_return error;
  }
  auto durable = co_await request.settled();
  co_return durable ? error : durable.error();
}

// The body of a plain answer, once its row is durable.
net::Task<Result<std::string>> Gateway::whole(wire::Encoder& encoder, Metered& answer, Running& running) {
  const net::Cancellation::Scope scope(running.cancellation, [&answer] { answer.cancel(); });
  auto event = co_await answer.next();
  auto failed = running.why_ended(event ? std::nullopt : std::optional(event.error()));
  if (failed && (running.cut || running.left)) note_end(answer.request().record(), *failed, failed->status());
  auto durable = co_await answer.settled();
  if (!durable) co_return durable.error();
  if (failed) co_return std::move(*failed);
  std::string body;
  encoder.whole(**event, ending(answer), body);
  co_return body;
}

net::Task<void> Gateway::stream(http::Exchange& exchange, const Surface& surface, wire::Encoder& encoder, const chat::Chat& chat, OpenRequest request,
                                Running& running) {
  const RowId id = request.record().id;
  running.exchange = &exchange;
  Pings pings(exchange, encoder, ping_, [id, &surface] { return head_of_stream(id, surface); });
  Caller caller{chat.user};
  auto answered = co_await answer(std::move(caller), chat, std::move(request), running);
  if (!answered && !exchange.begun()) {
    pings.stop();
    co_return co_await reply(exchange, surface, answered.error(), id);
  }
  if (!exchange.begun()) exchange.begin(head_of_stream(id, surface));
  std::string out;
  std::optional<Error> failed;
  if (answered) failed = co_await relay(exchange, encoder, pings, *answered, running, out);
  else failed = answered.error();
  co_await pings.hold();
  if (!failed) {
    encoder.end(ending(*answered), out);
  } else if (failed->code == Code::client_closed) {
    co_return exchange.abort();
  } else {
    encoder.fail(*failed, out);  // an error inside a 200: an event that says it, and no good ending
  }
  co_await exchange.finish(out);
}

// Passes events on as they come; those that are here already leave together. What stays in `out` goes with the ending, which waits for the row.
net::Task<std::optional<Error>> Gateway::relay(http::Exchange& exchange, wire::Encoder& encoder, Pings& pings, Metered& answer, Running& running,
                                               std::string& out) {
  const net::Cancellation::Scope scope(running.cancellation, [&answer] { answer.cancel(); });
  std::optional<Error> failed;
  for (bool more = true; more;) {
    auto event = co_await answer.next();
    if (!event) failed = event.error();
    more = event && event->has_value();
    if (running.left) continue;  // nobody is told: what is left is read for its usage
    if (failed) break;
    if (more) encoder.event(**event, out);
    const bool flush = !more || !answer.ready() || out.size() >= batch_bytes;
    if (!flush || out.empty()) continue;
    pings.stop();
    if (pings.sending()) co_await pings.hold();
    const bool sent = co_await exchange.send(out);
    out.clear();
    pings.rest();
    if (!sent) leave(running);
  }
  failed = running.why_ended(std::move(failed));
  if (failed && (running.cut || running.left)) note_end(answer.request().record(), *failed, 200);
  auto durable = co_await answer.settled();
  if (!failed && !durable) failed = durable.error();
  co_return failed;
}

// The row of a request that was refused before it was opened.
RowId Gateway::note_refusal(const Arrival& arrival, const Surface& surface, const Error& error, std::string model) {
  record::Record record;
  record.id = stages_.ledger.next_id();
  record.route = arrival.route;
  record.client_request_id = arrival.client_request_id;
  record.model = std::move(model);
  record.status = surface.status(error);
  record.outcome = outcome_of(error);
  record.error_code = row(error.code).name;
  record.cost = NanoUsd{0};
  record.duration = loop_.now() - arrival.began;
  const RowId id = record.id;
  stages_.metrics.add(record);
  if (arrival.log != nullptr) arrival.log->annotate(telemetry::log_members(record));
  stages_.ledger.refused(std::move(record));
  return id;
}

net::Task<void> Gateway::reply(http::Exchange& exchange, const Surface& surface, Error error, RowId id) {
  if (error.code == Code::client_closed) {
    exchange.abort();
    co_return;
  }
  auto response = error_response(error, surface, id, loop_.clock().wall_now());
  co_await exchange.respond(std::move(response));
}

void Gateway::cut(bool streams) {
  for (auto& running : running_) {
    if (running.stream != streams) continue;
    running.cut = true;
    running.cancellation.cancel();
  }
}

}  // namespace genai::gateway

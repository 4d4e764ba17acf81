#include "engines/gateway/gateway.hpp"

#include <utility>

#include "domain/wire/openai.hpp"
#include "platform/http/sse.hpp"

namespace genai::gateway {
namespace {

constexpr std::size_t batch_bytes = 16 * 1024;  // of events that were here already and leave together
constexpr std::string_view terminal_event = "data: [DONE]\n\n";

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

std::string bearer(const http::RequestHead& head) {
  constexpr std::string_view scheme = "Bearer ";
  const auto value = head.fields.find("authorization").value_or("");
  return value.starts_with(scheme) ? std::string(value.substr(scheme.size())) : std::string();
}

// An upstream that was not reached, or that refused, has charged nothing; of others one cannot know.
bool may_have_charged(const Error& error) {
  switch (error.code) {
    case Code::upstream_unreachable:
    case Code::upstream_auth:
    case Code::upstream_rate_limited:
    case Code::upstream_rejected: return false;
    default: return true;
  }
}

// Corrects a row that says the client left: it was us who cut the answer. `status` is what the client has seen.
void note_cut(record::Record& record, int status) {
  record.outcome = record::Outcome::interrupted;
  record.error_code = row(Code::draining).name;
  record.status = status;
}

http::Response head_of_answer(int status, std::string_view type, RowId id) {
  http::Response response;
  response.status = status;
  response.content_type = type;
  http::append_field(response.fields, "X-Request-Id", id.text());
  return response;
}

}  // namespace

http::Response error_response(const Error& error, RowId id) {
  auto response = head_of_answer(error.status(), "application/json", id);
  if (error.status() == 503 || error.status() == 429) http::append_field(response.fields, "Retry-After", "1");
  response.body = wire::openai::encode_error(error);
  return response;
}

net::Task<void> Gateway::chat_completions(http::Exchange& exchange) {
  auto opened = co_await open(exchange);
  if (!opened) co_return;
  auto& chat = opened->chat;
  const RowId id = opened->request.record().id;

  running_.emplace_front();
  const auto here = running_.begin();
  auto& running = *here;
  running.stream = chat.stream;
  exchange.on_hangup([&running] { running.cancellation.cancel(); });
  if (exchange.hung_up()) running.cancellation.cancel();

  Caller caller{chat.user};
  auto answered = co_await answer(std::move(caller), chat, std::move(opened->request), running);
  if (!answered) co_await reply(exchange, answered.error(), id);
  else if (chat.stream) co_await deliver_stream(exchange, chat, *answered, running);
  else co_await deliver_plain(exchange, *answered, running);

  exchange.on_hangup(nullptr);
  running_.erase(here);
}

// Reads the request and opens its ledger entry. When that fails, it has been answered.
net::Task<Result<Gateway::Opened>> Gateway::open(http::Exchange& exchange) {
  const auto began = loop_.now();
  record::Record record;
  record.route = exchange.head().path;
  record.client_request_id = exchange.head().fields.find("x-request-id").value_or("").substr(0, 128);
  Result<chat::Chat> chat = Error{};
  if (const auto type = check_media_type(exchange.head()); !type) {
    chat = type.error();
  } else {
    auto body = co_await exchange.body();
    if (body) chat = wire::openai::decode_chat(std::move(*body));
    else chat = body.error();
  }
  if (!chat) {
    record.duration = loop_.now() - began;
    co_await refuse(exchange, chat.error(), std::move(record));
    co_return chat.error();
  }
  chat->credential = Secret(bearer(exchange.head()));
  auto entry = stages_.ledger.open_entry(ledger::Opening{record.route, chat->model, chat->user, chat->stream});
  if (!entry) {
    record.model = chat->model;
    co_await refuse(exchange, entry.error(), std::move(record));
    co_return entry.error();
  }
  entry->record().client_request_id = std::move(record.client_request_id);
  co_return Opened{std::move(*chat), OpenRequest(std::move(*entry), stages_.metrics, loop_)};
}

// The recipe. Stages that come later have their place between these lines, in this order: permits (limits_.acquire) before anything is
// spent, inspection (guardrails_.inspect) of what may leave, a look into the cache (cache_.find_or_lead) before the upstream is asked.
net::Task<Result<Metered>> Gateway::answer(Caller caller, const chat::Chat& chat, OpenRequest request, Running& running) {
  request.record().user = std::move(caller.user);
  request.record().cost = NanoUsd{0};  // until an upstream is asked
  auto plan = stages_.router.candidates(chat);
  if (!plan) co_return co_await refused(std::move(request), plan.error());

  if (running.cancellation.cancelled()) {  // gone before anything was spent
    auto gone = Error{Code::client_closed, "the client closed the connection", ""};
    co_return co_await refused(std::move(request), std::move(gone));
  }
  resilience::Started attempted;
  auto started = co_await stages_.resilience.start(*plan, chat, attempted, running.cancellation);
  auto& record = request.record();
  if (attempted.provider != nullptr) {
    record.provider = attempted.provider->name;
    record.upstream_model = attempted.model;
  }
  auto tariff = stages_.tariffs.of(record.provider, record.upstream_model);
  if (!started) {
    if (attempted.provider != nullptr && may_have_charged(started.error())) {
      record.usage = prompt_usage(*tariff, chat);
      tariff->charge(record, {});
    }
    auto error = running.cut ? cut_error() : started.error();
    co_return co_await refused(std::move(request), std::move(error));
  }
  record.cost.reset();
  co_return Metered(std::move(started->events), std::move(request), chat, std::move(tariff));
}

// Settles a request that has no answer. Our own refusals cost nothing and are not waited for; what an upstream may have charged is.
net::Task<Error> Gateway::refused(OpenRequest request, Error error) {
  request.fail(error);
  if (request.record().outcome == record::Outcome::refused) {
    request.settle();
    co_return error;
  }
  auto durable = co_await request.settled();
  co_return durable ? error : durable.error();
}

net::Task<void> Gateway::deliver_plain(http::Exchange& exchange, Metered& answer, Running& running) {
  const RowId id = answer.request().record().id;
  const net::Cancellation::Scope scope(running.cancellation, [&answer] { answer.cancel(); });
  auto event = co_await answer.next();
  if (!event && running.cut) note_cut(answer.request().record(), cut_error().status());
  auto durable = co_await answer.settled();
  if (!durable) co_return co_await reply(exchange, durable.error(), id);
  if (!event) {
    auto error = running.cut ? cut_error() : event.error();
    co_return co_await reply(exchange, std::move(error), id);
  }
  auto response = head_of_answer(200, "application/json", id);
  response.body = (*event)->payload;
  co_await exchange.respond(std::move(response));
}

net::Task<void> Gateway::deliver_stream(http::Exchange& exchange, const chat::Chat& chat, Metered& answer, Running& running) {
  auto head = head_of_answer(200, "text/event-stream; charset=utf-8", answer.request().record().id);
  http::append_field(head.fields, "Cache-Control", "no-cache");
  http::append_field(head.fields, "X-Accel-Buffering", "no");
  exchange.begin(std::move(head));

  const net::Cancellation::Scope scope(running.cancellation, [&answer] { answer.cancel(); });
  std::string out, scratch;
  std::optional<Error> failed;
  for (bool more = true; more;) {
    auto event = co_await answer.next();
    if (!event) {
      failed = running.cut ? cut_error() : event.error();
      if (running.cut) note_cut(answer.request().record(), 200);
      break;
    }
    more = event->has_value();
    if (more && (chat.include_usage || !(*event)->only_usage)) {
      http::append_event(out, chat.include_usage ? (*event)->payload : wire::openai::without_usage(**event, scratch));
    }
    const bool flush = !more || !answer.ready() || out.size() >= batch_bytes;
    if (flush && !out.empty()) {
      const bool sent = co_await exchange.send(out);
      out.clear();
      if (!sent) running.cancellation.cancel();
    }
  }
  auto durable = co_await answer.settled();  // the terminal event waits for the row
  if (!failed && !durable) failed = durable.error();
  if (failed) co_return co_await end_stream_with(exchange, *failed, std::move(out));
  co_await exchange.finish(terminal_event);
}

// An error inside a 200: an event that says it, and no terminal event.
net::Task<void> Gateway::end_stream_with(http::Exchange& exchange, Error error, std::string pending) {
  if (error.code == Code::client_closed) {
    exchange.abort();
    co_return;
  }
  http::append_event(pending, wire::openai::encode_error(error));
  co_await exchange.finish(pending);
}

net::Task<void> Gateway::refuse(http::Exchange& exchange, Error error, record::Record record) {
  record.id = stages_.ledger.next_id();
  record.status = error.status();
  record.outcome = outcome_of(error);
  record.error_code = row(error.code).name;
  record.cost = NanoUsd{0};
  const RowId id = record.id;
  stages_.metrics.add(record);
  stages_.ledger.refused(std::move(record));
  co_await reply(exchange, std::move(error), id);
}

net::Task<void> Gateway::reply(http::Exchange& exchange, Error error, RowId id) {
  if (error.code == Code::client_closed) {
    exchange.abort();
    co_return;
  }
  auto response = error_response(error, id);
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

#include "engines/sim/service.hpp"

#include <algorithm>
#include <array>

#include "domain/wire/openai.hpp"
#include "engines/sim/embeddings.hpp"
#include "platform/http/sse.hpp"

namespace genai::sim {
namespace {

namespace wire = genai::wire::openai;

constexpr std::size_t batch = 16 * 1024;  // of events that are due at once, in one write
constexpr std::string_view models =
    R"({"object":"list","data":[{"id":"sim","object":"model","created":1735689600,"owned_by":"genai"},)"
    R"({"id":"sim-embedding","object":"model","created":1735689600,"owned_by":"genai"}]})";

enum class Route { chat, embeddings, models, health };

struct RouteRow {
  std::string_view path;
  std::string_view method;
  Route route;
};
constexpr std::array routes{RouteRow{"/v1/chat/completions", "POST", Route::chat}, RouteRow{"/v1/embeddings", "POST", Route::embeddings},
                            RouteRow{"/v1/models", "GET", Route::models}, RouteRow{"/health", "GET", Route::health}};

http::Response refusal(const Error& error) {
  http::Response response;
  response.status = error.status();
  response.body = wire::encode_error(error);
  return response;
}

http::Response json(std::string body) {
  http::Response response;
  response.body = std::move(body);
  return response;
}

http::Response event_stream() {
  http::Response response;
  response.content_type = "text/event-stream; charset=utf-8";
  http::append_field(response.fields, "Cache-Control", "no-cache");
  return response;
}

// "application/json", in any case, with or without parameters.
bool is_json(std::string_view content_type) {
  constexpr std::string_view wanted = "application/json";
  if (content_type.size() < wanted.size()) return false;
  const auto same = [](char lower, char c) { return lower == (c >= 'A' && c <= 'Z' ? c + 32 : c); };
  if (!std::equal(wanted.begin(), wanted.end(), content_type.begin(), same)) return false;
  return content_type.size() == wanted.size() || content_type[wanted.size()] == ';' || content_type[wanted.size()] == ' ';
}

// Which route a request takes, or why it takes none.
Result<Route> route_of(const http::RequestHead& head) {
  const auto* const row = std::find_if(routes.begin(), routes.end(), [&](const RouteRow& r) { return r.path == head.path; });
  if (row == routes.end()) return Error{Code::not_found, "there is nothing at this path", {}};
  if (row->method != head.method) return Error{Code::method_not_allowed, "this path takes " + std::string(row->method), {}};
  if (row->method == "POST" && !is_json(head.fields.find("content-type").value_or("")))
    return Error{Code::unsupported_media_type, "the body must be application/json", {}};
  return row->route;
}

http::Response refused_route(const http::RequestHead& head, const Error& error) {
  auto response = refusal(error);
  if (error.code == Code::method_not_allowed)
    for (const RouteRow& row : routes)
      if (row.path == head.path) http::append_field(response.fields, "Allow", row.method);
  return response;
}

// A cut is the server's doing unless the client has left.
Error told(const Error& error) {
  if (error.code != Code::client_closed) return error;
  return {Code::draining, "the server is shutting down", {}};
}

}  // namespace

// A source in the set of what can be cut, and told when its client leaves.
class Service::Running {
 public:
  Running(http::Exchange& exchange, Sources& among, providers::EventSource& source) : exchange_(exchange), among_(among), source_(source) {
    among_.insert(&source_);
    exchange_.on_hangup([&source] { source.cancel(); });
  }
  Running(const Running&) = delete;
  ~Running() {
    exchange_.on_hangup({});
    among_.erase(&source_);
  }

 private:
  http::Exchange& exchange_;
  Sources& among_;
  providers::EventSource& source_;
};

http::Response Service::reject(const Error& error) {
  auto response = refusal(error);
  response.close = true;
  return response;
}

void Service::cut_plain() {
  for (auto* source : plain_) source->cancel();
}

void Service::cut_streams() {
  for (auto* source : streams_) source->cancel();
}

net::Task<void> Service::close() { co_return; }

net::Task<void> Service::handle(http::Exchange& exchange) {
  const auto route = route_of(exchange.head());
  http::Response response;
  if (!route) {
    response = refused_route(exchange.head(), route.error());
  } else if (*route == Route::models) {
    response = json(std::string(models));
  } else if (*route == Route::health) {
    response = json(R"({"status":"ok"})");
  } else {
    auto body = co_await exchange.body();
    if (!body) {
      response = refusal(body.error());
    } else if (*route == Route::chat) {
      co_await chat(exchange, std::move(*body));
      co_return;
    } else {
      auto vectors = embed(*body, engine_.config().seed);
      response = vectors ? json(std::move(*vectors)) : refusal(vectors.error());
    }
  }
  co_await exchange.respond(std::move(response));
}

net::Task<void> Service::chat(http::Exchange& exchange, std::string body) {
  constexpr providers::Deadlines none{MonoTime::max(), Nanoseconds(0), Nanoseconds(0), MonoTime::max()};
  const auto chat = wire::decode_chat(std::move(body));
  if (!chat) {
    auto response = refusal(chat.error());
    co_await exchange.respond(std::move(response));
    co_return;
  }
  const auto source = engine_.start(*chat, chat->model, chat->include_usage, none);
  if (!source) {
    auto response = refusal(source.error());
    co_await exchange.respond(std::move(response));
    co_return;
  }
  const Running running(exchange, chat->stream ? streams_ : plain_, **source);
  if (chat->stream) co_await stream(exchange, **source);
  else co_await answer(exchange, **source);
}

net::Task<void> Service::answer(http::Exchange& exchange, providers::EventSource& source) {
  const auto event = co_await source.next();
  auto response = event ? json(std::string((*event)->payload)) : refusal(told(event.error()));
  co_await exchange.respond(std::move(response));
}

// One write a token when they are paced; what is due at the same time goes together.
net::Task<void> Service::stream(http::Exchange& exchange, providers::EventSource& source) {
  std::string out;
  for (;;) {
    const auto event = co_await source.next();
    if (!exchange.begun()) exchange.begin(event_stream());
    if (!event) {
      if (!exchange.hung_up()) {
        http::append_event(out, wire::encode_error(told(event.error())));
        co_await exchange.send(out);
      }
      exchange.abort();
      co_return;
    }
    if (!*event) break;
    http::append_event(out, (*event)->payload);
    if (source.ready() && out.size() < batch) continue;
    const bool here = co_await exchange.send(out);
    if (!here) co_return;
    out.clear();
  }
  http::append_event(out, "[DONE]");
  co_await exchange.finish(out);
}

}  // namespace genai::sim

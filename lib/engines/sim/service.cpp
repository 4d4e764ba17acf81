#include "engines/sim/service.hpp"

#include <algorithm>
#include <array>

#include "domain/wire/dialect.hpp"

namespace genai::sim {
namespace {

constexpr std::size_t batch = 16 * 1024;  // of events that are due at once, in one write
constexpr std::string_view models =
    R"({"object":"list","data":[{"id":"sim","object":"model","created":1735689600,"owned_by":"genai"},)"
    R"({"id":"sim-embedding","object":"model","created":1735689600,"owned_by":"genai"}]})";

// Where questions are put, and in which dialect.
struct Surface {
  std::string_view path;
  chat::Dialect dialect;
};
constexpr std::array surfaces{Surface{"/v1/chat/completions", chat::Dialect::chat_completions}, Surface{"/v1/completions", chat::Dialect::completions},
                              Surface{"/v1/responses", chat::Dialect::responses},               Surface{"/v1/messages", chat::Dialect::messages},
                              Surface{"/v1/messages/count_tokens", chat::Dialect::count_tokens}, Surface{"/v1/embeddings", chat::Dialect::embeddings},
                              Surface{"/v1/moderations", chat::Dialect::moderations},            Surface{"/v1/rerank", chat::Dialect::rerank}};
struct Page {
  std::string_view path;
  std::string_view body;
};
constexpr std::array pages{Page{"/v1/models", models}, Page{"/health", R"({"status":"ok"})"}};

const Surface* surface_at(std::string_view path) {
  const auto* const found = std::find_if(surfaces.begin(), surfaces.end(), [path](const Surface& surface) { return surface.path == path; });
  return found == surfaces.end() ? nullptr : found;
}

const Page* page_at(std::string_view path) {
  const auto* const found = std::find_if(pages.begin(), pages.end(), [path](const Page& page) { return page.path == path; });
  return found == pages.end() ? nullptr : found;
}

http::Response json(std::string body) {
  http::Response response;
  response.body = std::move(body);
  return response;
}

http::Response event_stream(std::string_view type) {
  http::Response response;
  response.content_type = type;
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

http::Response Service::refusal(const Error& error, Voice voice) {
  http::Response response;
  response.status = voice.native ? error.status() : wire::error_status(voice.dialect, error);
  response.body = voice.native ? encode_native_error(*voice.native, error) : wire::encode_error(voice.dialect, error);
  return response;
}

http::Response Service::reject(const Error& error) {
  auto response = refusal(error, Voice());
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
  const auto& head = exchange.head();
  const auto* const surface = surface_at(head.path);
  const auto* const page = page_at(head.path);
  const auto native = native_route(native_, head.path);
  const bool asks = surface != nullptr || native;
  if (asks && head.method == "POST") {
    const Voice voice{surface != nullptr ? surface->dialect : chat::Dialect::application, native, exchange.loop().now()};
    co_await ask(exchange, voice);
    co_return;
  }
  http::Response response;
  if (page != nullptr && head.method == "GET") {
    response = json(std::string(page->body));
  } else if (!asks && page == nullptr) {
    response = refusal({Code::not_found, "there is nothing at this path", {}}, Voice());
  } else {
    const std::string_view allow = asks ? "POST" : "GET";
    response = refusal({Code::method_not_allowed, "this path takes " + std::string(allow), {}}, Voice());
    http::append_field(response.fields, "Allow", allow);
  }
  co_await exchange.respond(std::move(response));
}

net::Task<void> Service::ask(http::Exchange& exchange, Voice voice) {
  constexpr providers::Deadlines none{MonoTime::max(), Nanoseconds(0), Nanoseconds(0), MonoTime::max()};
  auto chat = co_await read(exchange, voice);
  auto source = Result<std::unique_ptr<providers::EventSource>>(Error{});
  if (chat) source = engine_.answer(*chat, chat->model, none);
  else source = chat.error();
  if (!source) {
    auto response = refusal(source.error(), voice);
    co_await exchange.respond(std::move(response));
    co_return;
  }
  const Running running(exchange, chat->stream ? streams_ : plain_, **source);
  const auto says = encoder(*chat, voice);
  if (chat->stream) co_await stream(exchange, **source, *says, voice);
  else co_await whole(exchange, **source, *says, voice);
}

std::unique_ptr<wire::Encoder> Service::encoder(const chat::Chat& chat, Voice voice) {
  const auto now = std::chrono::time_point_cast<std::chrono::seconds>(engine_.loop().clock().wall_now()).time_since_epoch().count();
  if (voice.native) return make_native_encoder(*voice.native, chat.model, now);
  return wire::make_encoder(chat, wire::Identity{"sim" + std::to_string(++answers_), chat.model, now});
}

net::Task<Result<chat::Chat>> Service::read(http::Exchange& exchange, Voice voice) {
  // Ollama does not look at what its clients say that they send.
  if (!voice.native && !is_json(exchange.head().fields.find("content-type").value_or(""))) co_return Error{Code::unsupported_media_type, "the body must be application/json", {}};
  auto body = co_await exchange.body();
  if (!body) co_return body.error();
  if (voice.native) co_return decode_native(*voice.native, *body);
  co_return wire::decode(voice.dialect, std::move(*body));
}

net::Task<void> Service::whole(http::Exchange& exchange, providers::EventSource& source, wire::Encoder& encoder, Voice voice) {
  const auto event = co_await source.next();
  http::Response response;
  if (event) {
    std::string body;
    encoder.whole(**event, {(*event)->usage.value_or(chat::Usage{}), exchange.loop().now() - voice.began}, body);
    response = json(std::move(body));
  } else {
    response = refusal(told(event.error()), voice);
  }
  co_await exchange.respond(std::move(response));
}

// One write a token when they are paced; what is due at the same time goes together.
net::Task<void> Service::stream(http::Exchange& exchange, providers::EventSource& source, wire::Encoder& encoder, Voice voice) {
  const auto type = voice.native ? native_stream_type(*voice.native) : "text/event-stream; charset=utf-8";
  std::string out;
  wire::Ending ending;
  for (;;) {
    const auto event = co_await source.next();
    if (!exchange.begun()) exchange.begin(event_stream(type));
    if (!event) {
      if (!exchange.hung_up()) {
        encoder.fail(told(event.error()), out);
        co_await exchange.send(out);
      }
      exchange.abort();
      co_return;
    }
    if (!*event) break;
    if ((*event)->usage) ending.usage = *(*event)->usage;
    encoder.event(**event, out);
    if (out.empty() || (source.ready() && out.size() < batch)) continue;
    const bool here = co_await exchange.send(out);
    if (!here) co_return;
    out.clear();
  }
  ending.elapsed = exchange.loop().now() - voice.began;
  encoder.end(ending, out);
  co_await exchange.finish(out);
}

}  // namespace genai::sim

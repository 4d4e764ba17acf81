// A server in virtual time with a handler whose behaviour the path chooses.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "fakes/wire.hpp"
#include "platform/http/server.hpp"
#include "platform/net/loop.hpp"

namespace genai::http {

class PathHandler final : public Handler {
 public:
  std::vector<std::string> seen;   // "METHOD target" of each request
  std::size_t left = 0;            // hang-ups told
  std::size_t pieces = 0;          // of streams, sent
  net::Signal release;             // lets /wait go on

  net::Task<void> handle(Exchange& exchange) override {
    const auto& head = exchange.head();
    const std::string path(head.path);
    seen.push_back(std::string(head.method) + " " + std::string(head.target));
    if (path == "/unread") co_await answer(exchange, "unread");
    else if (path == "/wait") co_await wait(exchange);
    else if (path == "/stream") co_await stream(exchange);
    else if (path == "/endless") co_await endless(exchange);
    else if (path == "/abort") co_await abort(exchange);
    else co_await echo(exchange);
  }
  Response reject(const Error& error) override {
    Response response;
    response.status = error.status();
    response.content_type = "text/plain";
    response.body = std::string(row(error.code).name) + ": " + error.what;
    return response;
  }

 private:
  static net::Task<void> answer(Exchange& exchange, std::string text) {
    Response response;
    response.content_type = "text/plain";
    response.body = std::move(text);
    co_await exchange.respond(std::move(response));
  }
  net::Task<void> echo(Exchange& exchange) {
    const auto method = exchange.head().method;  // views hold across body()
    auto body = co_await exchange.body();
    if (body) co_await answer(exchange, "[" + std::string(method) + " " + std::string(exchange.head().target) + " " + *body + "]");
    else co_await exchange.respond(reject(body.error()));
  }
  net::Task<void> wait(Exchange& exchange) {
    const auto method = exchange.head().method;
    auto body = co_await exchange.body();
    exchange.on_hangup([this] {
      ++left;
      release.fire();
    });
    if (!exchange.hung_up()) co_await release;
    exchange.on_hangup(nullptr);
    co_await answer(exchange, "waited " + std::string(method) + std::to_string(body ? body->size() : 0));
  }
  net::Task<void> stream(Exchange& exchange) {
    Response head;
    head.content_type = "text/event-stream";
    exchange.begin(std::move(head));
    co_await exchange.send("one");
    co_await exchange.send("");
    co_await exchange.send("two, of sixteen!");
    co_await exchange.finish("end");
  }
  net::Task<void> endless(Exchange& exchange) {
    exchange.on_hangup([this] { ++left; });
    exchange.begin(Response());
    const std::string piece(16 * 1024, 'x');
    for (bool open = true; open;) {
      open = co_await exchange.send(piece);
      if (open) ++pieces;
    }
    exchange.on_hangup(nullptr);
    exchange.abort();
  }
  static net::Task<void> abort(Exchange& exchange) {
    exchange.begin(Response());
    co_await exchange.send("part");
    exchange.abort();
  }
};

struct ServerFixture {
  explicit ServerFixture(Limits limits = {}, Timeouts timeouts = {}) : server(loop, handler, limits, timeouts) {}
  ~ServerFixture() {
    for (auto& wire : wires) wire->close();
    server.drain();
    server.cut();
    loop.advance(std::chrono::minutes(5));
  }
  // The client's end. Without `greedy` it reads only when told.
  fakes::Wire& connect(bool greedy = true) {
    auto [near, far] = net::make_stream_pair(loop);
    wires.push_back(std::make_unique<fakes::Wire>(std::move(near), greedy));
    server.serve(std::move(far));
    return *wires.back();
  }
  // What comes back to `bytes` sent at once.
  std::string answer(std::string_view bytes) {
    auto& wire = connect();
    wire.send(bytes);
    loop.settle();
    return wire.received();
  }

  net::VirtualClock clock;
  net::VirtualLoop loop{clock};
  PathHandler handler;
  Server server;
  std::vector<std::unique_ptr<fakes::Wire>> wires;
};

inline int status_of(std::string_view answer) {
  return answer.size() > 12 && answer.starts_with("HTTP/1.1 ") ? std::stoi(std::string(answer.substr(9, 3))) : 0;
}
inline std::size_t count_of(std::string_view text, std::string_view part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

}  // namespace genai::http

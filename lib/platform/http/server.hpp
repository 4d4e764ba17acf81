// An HTTP/1.1 server on one loop: framing, keep-alive, limits, time-outs. What is asked is the handler's business.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "platform/http/head.hpp"
#include "platform/http/limits.hpp"
#include "platform/net/stream.hpp"

namespace genai::http {

// A header line to send, "Name: value\r\n" without validation: names and values are ours, or were checked.
void append_field(std::string& to, std::string_view name, std::string_view value);

struct Response {
  int status = 200;
  std::string_view content_type = "application/json";
  std::string fields;   // further lines made by append_field
  std::string body;
  bool close = false;   // end the connection afterwards
};

// One request and its one answer, confined to the connection's loop. Valid while the handler's task runs.
class Exchange {
 public:
  virtual ~Exchange() = default;
  virtual const RequestHead& head() const = 0;
  virtual net::Loop& loop() = 0;
  virtual std::string peer() const = 0;

  // The whole body; sends 100 Continue first when that is awaited. payload_too_large, bad_chunk, request_timeout, client_closed end the connection after
  // the answer. Once only.
  virtual net::Task<Result<std::string>> body() = 0;

  // Sends a whole answer. False: the client is gone.
  virtual net::Task<bool> respond(Response response) = 0;

  // Sends an answer in pieces: begin() only remembers the head, which leaves with the first piece. finish() may carry the last piece.
  // False: the client is gone, nothing more is sent.
  virtual void begin(Response head) = 0;
  virtual net::Task<bool> send(std::string_view piece) = 0;
  virtual net::Task<bool> finish(std::string_view last_piece) = 0;
  // Ends the connection without a terminal chunk, so that the client cannot take what it has for complete.
  virtual void abort() = 0;
  virtual bool begun() const = 0;

  // `left` is called once, on the loop, when the client ends or resets the connection while the handler runs. Empty: no longer.
  virtual void on_hangup(std::function<void()> left) = 0;
  virtual bool hung_up() const = 0;

  // What the log's line about this exchange shall say besides: members of a JSON object without its braces, `"model":"x","tokens":3`. Once at
  // most, before the handler returns. Where nothing is logged it goes nowhere.
  virtual void annotate(std::string /*json_members*/) {}
};

class Handler {
 public:
  virtual ~Handler() = default;
  // Must answer (respond, or begin .. finish or abort) before it returns.
  virtual net::Task<void> handle(Exchange& exchange) = 0;
  // The answer to a request that could not be read; `error` says why. The connection closes afterwards.
  virtual Response reject(const Error& error) = 0;
};

struct ServerCounts {
  std::size_t connections = 0;
  std::size_t active = 0;  // with a request under way
};

class Server {
 public:
  Server(net::Loop& loop, Handler& handler, Limits limits, Timeouts timeouts);
  ~Server();  // only after stop() has ended
  // Takes one connection over.
  void serve(std::unique_ptr<net::Stream> stream);
  // Idle connections close, the others after their answer, which says `Connection: close`.
  void drain();
  // Waits until no connection is left; drain() must have been called.
  net::Task<void> ended();
  // Cuts what still runs: handlers see a hang-up.
  void cut();
  ServerCounts counts() const;

 private:
  class Connection;
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace genai::http

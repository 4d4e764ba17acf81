// An HTTP/1.1 client on one loop: pooled connections, one request at a time on each, strict about what comes back.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/error.hpp"
#include "platform/http/head.hpp"
#include "platform/http/proxy.hpp"
#include "platform/net/cancellation.hpp"
#include "platform/net/stream.hpp"
#include "platform/tls/tls.hpp"

namespace genai::http {

// "http://host:port/path" or "https://..." taken apart. Userinfo and fragments are refused.
struct Url {
  net::Endpoint endpoint;  // the port is the scheme's own, 80 or 443, if none is written
  bool tls = false;        // https
  std::string authority;  // for Host
  std::string path;       // starts with '/', no trailing one unless it is alone; query kept
};
Result<Url> parse_url(std::string_view text);

// Where requests go, whose word counts that it is really there, and the way. An endpoint alone is plain HTTP, directly.
struct Target {
  Target(net::Endpoint to, std::shared_ptr<const tls::Trust> believed = nullptr, std::shared_ptr<const Proxy> through = nullptr)
      : endpoint(std::move(to)), trust(std::move(believed)), tunnel(std::move(through)) {}
  net::Endpoint endpoint;                    // its host is the name that the server's certificate must have
  std::shared_ptr<const tls::Trust> trust;   // null: without TLS
  std::shared_ptr<const Proxy> tunnel;       // through which the endpoint is reached; null: directly
  friend bool operator==(const Target&, const Target&) = default;
};

// The answer to one request. Owns its connection until the body has been read to its end, which returns it to the pool; destroyed earlier,
// the connection closes.
class Answer {
 public:
  virtual ~Answer() = default;
  virtual const ResponseHead& head() const = 0;
  // The next piece of the body, its framing and content coding undone; empty at its clean end. Valid until the next call. upstream_incomplete when
  // the connection ends early, upstream_protocol when framing or coding are broken, upstream_timeout when nothing came until `deadline`.
  virtual net::Task<Result<std::string_view>> read(MonoTime deadline) = 0;
  // The next piece if it is here already: another read() that does not wait. Empty: none, the end, or an error that read() will tell.
  virtual std::string_view buffered() = 0;
  // A waiting read() ends with client_closed. Idempotent.
  virtual void cancel() = 0;
};

struct ClientConfig {
  std::size_t max_idle = 256;                      // pooled connections kept per endpoint
  std::chrono::milliseconds idle_limit{30'000};    // shorter than any server's keep-alive
  Limits limits;
};

class Client {
 public:
  explicit Client(net::Network& network, ClientConfig config = {});
  ~Client();
  // Sends `head` (request line and fields with their empty line) and `body`, and waits for the final answer's head, past 1xx ones. A pooled
  // connection that turns out dead before any byte came back is replaced once. Connections are shared by those who believe the same trust;
  // the TLS handshake must be over at `connect_by`, too. upstream_unreachable, upstream_timeout, upstream_protocol,
  // client_closed once cancelled.
  net::Task<Result<std::unique_ptr<Answer>>> send(Target to, std::string head, std::string body, MonoTime connect_by, MonoTime head_by,
                                                  net::Cancellation& cancellation);
  // Gives back an answer whose rest does not matter (the terminal event was seen): in the background it is read to its end, for at most a second,
  // so that the connection can serve again.
  void finish(std::unique_ptr<Answer> answer);
  std::size_t idle() const;
  // Runs work of somebody who uses this client, such as fetching a token, beside all requests. close() cancels it and waits for its end. What runs is
  // made by `work`, whose argument lives as long.
  void run_beside(const std::function<net::Task<void>(net::Cancellation&)>& work);
  // Closes pooled connections and waits for what runs in the background.
  net::Task<void> close();

 private:
  class Lease;
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace genai::http

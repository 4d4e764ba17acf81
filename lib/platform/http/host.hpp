// A process that serves HTTP: loops on threads, listeners, signals, and the order of an orderly end.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "platform/http/server.hpp"
#include "platform/net/address.hpp"
#include "platform/net/io_loop.hpp"
#include "platform/tls/tls.hpp"

namespace genai::http {

struct HostConfig {
  net::Endpoint listen;
  unsigned threads = 0;                     // 0: one per processor
  Limits limits;
  Timeouts timeouts;
  std::size_t max_connections = 20'000;     // in total: beyond, accepting pauses
  std::size_t max_per_address = 1'000;      // beyond, 503 and close; loopback exempt
  std::chrono::milliseconds drain_plain{30'000};
  std::chrono::milliseconds drain_streams{300'000};
  std::chrono::milliseconds drain_last{5'000};  // for error events and rows after that
  tls::Server* tls = nullptr;               // what is spoken on the listener; outlives the host. Null: plain HTTP
  // Connections begin with a PROXY protocol header, version 2, and come from these addresses alone; others are closed without a word. The client that
  // the header names is the peer from then on: its address has the share of connections.
  std::optional<net::AddressSet> proxy_protocol;
  std::chrono::milliseconds proxy_header{5'000};  // for that header to arrive
};

// What is served on one loop. Made, used and destroyed on that loop's thread.
class Site : public Handler {
 public:
  // The server is to end: not ready from now on. Returns how long to go on accepting, for those who still send requests here.
  virtual Nanoseconds drain() = 0;
  // The time for plain answers, then for streams, is over: end them, with an error that the client sees.
  virtual void cut_plain() = 0;
  virtual void cut_streams() = 0;
  // No connection is left: end what runs in the background.
  virtual net::Task<void> close() = 0;
};

// A snapshot for metrics.
struct HostState {
  std::size_t connections = 0;
  std::uint64_t connections_refused = 0;  // told 503: their address had its share
  std::uint64_t accept_pauses = 0;        // the process was out of descriptors
  std::uint64_t unannounced = 0;          // closed: no PROXY protocol header came, or not from a trusted proxy
};

class Host {
 public:
  Host(const Clock& clock, HostConfig config);
  ~Host();

  // Binds every listener. Fails with environment when the address is taken, naming the holder.
  Result<net::Endpoint> open();
  // A second door, on the first loop, for the owner of the process: not counted, and open until that loop's other connections have ended. After open().
  Result<net::Endpoint> open_beside(const net::Endpoint& at, std::function<std::unique_ptr<Handler>(Site&)> make_handler);
  std::size_t loops() const;
  net::IoLoop& loop(std::size_t index);

  // Serves until SIGTERM or SIGINT has been obeyed: first signal: drain; second: cut and go. `ready` is called once, when every loop accepts.
  // Blocks. Returns when all threads have ended.
  void run(const std::function<std::unique_ptr<Site>(net::IoLoop&)>& make_site, const std::function<void()>& ready);
  // `reopen` is called on the first loop for each SIGHUP, which otherwise ends the process. Before run().
  void on_hangup(std::function<void()> reopen);
  // As the first signal would. Any thread.
  void drain();
  // Any thread, while run() runs.
  HostState state() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace genai::http

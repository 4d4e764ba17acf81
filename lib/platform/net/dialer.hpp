// From an endpoint to a connection: names, several addresses, and the race between them (RFC 8305, Happy Eyeballs).
//
// Addresses are tried in the resolver's order with the families taking turns. The next one starts when the one before has failed or a quarter of a
// second has passed; the first connection wins and the others are closed. When all known addresses are dead, the name is looked up once more.
#pragma once

#include <memory>
#include <string>

#include "platform/net/egress.hpp"
#include "platform/net/names.hpp"
#include "platform/net/stream.hpp"

namespace genai::net {

// What a dialer stands on; the narrow interface behind which tests put addresses of their own.
class Sockets {
 public:
  virtual ~Sockets() = default;
  virtual Loop& loop() = 0;
  // As Names::LookUp says.
  virtual void look_up(const std::string& host, std::function<void(Result<Addresses>)> done) = 0;
  // One attempt at one place: a numeric address or a Unix socket. The error's text is the bare reason. Ends as soon as the loop turns once cancelled.
  virtual Task<Result<std::unique_ptr<Stream>>> attempt(Endpoint numeric, MonoTime deadline, Cancellation& cancellation) = 0;
};

class Dialer {
 public:
  explicit Dialer(Sockets& sockets);

  static constexpr std::chrono::milliseconds attempt_delay{250};

  // From now on nothing is connected to but what the rules allow.
  void allow_only(std::shared_ptr<const Egress> rules) { rules_ = std::move(rules); }
  // As Network::connect.
  Task<Result<std::unique_ptr<Stream>>> connect(Endpoint to, MonoTime deadline, Cancellation& cancellation);

 private:
  struct Race;
  Task<Result<std::unique_ptr<Stream>>> connect_to_name(const Endpoint& to, MonoTime deadline, Cancellation& cancellation);
  Task<Result<std::unique_ptr<Stream>>> race(Addresses addresses, std::uint16_t port, MonoTime deadline, Cancellation& cancellation);
  static Task<void> run(Race& race, std::size_t index);
  Result<Addresses> allowed(const Endpoint& to, Addresses addresses) const;

  Sockets& sockets_;
  Names names_;
  std::shared_ptr<const Egress> rules_;  // null: everything is allowed
};

// The families taking turns, each in its own order, the first address's family first.
Addresses interleaved(const Addresses& addresses);

}  // namespace genai::net

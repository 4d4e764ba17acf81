#include "platform/net/dialer.hpp"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

namespace genai::net {
namespace {

Error client_closed() { return Error{Code::client_closed, "the client closed the connection", ""}; }
Error no_connection(const Endpoint& to, const std::string& why) { return Error{Code::upstream_unreachable, "cannot connect to " + to.text() + ": " + why, ""}; }
Error not_allowed(const Endpoint& to, const std::string& what) { return no_connection(to, what + " egress.allow"); }

}  // namespace

Addresses interleaved(const Addresses& addresses) {
  if (addresses.empty()) return {};
  const bool first_v4 = addresses.front().is_v4();
  std::vector<IpAddress> one, other, result;
  for (const auto& address : addresses) (address.is_v4() == first_v4 ? one : other).push_back(address);
  for (std::size_t i = 0; i < std::max(one.size(), other.size()); ++i) {
    if (i < one.size()) result.push_back(one[i]);
    if (i < other.size()) result.push_back(other[i]);
  }
  return result;
}

// One race: its attempts, and what they came to.
struct Dialer::Race {
  Race(Sockets& over, Addresses to, std::uint16_t at, MonoTime by) : sockets(over), addresses(std::move(to)), port(at), deadline(by), attempts(std::make_shared<std::vector<Cancellation>>(addresses.size())) {}

  // The last attempt to end may end the race, and with it this object.
  void cancel() {
    const auto all = attempts;
    for (auto& attempt : *all) attempt.cancel();
  }

  Sockets& sockets;
  const Addresses addresses;
  const std::uint16_t port;
  const MonoTime deadline;
  const std::shared_ptr<std::vector<Cancellation>> attempts;
  TaskGroup tasks;
  Signal turn;
  std::size_t running = 0;
  MonoTime due{};  // of the next attempt
  std::unique_ptr<Stream> winner;
  std::string why = "no address";
};

Dialer::Dialer(Sockets& sockets) : sockets_(sockets), names_(sockets.loop(), [&sockets](const std::string& host, auto done) { sockets.look_up(host, std::move(done)); }) {}

Task<Result<std::unique_ptr<Stream>>> Dialer::connect(Endpoint to, MonoTime deadline, Cancellation& cancellation) {
  if (cancellation.cancelled()) co_return client_closed();
  if (rules_ && rules_->judge(to) == Egress::Verdict::refused) co_return not_allowed(to, "it is not in");
  const bool numeric = to.is_unix() || IpAddress::parse(to.host);
  auto stream = numeric ? sockets_.attempt(to, deadline, cancellation) : connect_to_name(to, deadline, cancellation);
  auto result = co_await stream;
  if (cancellation.cancelled()) co_return client_closed();
  if (!result && numeric) co_return no_connection(to, result.error().what);
  co_return result;
}

Task<Result<std::unique_ptr<Stream>>> Dialer::connect_to_name(const Endpoint& to, MonoTime deadline, Cancellation& cancellation) {
  Addresses tried;
  auto age = Names::Age::any;
  std::string why;
  for (;;) {
    auto found = co_await names_.find(to.host, age, deadline, cancellation);
    if (!found && tried.empty()) co_return found.error();
    if (!found || *found == tried) break;
    tried = *found;
    auto allowed_ones = allowed(to, std::move(*found));
    if (!allowed_ones) co_return allowed_ones.error();
    auto stream = co_await race(std::move(*allowed_ones), to.port, deadline, cancellation);
    if (stream || cancellation.cancelled()) co_return stream;
    why = stream.error().what;
    if (age == Names::Age::new_ || sockets_.loop().now() >= deadline) break;
    age = Names::Age::new_;
  }
  co_return no_connection(to, why);
}

Result<Addresses> Dialer::allowed(const Endpoint& to, Addresses addresses) const {
  if (!rules_ || rules_->judge(to) == Egress::Verdict::allowed) return addresses;
  std::erase_if(addresses, [&](const IpAddress& address) { return !rules_->allows(address, to.port); });
  if (addresses.empty()) return not_allowed(to, "neither its name nor any of its addresses is in");
  return addresses;
}

Task<Result<std::unique_ptr<Stream>>> Dialer::race(Addresses addresses, std::uint16_t port, MonoTime deadline, Cancellation& cancellation) {
  auto& loop = sockets_.loop();
  Race race(sockets_, interleaved(addresses), port, deadline);
  Timer timer(loop, [&race] { race.turn.fire(); });
  {
    const Cancellation::Scope scope(cancellation, [&race] { race.cancel(); });
    std::size_t next = 0;
    while (!race.winner && !cancellation.cancelled() && loop.now() < deadline) {
      const bool left = next < race.addresses.size();
      if (left && (race.running == 0 || loop.now() >= race.due)) {
        race.due = loop.now() + attempt_delay;
        ++race.running;
        race.tasks.spawn(run(race, next++));
        continue;
      }
      if (race.running == 0) break;
      if (left) timer.set(race.due);
      co_await race.turn;
      timer.clear();
    }
  }
  race.cancel();
  co_await race.tasks.join();
  if (race.winner) co_return std::move(race.winner);
  co_return Error{Code::upstream_unreachable, loop.now() >= deadline ? "no connection in time" : race.why, ""};
}

Task<void> Dialer::run(Race& race, std::size_t index) {
  Endpoint to{race.addresses[index].text(), race.port};
  auto stream = co_await race.sockets.attempt(std::move(to), race.deadline, (*race.attempts)[index]);
  --race.running;
  if (stream && !race.winner) race.winner = std::move(*stream);
  if (!stream) {
    race.why = stream.error().what;
    race.due = race.sockets.loop().now();
  }
  race.turn.fire();
}

}  // namespace genai::net

// The addresses of names as one loop knows them: looked up once for all who wait, kept for a while, looked up again.
//
// The system's resolver does not say how long an answer holds, so a name is asked for again after half a minute. While that goes on, and when it
// fails, the addresses from before serve: a resolver that is down must not take down what runs. Who found them all dead asks for new ones.
#pragma once

#include <coroutine>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "platform/net/address.hpp"
#include "platform/net/cancellation.hpp"
#include "platform/net/loop.hpp"

namespace genai::net {

// What a resolver says of a name: its addresses in the order of preference, none twice.
using Addresses = std::vector<IpAddress>;

class Names {
 public:
  // Asks a resolver; `done` is called on the loop, at any time, or never.
  using LookUp = std::function<void(const std::string& host, std::function<void(Result<Addresses>)> done)>;
  Names(Loop& loop, LookUp look_up);
  ~Names();

  static constexpr std::chrono::seconds holds{30};        // then a name is looked up again, and what is known serves meanwhile
  static constexpr std::chrono::minutes serves{10};       // that long, when no look-up succeeds
  static constexpr std::chrono::seconds least_between{1};  // look-ups because addresses were dead
  static constexpr std::size_t most_names = 256;           // remembered; beyond, the one that was looked up first is forgotten

  enum class Age {
    any,  // what is known will do
    new_  // what is known is dead: only what was looked up since, or within `least_between`
  };
  // Fails with upstream_unreachable when the look-up does, or takes until after `deadline`, or when there is no address; client_closed once cancelled.
  Task<Result<Addresses>> find(std::string host, Age age, MonoTime deadline, Cancellation& cancellation);

 private:
  struct Waiter;
  struct Name;
  class Wait;
  void start(const std::string& host, Name& name);
  void found(const std::string& host, Result<Addresses> addresses);
  void make_room();

  Loop& loop_;
  const LookUp look_up_;
  std::map<std::string, Name, std::less<>> names_;
};

}  // namespace genai::net

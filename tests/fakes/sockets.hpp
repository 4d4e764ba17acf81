// Names and addresses in memory and in virtual time: a resolver that a test answers for, and places that connect, refuse or stay silent.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "platform/net/dialer.hpp"
#include "platform/net/memory.hpp"

namespace genai::fakes {

class Sockets final : public net::Sockets {
 public:
  explicit Sockets(net::Loop& loop) : loop_(loop) {}

  // Look-ups of the name are answered at once with these; without any, they fail.
  void name(const std::string& host, const std::vector<std::string>& texts) {
    auto& addresses = names_[host];
    addresses.clear();
    for (const auto& text : texts) addresses.push_back(*net::IpAddress::parse(text));
  }
  // Look-ups wait from now on until answer() is called.
  void hold_look_ups() { holding_ = true; }
  void answer() {
    holding_ = false;
    for (auto& [host, done] : std::exchange(held_, {})) tell(host, done);
  }
  // Connecting there succeeds after so long; where nothing is said it is refused at once.
  void connects(const std::string& place, Nanoseconds after = {}) { delays_[place] = after; }
  void refuses(const std::string& place) { delays_.erase(place); }
  void swallows(const std::string& place) { silent_.insert(place); }

  std::vector<std::string> look_ups;   // by name, in their order
  std::vector<std::string> attempts;   // by place
  std::vector<std::string> abandoned;  // attempts that were cancelled
  std::vector<std::unique_ptr<net::Stream>> far_ends;

  net::Loop& loop() override { return loop_; }
  void look_up(const std::string& host, std::function<void(Result<net::Addresses>)> done) override {
    look_ups.push_back(host);
    if (holding_) held_.emplace_back(host, std::move(done));
    else tell(host, done);
  }
  net::Task<Result<std::unique_ptr<net::Stream>>> attempt(net::Endpoint numeric, MonoTime deadline, net::Cancellation& cancellation) override {
    const auto place = numeric.text();
    attempts.push_back(place);
    const auto delay = delays_.find(place);
    const bool silent = silent_.contains(place);
    if (!silent && delay == delays_.end()) co_return Error{Code::upstream_unreachable, "Connection refused", ""};
    const auto ready = silent ? deadline : std::min(deadline, loop_.now() + delay->second);
    if (ready > loop_.now()) {
      net::Signal over;
      net::Timer timer(loop_, [&over] { over.fire(); });
      timer.set(ready);
      const net::Cancellation::Scope scope(cancellation, [&over] { over.fire(); });
      co_await over;
    }
    if (cancellation.cancelled()) abandoned.push_back(place);
    if (cancellation.cancelled() || loop_.now() >= deadline) co_return Error{Code::upstream_unreachable, "no connection in time", ""};
    auto [near, far] = net::make_stream_pair(loop_);
    far_ends.push_back(std::move(far));
    connected = place;
    co_return std::move(near);
  }
  std::string connected;  // the last place that was

 private:
  void tell(const std::string& host, const std::function<void(Result<net::Addresses>)>& done) {
    const auto known = names_.find(host);
    if (known == names_.end() || known->second.empty()) done(Error{Code::upstream_unreachable, "cannot resolve '" + host + "': not known", ""});
    else done(known->second);
  }
  net::Loop& loop_;
  std::map<std::string, net::Addresses> names_;
  std::map<std::string, Nanoseconds> delays_;
  std::set<std::string> silent_;
  bool holding_ = false;
  std::vector<std::pair<std::string, std::function<void(Result<net::Addresses>)>>> held_;
};

}  // namespace genai::fakes

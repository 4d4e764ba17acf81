#include "platform/net/names.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace genai::net {

// Who waits for a look-up, and may give up: whoever comes second finds the handle gone.
struct Names::Waiter {
  std::coroutine_handle<> handle;
  std::optional<Result<Addresses>> found;
};

struct Names::Name {
  Addresses addresses;
  MonoTime found_at{};   // of the addresses
  bool looking = false;
  std::vector<std::shared_ptr<Waiter>> waiters;
};

// co_await Wait(...): until the look-up under way has come to something, the deadline or the cancellation.
class Names::Wait {
 public:
  Wait(Loop& loop, Name& name, const std::string& host, MonoTime deadline, Cancellation& cancellation)
      : host_(host), timer_(loop, [this] { give_up(); }), scope_(cancellation, [this] { give_up(); }), cancelled_(cancellation.cancelled()) {
    if (cancelled_) return;
    name.waiters.push_back(waiter_);
    timer_.set(deadline);
  }
  bool await_ready() const noexcept { return cancelled_; }
  void await_suspend(std::coroutine_handle<> handle) noexcept { waiter_->handle = handle; }
  Result<Addresses> await_resume() {
    timer_.clear();
    if (waiter_->found) return *std::move(waiter_->found);
    return Error{Code::upstream_unreachable, "resolving '" + host_ + "' took too long", ""};
  }

 private:
  void give_up() {
    if (auto handle = std::exchange(waiter_->handle, {})) handle.resume();
  }
  const std::string& host_;
  const std::shared_ptr<Waiter> waiter_ = std::make_shared<Waiter>();
  Timer timer_;
  Cancellation::Scope scope_;
  const bool cancelled_;
};

Names::Names(Loop& loop, LookUp look_up) : loop_(loop), look_up_(std::move(look_up)) {}
Names::~Names() = default;

Task<Result<Addresses>> Names::find(std::string host, Age age, MonoTime deadline, Cancellation& cancellation) {
  if (cancellation.cancelled()) co_return Error{Code::client_closed, "the client closed the connection", ""};
  if (!names_.contains(host)) make_room();
  auto& name = names_[host];
  const auto old = loop_.now() - name.found_at;
  const bool known = !name.addresses.empty() && old < serves;
  const bool enough = known && (age == Age::any ? old < holds : old < least_between);
  if (enough) co_return name.addresses;
  if (known && age == Age::any) {
    const Addresses before = name.addresses;  // the look-up may end at once
    if (!name.looking) start(host, name);
    co_return before;
  }
  Wait wait(loop_, name, host, deadline, cancellation);
  if (!name.looking) start(host, name);
  auto result = co_await wait;
  if (cancellation.cancelled()) co_return Error{Code::client_closed, "the client closed the connection", ""};
  co_return result;
}

// What is found at once is found from here: the waiters are resumed by the loop, when they wait.
void Names::start(const std::string& host, Name& name) {
  name.looking = true;
  look_up_(host, [this, host](Result<Addresses> addresses) { loop_.post([this, host, addresses = std::move(addresses)]() mutable { found(host, std::move(addresses)); }); });
}

void Names::found(const std::string& host, Result<Addresses> addresses) {
  const auto at = names_.find(host);
  if (at == names_.end()) return;
  auto& name = at->second;
  name.looking = false;
  if (addresses && addresses->empty()) addresses = Error{Code::upstream_unreachable, "'" + host + "' has no address", ""};
  if (addresses) {
    name.addresses = *addresses;
    name.found_at = loop_.now();
  }
  for (const auto& waiter : std::exchange(name.waiters, {})) {  // any of them may start the next look-up
    if (!waiter->handle) continue;
    waiter->found = addresses;
    std::exchange(waiter->handle, {}).resume();
  }
}

void Names::make_room() {
  if (names_.size() < most_names) return;
  auto oldest = names_.end();
  for (auto at = names_.begin(); at != names_.end(); ++at) {
    if (!at->second.looking && (oldest == names_.end() || at->second.found_at < oldest->second.found_at)) oldest = at;
  }
  if (oldest != names_.end()) names_.erase(oldest);
}

}  // namespace genai::net

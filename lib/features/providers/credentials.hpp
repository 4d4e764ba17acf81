// What proves to a provider who asks.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/secret.hpp"
#include "features/providers/config.hpp"
#include "features/providers/kinds.hpp"
#include "platform/http/client.hpp"
#include "platform/net/cancellation.hpp"
#include "platform/net/task.hpp"

namespace genai::providers {

// A request about to leave.
struct Outgoing {
  std::string_view target;  // its path and query, as in its first line
  std::string_view body;
  const Secret& caller;     // the caller's own key; empty: none
  WallTime now;
};

// One per upstream, confined to its loop.
class Credentials {
 public:
  virtual ~Credentials() = default;
  // Waits for what must be fetched before append() can prove anything: upstream_timeout at `by`, client_closed once cancelled, or why it cannot be had.
  virtual net::Task<Result<void>> prepare(MonoTime by, net::Cancellation& cancellation);
  // Appends the lines that prove it. An error means that the request must not leave: nothing to prove it with is there.
  virtual Result<void> append(std::string& head, const Outgoing& request) = 0;
  // The provider did not believe it (HTTP 401): what was fetched is fetched anew for the next request.
  virtual void refused() {}
};

// As the provider's kind wants it: a key of ours, a signature, a token that is fetched through `client`, the caller's own key, or nothing.
std::unique_ptr<Credentials> make_credentials(const ProviderConfig& config, const Kind& kind, http::Client& client, net::Loop& loop);

}  // namespace genai::providers

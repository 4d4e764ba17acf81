// What proves to a provider who asks.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/secret.hpp"
#include "features/providers/config.hpp"
#include "features/providers/kinds.hpp"

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
  // Appends the lines that prove it. An error means that the request must not leave: nothing to prove it with is there.
  virtual Result<void> append(std::string& head, const Outgoing& request) = 0;
};

// As the provider's kind wants it: a key of ours, the caller's own, or nothing.
std::unique_ptr<Credentials> make_credentials(const ProviderConfig& config, const Kind& kind);

}  // namespace genai::providers

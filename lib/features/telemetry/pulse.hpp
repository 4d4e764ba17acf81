// How requests ended of late: what health is judged by. One of the views of a Record.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "domain/record/record.hpp"

namespace genai::telemetry {

// Whether a request that ended like this counts against this server's health: the upstream failed it, its answer broke off, or it was our own fault.
// What the caller did wrong does not, whoever said so.
bool is_error(const record::Record& record);

// Not for several threads at once: its owner guards it. `now` never goes back.
class Pulse {
 public:
  static constexpr std::chrono::seconds slice{10};
  static constexpr std::size_t slices = 30;                     // together the window of the error rate: five minutes
  static constexpr std::uint64_t least_requests = 10;           // with fewer in the window, no rate makes a server unhealthy
  static constexpr double unhealthy_rate = 0.1;
  static constexpr unsigned failing_after = 3;                  // times in a row that an upstream could not be reached
  static constexpr std::chrono::seconds failing_for{60};        // since the last of them; then it is given another chance
  static constexpr std::size_t most_providers = 1'000;          // further ones are not followed

  void add(const record::Record& record, MonoTime now);
  // A provider was asked; whether it could be reached. Records say so of the last one that was asked for a request.
  void add_try(std::string_view provider, bool reached, MonoTime now);

  // Of the window that ends now. Requests that were refused before anything was asked of anybody are not among them.
  struct Recent {
    std::uint64_t requests = 0;
    std::uint64_t errors = 0;
    double error_rate() const { return requests == 0 ? 0 : static_cast<double>(errors) / static_cast<double>(requests); }
    bool healthy() const { return requests < least_requests || error_rate() < unhealthy_rate; }
  };
  Recent recent(MonoTime now) const;

  enum class Upstream { unknown, reachable, failing };  // unknown: nothing was asked of it yet
  Upstream upstream(std::string_view provider, MonoTime now) const;

 private:
  struct Slice {
    std::int64_t number = -1;  // of this slice since the clock's beginning
    std::uint64_t requests = 0;
    std::uint64_t errors = 0;
  };
  struct Reached {
    unsigned failures = 0;  // in a row
    MonoTime last{};
  };
  std::array<Slice, slices> slices_{};
  std::map<std::string, Reached, std::less<>> providers_;
};

}  // namespace genai::telemetry

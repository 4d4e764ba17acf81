#include "engines/load/plan.hpp"

#include <fmt/format.h>

#include <cmath>

#include "platform/text/duration.hpp"

namespace genai::load {
namespace {

Error usage(std::string what, std::string param) { return Error{Code::usage_error, std::move(what), std::move(param)}; }

Result<void> check_within(Nanoseconds value, Nanoseconds least, std::string_view what, std::string option) {
  if (value < least) return usage(fmt::format("the {} must be longer than zero", what), std::move(option));
  if (value > max_duration) return usage(fmt::format("the {} is more than {}", what, text::format_duration(max_duration)), std::move(option));
  return {};
}

Result<void> check_loop(const Plan& plan) {
  if (const auto* open = plan.open()) {
    if (!std::isfinite(open->per_second) || open->per_second <= 0) return usage("the rate must be more than zero", "--rate");
    if (open->per_second > max_rate) return usage(fmt::format("the rate is more than {:.0f} a second", max_rate), "--rate");
    return {};
  }
  const auto concurrency = plan.closed()->concurrency;
  if (concurrency == 0) return usage("the concurrency must be at least 1", "--concurrency");
  if (concurrency > max_concurrency) return usage(fmt::format("the concurrency is more than {}", max_concurrency), "--concurrency");
  return {};
}

}  // namespace

Result<void> check(const Plan& plan) {
  constexpr Nanoseconds nonzero{1};
  if (auto checked = check_loop(plan); !checked) return checked;
  if (auto checked = check_within(plan.duration, nonzero, "duration", "--duration"); !checked) return checked;
  if (auto checked = check_within(plan.warmup, Nanoseconds{0}, "warm-up", "--warmup"); !checked) return checked;
  if (auto checked = check_within(plan.drain, Nanoseconds{0}, "drain", "--drain"); !checked) return checked;
  if (auto checked = check_within(plan.timeout, nonzero, "timeout", "--timeout"); !checked) return checked;
  if (plan.max_in_flight == 0 || plan.max_in_flight > max_concurrency) {
    return usage(fmt::format("the number of requests in flight must be between 1 and {}", max_concurrency), "--max-in-flight");
  }
  if (plan.threads == 0 || plan.threads > max_threads) {
    return usage(fmt::format("the number of threads must be between 1 and {}", max_threads), "--threads");
  }
  if (const auto* closed = plan.closed(); closed != nullptr && plan.threads > closed->concurrency) {
    return usage("more threads than concurrent requests", "--threads");
  }
  return {};
}

}  // namespace genai::load

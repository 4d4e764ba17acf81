#include "features/telemetry/pulse.hpp"

namespace genai::telemetry {
namespace {

constexpr auto window_slices = static_cast<std::int64_t>(Pulse::slices);

std::int64_t number_of(MonoTime at) { return at.time_since_epoch() / Pulse::slice; }

bool is_code(const record::Record& record, Code code) { return record.error_code == row(code).name; }

}  // namespace

bool is_error(const record::Record& record) {
  using record::Outcome;
  switch (record.outcome) {
    case Outcome::upstream_error: return !is_code(record, Code::upstream_rejected) && !is_code(record, Code::content_filter);
    case Outcome::truncated:
    case Outcome::interrupted:
    case Outcome::failed: return true;
    case Outcome::ok:
    case Outcome::cached:
    case Outcome::cancelled:
    case Outcome::refused: return false;
  }
  return true;
}

void Pulse::add(const record::Record& record, MonoTime now) {
  if (record.outcome == record::Outcome::refused) return;
  const auto number = number_of(now);
  auto& its = slices_[static_cast<std::size_t>(number % window_slices)];
  if (its.number != number) its = Slice{number};
  ++its.requests;
  its.errors += is_error(record) ? 1 : 0;
  if (record.provider.empty() || record.outcome == record::Outcome::cancelled || record.outcome == record::Outcome::failed) return;
  add_try(record.provider, !is_code(record, Code::upstream_unreachable), now);
}

void Pulse::add_try(std::string_view provider, bool reached, MonoTime now) {
  auto known = providers_.find(provider);
  if (known == providers_.end()) {
    if (providers_.size() >= most_providers) return;
    known = providers_.emplace(provider, Reached{}).first;
  }
  known->second.failures = reached ? 0 : known->second.failures + 1;
  known->second.last = now;
}

Pulse::Recent Pulse::recent(MonoTime now) const {
  const auto number = number_of(now);
  Recent recent;
  for (const auto& its : slices_) {
    if (its.number < 0 || its.number <= number - window_slices) continue;
    recent.requests += its.requests;
    recent.errors += its.errors;
  }
  return recent;
}

Pulse::Upstream Pulse::upstream(std::string_view provider, MonoTime now) const {
  const auto known = providers_.find(provider);
  if (known == providers_.end()) return Upstream::unknown;
  const auto& [failures, last] = known->second;
  return failures >= failing_after && now - last < failing_for ? Upstream::failing : Upstream::reachable;
}

}  // namespace genai::telemetry

#include "engines/load/tally.hpp"

#include <numeric>

namespace genai::load {
namespace {

constexpr std::array<std::string_view, failure_kinds> names = {
    "none", "connect", "timeout", "closed", "protocol", "http_3xx", "http_4xx", "http_5xx", "incomplete_stream", "stream_error"};

}  // namespace

std::string_view name(Failure failure) { return names[static_cast<std::size_t>(failure)]; }

std::uint64_t Tally::failed() const { return std::accumulate(failures.begin(), failures.end(), std::uint64_t{0}); }

void Tally::add(const Tally& other) {
  for (auto member : {&Tally::warmup, &Tally::sent, &Tally::ok, &Tally::unfinished, &Tally::dropped, &Tally::late, &Tally::answered,
                      &Tally::prompt_tokens, &Tally::output_tokens, &Tally::tokens_from_events, &Tally::connections}) {
    this->*member += other.*member;
  }
  for (std::size_t i = 0; i < failure_kinds; ++i) failures[i] += other.failures[i];
  for (const auto& [status, count] : other.statuses) statuses[status] += count;
  for (auto histogram : {&Tally::ttfb, &Tally::ttft, &Tally::ttfo, &Tally::tpot, &Tally::e2e, &Tally::itl, &Tally::lag}) {
    (this->*histogram).add(other.*histogram);
  }
}

}  // namespace genai::load

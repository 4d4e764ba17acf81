// What pricing one request costs, by a row that is resolved already. Prints nanoseconds a request: domain_catalog_price_perf of a release build.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "base/clock.hpp"
#include "domain/catalog/catalog.hpp"

using namespace genai;
using namespace genai::catalog;

namespace {

// Nanoseconds of one call, the best of five rounds.
template <class Work>
double cost_ns(Work work) {
  const SystemClock clock;
  double best = 1e9;
  for (int round = 0; round < 5; ++round) {
    constexpr int calls = 200'000;
    const auto start = clock.now();
    for (int i = 0; i < calls; ++i) work(i);
    best = std::min(best, std::chrono::duration<double, std::nano>(clock.now() - start).count() / calls);
  }
  return best;
}

}  // namespace

int main() {
  const SystemClock clock;
  const auto start = clock.now();
  const auto catalog = embedded();
  const double read_us = std::chrono::duration<double, std::micro>(clock.now() - start).count();
  if (!catalog) return 1;
  std::printf("reading the table         %8.1f us\n", read_us);
  const auto now = clock.wall_now();
  for (const std::string_view model : {"gpt-4o", "gpt-5.4", "claude-sonnet-4-6", "deepseek-v4-flash"}) {
    const auto match = catalog->find({"", model});
    if (!match) return 1;
    std::int64_t sum = 0;
    const double ns = cost_ns([&](int i) {
      const auto bill = price(*match, {Tokens(800 + i), Tokens(200), Tokens(512), Tokens(20), false}, {now, {}, {}});
      if (!bill) std::abort();
      sum += bill->total.value();
    });
    const double find_ns = cost_ns([&](int) {
      if (!catalog->find({"", model})) std::abort();
    });
    std::printf("%-24s price %6.0f ns  find %6.0f ns  (%lld)\n", std::string(model).c_str(), ns, find_ns, static_cast<long long>(sum % 10));
  }
  return 0;
}

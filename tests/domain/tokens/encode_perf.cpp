// Speed of encoding and counting: ENCODING FILE [REPEATS] prints MB/s of each repeat's median. With --ids the ids instead.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "domain/tokens/tokens.hpp"

namespace {

// Processor time of this thread: what others do on the machine is not in it.
double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

template <class Work>
double megabytes_per_second(std::size_t bytes, int repeats, Work work) {
  std::vector<double> seconds;
  for (int i = 0; i < repeats; ++i) {
    const auto start = cpu_seconds();
    work();
    seconds.push_back(cpu_seconds() - start);
  }
  std::nth_element(seconds.begin(), seconds.begin() + repeats / 2, seconds.end());
  return static_cast<double>(bytes) / 1e6 / seconds[static_cast<std::size_t>(repeats) / 2];
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  std::ifstream in(argv[2], std::ios::binary);
  const std::string text(std::istreambuf_iterator<char>(in), {});
  const auto encoding = genai::tokens::find_encoding(argv[1]);
  if (!encoding) return 2;
  std::vector<genai::tokens::TokenId> ids;
  if (argc > 3 && std::string_view(argv[3]) == "--ids") {
    (*encoding)->encode(text, ids);
    for (const auto id : ids) std::printf("%u\n", id);
    return 0;
  }
  const int repeats = argc > 3 ? std::max(1, std::atoi(argv[3])) : 7;
  genai::Tokens count;
  const auto encode = megabytes_per_second(text.size(), repeats, [&] { ids.clear(), (*encoding)->encode(text, ids); });
  const auto counting = megabytes_per_second(text.size(), repeats, [&] { count = (*encoding)->count(text); });
  std::printf("{\"bytes\": %zu, \"tokens\": %lld, \"encode_mb_s\": %.1f, \"count_mb_s\": %.1f}\n", text.size(),
              static_cast<long long>(count.value()), encode, counting);
  return ids.size() == static_cast<std::size_t>(count.value()) ? 0 : 1;
}

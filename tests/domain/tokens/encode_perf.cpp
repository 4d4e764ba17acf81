// Speed of encoding and counting, in processor time, as JSON:
//   ENCODING FILE [REPEATS]  MB/s of encoding and counting a file, medians
//   ENCODING --runs          ms for 1 MB of one character of each of many scripts, and what 16 MB take as a multiple of that
//   ENCODING --chat          us to count a chat request of 1 KB
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "base/rng.hpp"
#include "domain/tokens/chat_count.hpp"
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


namespace {

using genai::tokens::Encoding;

int time_file(const Encoding& encoding, const char* name, int repeats) {
  std::ifstream in(name, std::ios::binary);
  const std::string text(std::istreambuf_iterator<char>(in), {});
  std::vector<genai::tokens::TokenId> ids;
  genai::Tokens count;
  const auto encode = megabytes_per_second(text.size(), repeats, [&] { ids.clear(), encoding.encode(text, ids); });
  const auto counting = megabytes_per_second(text.size(), repeats, [&] { count = encoding.count(text); });
  std::printf("{\"bytes\": %zu, \"tokens\": %lld, \"encode_mb_s\": %.1f, \"count_mb_s\": %.1f}\n", text.size(),
              static_cast<long long>(count.value()), encode, counting);
  return ids.size() == static_cast<std::size_t>(count.value()) ? 0 : 1;
}

double milliseconds(const Encoding& encoding, const std::string& text) {
  std::vector<genai::tokens::TokenId> ids;
  return static_cast<double>(text.size()) / 1e3 / megabytes_per_second(text.size(), 3, [&] { ids.clear(), encoding.encode(text, ids); });
}

int time_runs(const Encoding& encoding) {
  constexpr std::size_t megabyte = 1'000'000;
  const auto filled = [](std::string_view with, std::size_t size) {
    std::string text;
    while (text.size() < size) text += with;
    return text;
  };
  double most = 0, most_growth = 0;
  std::printf("{");
  for (const char* letter : {"a", "A", "_", "-", "0", " ", "\n", "\t", "\u00E9", "\u0431", "\u05D0", "\u0627", "\u0939", "\u0E01", "\u4E2D", "\u3042", "\uD55C", "\u0301", "\U0001F600", "\U00020000"}) {
    const auto one = milliseconds(encoding, filled(letter, megabyte)), sixteen = milliseconds(encoding, filled(letter, 16 * megabyte));
    most = std::max(most, one);
    most_growth = std::max(most_growth, sixteen / one / 16);
  }
  std::string random;
  genai::SeededRng chance(1);
  while (random.size() < 16 * megabyte) random += static_cast<char>('a' + chance.next() % 26);
  const auto one = milliseconds(encoding, random.substr(0, megabyte)), sixteen = milliseconds(encoding, random);
  std::printf("\"one_character_ms\": %.1f, \"one_character_growth\": %.2f, \"random_letters_ms\": %.1f, \"random_letters_growth\": %.2f}\n", most,
              most_growth, one, sixteen / one / 16);
  return 0;
}

int time_chat() {
  const std::string words = "Please summarise the following notes about the quarterly planning meeting and list the open questions for the team. ";
  std::string content;
  while (content.size() < 900) content += words;
  content.resize(900);
  const auto body = R"({"model": "gpt-4o", "temperature": 0.5, "messages": [{"role": "system", "content": "You are brief."}, {"role": "user", "content": ")" + content + "\"}]}";
  const auto counter = genai::tokens::counter_for("gpt-4o");
  constexpr int calls = 20'000;
  std::int64_t sum = 0;
  const auto start = cpu_seconds();
  for (int i = 0; i < calls; ++i) sum += genai::tokens::count_chat(counter, body)->tokens.value();
  std::printf("{\"bytes\": %zu, \"tokens\": %lld, \"us\": %.2f}\n", body.size(), static_cast<long long>(sum / calls), (cpu_seconds() - start) / calls * 1e6);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  const auto encoding = genai::tokens::find_encoding(argv[1]);
  if (!encoding) return 2;
  if (std::string_view(argv[2]) == "--runs") return time_runs(**encoding);
  if (std::string_view(argv[2]) == "--chat") return time_chat();
  return time_file(**encoding, argv[2], argc > 3 ? std::max(1, std::atoi(argv[3])) : 9);
}

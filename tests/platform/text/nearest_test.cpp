#include "platform/text/nearest.hpp"

#include <algorithm>
#include <array>
#include <random>
#include <string>

#include "test.hpp"

using namespace genai;

TEST_CASE("edit distance counts insertions, deletions, substitutions and swaps") {
  CHECK(text::edit_distance("", "") == 0);
  CHECK(text::edit_distance("", "abc") == 3);
  CHECK(text::edit_distance("usage", "usage") == 0);
  CHECK(text::edit_distance("usgae", "usage") == 1);
  CHECK(text::edit_distance("serv", "serve") == 1);
  CHECK(text::edit_distance("kitten", "sitting") == 3);
  CHECK(text::edit_distance("ca", "abc") == 3);  // a swapped pair is not edited again
}

namespace {

// The recursive definition, as slow as it is obvious.
std::size_t slow_distance(std::string_view a, std::string_view b) {
  if (a.empty() || b.empty()) return std::max(a.size(), b.size());
  auto best = std::min(slow_distance(a.substr(1), b) + 1, slow_distance(a, b.substr(1)) + 1);
  best = std::min(best, slow_distance(a.substr(1), b.substr(1)) + (a[0] == b[0] ? 0 : 1));
  if (a.size() > 1 && b.size() > 1 && a[0] == b[1] && a[1] == b[0]) best = std::min(best, slow_distance(a.substr(2), b.substr(2)) + 1);
  return best;
}

}  // namespace

TEST_CASE("edit distance agrees with its definition") {
  std::mt19937 random(7);
  const auto word = [&] {
    std::string text(random() % 6, ' ');
    for (char& c : text) c = static_cast<char>('a' + random() % 3);
    return text;
  };
  for (int i = 0; i < 500; ++i) {
    const auto a = word(), b = word();
    INFO(a << " " << b);
    CHECK(text::edit_distance(a, b) == slow_distance(a, b));
    CHECK(text::edit_distance(a, b) == text::edit_distance(b, a));
  }
}

TEST_CASE("the nearest name is within two steps, one for short words") {
  constexpr std::array<std::string_view, 4> names{"serve", "sim", "usage", "loadtest"};
  CHECK(text::nearest("serv", names) == "serve");
  CHECK(text::nearest("USAEG", names) == "usage");
  CHECK(text::nearest("laodtset", names) == "loadtest");
  CHECK(text::nearest("sm", names) == "sim");
  CHECK_FALSE(text::nearest("xx", names));
  CHECK_FALSE(text::nearest("deploy", names));
  CHECK_FALSE(text::nearest("", names));
  CHECK_FALSE(text::nearest(std::string(1'000'000, 's'), names));
}

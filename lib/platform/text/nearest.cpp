#include "platform/text/nearest.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace genai::text {
namespace {

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return result;
}

}  // namespace

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0U : 1U)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    before.swap(last);
    last.swap(row);
  }
  return last[b.size()];
}

std::optional<std::string_view> nearest(std::string_view typed, std::span<const std::string_view> names) {
  constexpr std::size_t longest = 64;  // nobody mistypes a name that long; the work stays bounded
  if (typed.empty() || typed.size() > longest) return std::nullopt;
  const auto word = lower(typed);
  std::size_t best = typed.size() < 4 ? 1 : 2;
  std::optional<std::string_view> found;
  for (const auto name : names) {
    if (name.size() > word.size() + 2) continue;
    const auto distance = edit_distance(word, lower(name));
    if (distance < best || (distance == best && !found)) {
      best = distance;
      found = name;
    }
  }
  return found;
}

}  // namespace genai::text

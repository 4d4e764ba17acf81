// The slow, obvious reading of an event stream: all bytes at once, line by line, by the letter of the standard.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace genai::http::testing {

struct Plain {
  std::string data;
  std::string type;
  friend bool operator==(const Plain&, const Plain&) = default;
};

inline std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines(1);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n') ++i;
    if (text[i] == '\r' || text[i] == '\n') lines.emplace_back();
    else lines.back() += text[i];
  }
  lines.pop_back();  // not ended
  return lines;
}

inline std::vector<Plain> slow_events(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  std::vector<Plain> events;
  std::string data, type;
  for (const auto& line : lines_of(text)) {
    if (line.empty()) {
      if (!data.empty()) events.push_back({data.substr(0, data.size() - 1), type});
      data.clear();
      type.clear();
      continue;
    }
    const auto colon = line.find(':');
    const auto name = line.substr(0, colon);
    auto value = colon == line.npos ? std::string() : line.substr(colon + 1);
    if (value.starts_with(' ')) value.erase(0, 1);
    if (name == "data") data += value + "\n";
    if (name == "event") type = value;
  }
  return events;
}

}  // namespace genai::http::testing

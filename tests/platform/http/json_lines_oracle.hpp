// The slow, obvious reading of lines of JSON: all bytes at once.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace genai::http::testing {

inline std::vector<std::string> slow_json_lines(std::string_view text) {
  std::vector<std::string> lines(1);
  for (const char c : text) {
    if (c == '\n') lines.emplace_back();
    else lines.back() += c;
  }
  std::vector<std::string> said;
  for (auto& line : lines) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (line.find_first_not_of(" \t\r") != line.npos) said.push_back(line);
  }
  return said;
}

}  // namespace genai::http::testing

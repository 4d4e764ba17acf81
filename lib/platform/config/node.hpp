// The raw tree of one YAML document. Private to this folder.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "platform/config/config.hpp"

namespace genai::config {

struct Entry;

// A value as written: nothing is interpreted yet.
struct Node {
  enum class Kind { nothing, scalar, list, map };
  Kind kind = Kind::nothing;
  Position position;
  std::string scalar;
  std::vector<Node> items;
  std::vector<Entry> entries;  // unique keys, in the order of the file
};

struct Entry {
  std::string key;
  Position position;  // of the key
  Node value;
};

// The root of the text; problems are appended. After a problem of syntax the root is nothing.
Node parse_yaml(std::string_view text, std::vector<Problem>& problems);

// "a.b", and "b" at the top.
std::string join(const std::string& path, std::string_view key);

}  // namespace genai::config

// What stands behind the values and maps of one document. Private to this folder.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "platform/config/config.hpp"
#include "platform/config/node.hpp"
#include "platform/config/schema.hpp"

namespace genai::config {

// The name of the one entry that a described map of entries has.
inline constexpr std::string_view any_name = "NAME";

// A value that the readers of a description asked for.
struct Asked {
  Path path;
  Shape shape;
  bool said = false;     // `shape.standard` stands in the call that asks
  bool guarded = false;  // the reader looks whether it is there: then the fallback is not what holds without it
};

// A run of the readers over a document in which everything is there: what they ask is recorded, and each choice among words gets the word that this
// run is to follow.
class Describing {
 public:
  struct Choice {
    Path path;
    std::vector<std::string> words;
    std::string standard;
  };
  explicit Describing(std::map<std::string, std::string> words) : words_(std::move(words)) {}

  void ask(const Path& path, std::string_view meaning, std::string_view standard, bool required);
  Asked& at(const Path& path);
  std::string choose(const Path& path, std::span<const std::string_view> words, std::string_view standard);

  const std::vector<Asked>& asked() const { return asked_; }
  const std::vector<Choice>& choices() const { return choices_; }

 private:
  std::map<std::string, std::string> words_;  // by the text of the path
  std::vector<Asked> asked_;
  std::vector<Choice> choices_;
};

struct State {
  std::string file;
  Sources sources;
  std::vector<Problem> problems;
  std::vector<Reading> readings;
  Node root;
  std::optional<Describing> describing;  // instead of a root
};

}  // namespace genai::config

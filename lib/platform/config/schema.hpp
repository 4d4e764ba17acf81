// What a configuration may say, learned from the readers themselves, and as JSON Schema for editors.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "platform/config/config.hpp"

namespace genai::config {

// A key is only known, or only required, while another key of the same map has one of these words.
struct Condition {
  std::string key;
  std::vector<std::string> words;
  bool standard = false;  // they include the word that holds when the other key is absent
};

// One value that readers ask for.
struct Shape {
  std::string name{};      // of the key
  Kind kind = Kind::none;  // none: nothing was read of it
  std::string meaning{};
  std::string standard{};  // what holds without it; empty: nothing, or it is required
  bool required = false;
  IntegerRange integers{};
  DurationRange durations{};
  struct {
    double least = 0, most = 0;
  } numbers{};
  std::vector<std::string> words{};        // of Kind::word
  std::vector<Condition> known_if{};       // all of them; empty: always
  std::vector<Condition> required_if{};    // with `required`; empty: always
  // Whether `standard` is a value of this kind rather than an explanation of what holds.
  bool standard_is_value() const;
  std::vector<Shape> keys{};               // of a map, of each of maps, of each of entries
};

// Runs the readers over a document in which everything is there, as often as it takes to follow each word of each choice, and returns the root. The
// readers must not depend on anything but the document.
Shape describe(const std::function<void(Map&)>& read);

// JSON Schema, draft 2020-12, two blanks a level and a line feed at the end. `title` is one line.
std::string json_schema(const Shape& root, std::string_view title);

}  // namespace genai::config

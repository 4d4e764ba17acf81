// A configuration as it holds: what all layers together say, each value with where it came from.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "platform/config/schema.hpp"

namespace genai::config {

// A tree of values in the order of the readers. A later layer is a stronger one.
class Resolved {
 public:
  // The keys of `shape` with what holds where no layer says anything; inside entries and lists there is nothing yet.
  explicit Resolved(const Shape& shape);

  // What one document said; `origin` of a value is `layer`, with the line behind it if `lines`. An entry, and a list, replaces the weaker one of the
  // same name as a whole.
  void add(std::span<const Reading> readings, std::string_view layer, bool lines);
  // One value, said by a flag, a variable or a rule.
  void set(const Path& path, Kind kind, std::string shown, std::string origin);
  // As set(), but what said the value stays what it was: for a path that is shown as it was understood.
  void show_as(const Path& path, std::string shown);
  // Forgets what stands below.
  void clear(const Path& path);

  // As it would be written, without what is not set; with `origins` each value has its own in a comment.
  std::string yaml(bool origins) const;
  // One JSON document: {"schema", "config", "origins"?}, origins by the text of their paths.
  std::string json(std::string_view schema, bool origins) const;

 private:
  struct Node {
    Step step;
    Kind kind = Kind::none;  // none: not a value
    std::string shown{};
    std::vector<std::string> items{};
    std::string origin{};
    std::size_t layer = 0;  // that made it
    std::vector<Node> below{};
    bool is_set() const;
  };
  struct Json;
  struct Yaml;
  Node& at(const Path& path, bool replacing = false);
  Node root_;
  std::size_t layer_ = 0;
};

}  // namespace genai::config

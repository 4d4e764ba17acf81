#include "platform/config/resolved.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "platform/text/table.hpp"

namespace genai::config {
namespace {

using Any = nlohmann::ordered_json;

constexpr std::string_view built_in = "default";
constexpr std::size_t comment_column = 44;  // where origins begin, unless a line is longer

// Whether YAML, and our readers, would take the text for itself without quotes.
bool is_plain(std::string_view text) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '/' || c == '.' || c == '<'; };
  const auto inside = [&](char c) {
    return letter(c) || (c >= '0' && c <= '9') || std::string_view("-_+@:>% ").find(c) != std::string_view::npos;
  };
  if (text.empty() || text.back() == ' ' || text.back() == ':') return false;
  if (!letter(text[0]) && !(text[0] >= '0' && text[0] <= '9')) return false;
  if (!std::all_of(text.begin(), text.end(), inside) || text.find(": ") != std::string_view::npos) return false;
  constexpr std::string_view other_types[] = {"true", "false", "yes", "no", "on", "off", "null", "y", "n"};
  std::string lower(text);
  for (auto& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  if (std::find(std::begin(other_types), std::end(other_types), lower) != std::end(other_types)) return false;
  return lower.find_first_not_of("0123456789.eE+-_xo:") != std::string::npos;  // looks like no number
}

std::string in_quotes(std::string_view text) { return Any(std::string(text)).dump(-1, ' ', true, Any::error_handler_t::replace); }

std::string scalar(Kind kind, const std::string& text) {
  const bool typed = kind == Kind::flag || kind == Kind::integer || kind == Kind::number || kind == Kind::duration || kind == Kind::bytes;
  return typed || is_plain(text) ? text : in_quotes(text);
}

Any value(Kind kind, const std::string& text) {
  if (kind == Kind::flag) return text == "true";
  if (kind == Kind::integer || kind == Kind::number) return Any::parse(text);
  return text;
}

std::string list(const std::vector<std::string>& items) {
  std::string result;
  for (const auto& item : items) result += (result.empty() ? "" : ", ") + in_quotes(item);
  return "[" + result + "]";
}

}  // namespace

// Whether there is something to show: a text that is empty says nothing.
bool Resolved::Node::is_set() const {
  if (kind == Kind::texts) return !items.empty() || origin != built_in;
  if (kind != Kind::none) return !shown.empty();
  return std::any_of(below.begin(), below.end(), [](const Node& node) { return node.is_set(); });
}

Resolved::Resolved(const Shape& shape) {
  const auto add = [this](const auto& self, const Shape& map, const Path& path) -> void {
    for (const auto& key : map.keys) {
      auto below = path;
      below.push_back(Step{Step::Kind::key, key.name});
      if (key.kind == Kind::map) self(self, key, below);
      else if (key.kind == Kind::maps || key.kind == Kind::entries) at(below);
      else set(below, key.kind, key.standard_is_value() ? key.standard : "", std::string(built_in));
    }
  };
  add(add, shape, {});
}

// `replacing`: the layer that is being added replaces entries and lists of weaker ones.
Resolved::Node& Resolved::at(const Path& path, bool replacing) {
  auto* node = &root_;
  for (const auto& step : path) {
    auto known = std::find_if(node->below.begin(), node->below.end(), [&](const Node& other) { return other.step == step; });
    const bool whole = step.kind != Step::Kind::key;
    if (replacing && step.kind == Step::Kind::item && node->layer < layer_) {  // a stronger layer's list
      node->below.clear();
      node->layer = layer_;
      known = node->below.end();
    }
    if (known == node->below.end()) {
      Node fresh;
      fresh.step = step;
      fresh.layer = layer_;
      known = node->below.insert(node->below.end(), std::move(fresh));
    } else if (replacing && whole && known->layer < layer_) {
      known->below.clear();
      known->layer = layer_;
    }
    node = &*known;
  }
  return *node;
}

void Resolved::add(std::span<const Reading> readings, std::string_view layer, bool lines) {
  ++layer_;
  for (const auto& reading : readings) {
    const bool absent = reading.position.line == 0;
    auto& node = at(reading.path, true);
    if (absent && node.kind != Kind::none) continue;
    node.kind = reading.kind;
    node.shown = reading.shown;
    node.items = reading.items;
    node.origin = absent ? built_in : layer;
    if (!absent && lines) node.origin += ":" + std::to_string(reading.position.line);
  }
}

void Resolved::set(const Path& path, Kind kind, std::string shown, std::string origin) {
  auto& node = at(path);
  node.kind = kind;
  node.shown = std::move(shown);
  node.origin = std::move(origin);
}

void Resolved::show_as(const Path& path, std::string shown) { at(path).shown = std::move(shown); }

void Resolved::clear(const Path& path) { at(path).below.clear(); }

struct Resolved::Yaml {
  bool origins;
  std::string text{};

  void line(std::string written, const std::string& origin) {
    if (origins && !origin.empty()) {
      written.resize(std::max(written.size() + 2, comment_column), ' ');
      written += "# " + text::printable(origin);
    }
    text += written + "\n";
  }

  // `lead` stands before the first line only: "- " of an item.
  void write(const Node& node, std::size_t depth, std::string lead) {
    for (const auto& child : node.below) {
      if (!child.is_set()) continue;
      if (child.step.kind == Step::Kind::item) {
        write(child, depth + 1, "- ");
        continue;
      }
      const auto indent = std::string(2 * depth - lead.size(), ' ') + lead;
      lead.clear();
      const auto key = indent + (is_plain(child.step.name) ? child.step.name : in_quotes(child.step.name)) + ":";
      if (child.kind == Kind::texts) line(key + " " + list(child.items), child.origin);
      else if (child.kind != Kind::none) line(key + " " + scalar(child.kind, child.shown), child.origin);
      else {
        line(key, "");
        write(child, depth + 1, "");
      }
    }
  }
};

struct Resolved::Json {
  Any origins = Any::object();

  Any value_of(const Node& node, const Path& path) {
    if (node.kind == Kind::none) return tree(node, path);
    origins[text(path)] = node.origin;
    if (node.kind == Kind::texts) return node.items;
    return value(node.kind, node.shown);
  }

  Any tree(const Node& node, const Path& path) {
    const bool is_list = !node.below.empty() && node.below[0].step.kind == Step::Kind::item;
    auto result = is_list ? Any::array() : Any::object();
    for (const auto& child : node.below) {
      if (!child.is_set()) continue;
      auto below = path;
      below.push_back(child.step);
      if (is_list) result.push_back(value_of(child, below));
      else result[child.step.name] = value_of(child, below);
    }
    return result;
  }
};

std::string Resolved::yaml(bool origins) const {
  Yaml yaml{origins};
  yaml.write(root_, 0, "");
  return std::move(yaml.text);
}

std::string Resolved::json(std::string_view schema, bool origins) const {
  Json json;
  Any result{{"schema", schema}};
  result["config"] = json.tree(root_, {});
  if (origins) result["origins"] = std::move(json.origins);
  return result.dump(2, ' ', false, Any::error_handler_t::replace) + "\n";
}

}  // namespace genai::config

#include "platform/config/schema.hpp"

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>
#include <utility>

#include "platform/config/state.hpp"
#include "platform/text/duration.hpp"

namespace genai::config {
namespace {

using Json = nlohmann::ordered_json;
using Words = std::map<std::string, std::string>;  // by the text of the path

constexpr std::size_t most_runs = 1'000;  // beyond, the readers branch in a way that nobody could describe either

Path parent(Path path) {
  path.pop_back();
  return path;
}

// One run, and what it followed.
struct Run {
  Words words;
  std::vector<Asked> asked;
};

const Asked* find(const Run& run, const Path& path) {
  const auto at = std::find_if(run.asked.begin(), run.asked.end(), [&](const Asked& asked) { return asked.path == path; });
  return at == run.asked.end() ? nullptr : &*at;
}

// All that was asked in any run: the order of the first run in which it was, behind what stood before it there.
std::vector<Asked> united(const std::vector<Run>& runs) {
  std::vector<Asked> all;
  for (const auto& run : runs) {
    auto behind = all.end();
    for (const auto& asked : run.asked) {
      auto at = std::find_if(all.begin(), all.end(), [&](const Asked& other) { return other.path == asked.path; });
      if (at == all.end()) at = all.insert(behind, asked);
      at->guarded = at->guarded || asked.guarded;
      if (at->shape.kind == Kind::none) at->shape = asked.shape;
      behind = std::next(at);
    }
  }
  return all;
}

// The runs followed the same words, but for this choice; what only one of them was asked does not count.
bool differ_in_alone(const Run& a, const Run& b, const std::string& choice) {
  const auto differs = [&](const auto& word) {
    const auto other = b.words.find(word.first);
    return other != b.words.end() && (other->second == word.second) == (word.first == choice);
  };
  return a.words.count(choice) != 0 && b.words.count(choice) != 0 && std::none_of(a.words.begin(), a.words.end(), differs);
}

// The choice decides, all else being equal.
template <class Holds>
bool decides(const std::vector<Run>& runs, const std::string& choice, const Holds& holds) {
  return std::any_of(runs.begin(), runs.end(), [&](const Run& a) {
    return holds(a) && std::any_of(runs.begin(), runs.end(), [&](const Run& b) { return differ_in_alone(a, b, choice) && !holds(b); });
  });
}

// The words of `choice` with which `holds` is true of a run; nothing if it is true with all of them, or whatever the word.
template <class Holds>
std::optional<Condition> condition(const std::vector<Run>& runs, const Describing::Choice& choice, const Holds& holds) {
  Condition result{choice.path.back().name, {}};
  if (!decides(runs, text(choice.path), holds)) return std::nullopt;
  for (const auto& word : choice.words) {
    const auto follows = [&](const Run& run) {
      const auto at = run.words.find(text(choice.path));
      return at != run.words.end() && at->second == word && holds(run);
    };
    if (std::none_of(runs.begin(), runs.end(), follows)) continue;
    result.words.push_back(word);
    result.standard = result.standard || word == choice.standard;
  }
  if (result.words.size() == choice.words.size() || result.words.empty()) return std::nullopt;
  return result;
}

// What the readers asked below `path`, as shapes.
std::vector<Shape> keys_below(const Path& path, const std::vector<Asked>& all) {
  std::vector<Shape> keys;
  for (const auto& asked : all) {
    if (asked.path.empty() || asked.path.back().kind != Step::Kind::key || parent(asked.path) != path) continue;
    auto shape = asked.shape;
    shape.name = asked.path.back().name;
    if (shape.kind == Kind::map) shape.keys = keys_below(asked.path, all);
    auto inner = asked.path;
    if (shape.kind == Kind::maps) inner.push_back(Step{Step::Kind::item});
    if (shape.kind == Kind::entries) inner.push_back(Step{Step::Kind::entry, std::string(any_name)});
    if (inner.size() > asked.path.size()) shape.keys = keys_below(inner, all);
    keys.push_back(std::move(shape));
  }
  return keys;
}

void add_conditions(Asked& asked, const std::vector<Run>& runs, const std::vector<Describing::Choice>& choices) {
  for (const auto& choice : choices) {
    if (choice.path == asked.path || parent(choice.path) != parent(asked.path)) continue;
    const auto is_known = [&](const Run& run) { return find(run, asked.path) != nullptr; };
    const auto is_required = [&](const Run& run) {
      const auto* there = find(run, asked.path);
      return there != nullptr && there->shape.required;
    };
    if (auto known = condition(runs, choice, is_known)) asked.shape.known_if.push_back(*std::move(known));
    auto required = condition(runs, choice, is_required);
    if (!required) continue;
    asked.shape.required = true;
    asked.shape.required_if.push_back(*std::move(required));
  }
}

// --- JSON Schema

constexpr std::string_view reference_pattern = R"(^\$\{(env|file):[^}]+\}$)";
constexpr std::string_view secret_pattern = R"(^\$\{(env|file|command):[^}]+\}$)";
constexpr std::string_view duration_pattern = R"(^(0|([0-9]+(\.[0-9]+)?(ns|us|ms|s|m|h|d))+)$)";

// A value that is not text may be written out, or stand elsewhere.
Json or_reference(Json written) { return {{"anyOf", {std::move(written), {{"$ref", "#/$defs/reference"}}}}}; }

Json object_of(const std::vector<Shape>& keys);

Json limits_of(const Shape& shape) {
  Json result{{"type", shape.kind == Kind::integer ? "integer" : "number"}};
  if (shape.kind == Kind::number) {
    result["minimum"] = shape.numbers.least;
    result["maximum"] = shape.numbers.most;
    return result;
  }
  if (shape.integers.least != INT64_MIN) result["minimum"] = shape.integers.least;
  if (shape.integers.most != INT64_MAX) result["maximum"] = shape.integers.most;
  return result;
}

Json type_of(const Shape& shape) {
  switch (shape.kind) {
    case Kind::none: return Json::object();
    case Kind::text:
    case Kind::name: return {{"type", "string"}};
    case Kind::flag: return or_reference({{"type", "boolean"}});
    case Kind::integer:
    case Kind::number: return or_reference(limits_of(shape));
    case Kind::bytes: return {{"type", Json::array({"string", "integer"})}};
    case Kind::duration: return or_reference({{"type", "string"}, {"pattern", duration_pattern}});
    case Kind::word: return or_reference({{"enum", shape.words}});
    case Kind::secret: return {{"$ref", "#/$defs/secret"}};
    case Kind::texts: return {{"type", "array"}, {"items", {{"type", "string"}}}};
    case Kind::map: return object_of(shape.keys);
    case Kind::maps: return {{"type", "array"}, {"items", object_of(shape.keys)}};
    case Kind::entries: return {{"type", "object"}, {"additionalProperties", object_of(shape.keys)}};
  }
  return Json::object();
}

std::string described(const Shape& shape) {
  auto text = shape.meaning;
  if (shape.kind == Kind::duration)
    text += (text.empty() ? "" : "; ") + text::format_duration(shape.durations.least) + " to " + text::format_duration(shape.durations.most);
  if (!shape.standard.empty() && !shape.required && !shape.standard_is_value()) text += (text.empty() ? "default: " : "; default: ") + shape.standard;
  return text;
}

std::optional<Json> standard_of(const Shape& shape) {
  if (shape.required || !shape.standard_is_value()) return std::nullopt;
  if (shape.kind == Kind::flag) return Json(shape.standard == "true");
  if (shape.kind == Kind::integer || shape.kind == Kind::number) return Json::parse(shape.standard);
  return Json(shape.standard);
}

// Whether the other key has one of the words.
Json is_one_of(const Condition& condition) {
  Json words = Json::array();
  for (const auto& word : condition.words) words.push_back(word == "true" || word == "false" ? Json(word == "true") : Json(word));
  Json result{{"properties", {{condition.key, {{"enum", std::move(words)}}}}}};
  if (!condition.standard) result["required"] = {condition.key};
  return result;
}

// Whether all of them hold.
Json are_all(const std::vector<Condition>& conditions) {
  if (conditions.size() == 1) return is_one_of(conditions.front());
  Json all = Json::array();
  for (const auto& condition : conditions) all.push_back(is_one_of(condition));
  return {{"allOf", std::move(all)}};
}

// One rule for each condition that keys share: what it demands, and what is unknown otherwise.
Json rules_of(const std::vector<Shape>& keys) {
  Json rules = Json::array();
  const auto rule = [&](const Json& wanted) -> Json& {
    for (auto& known : rules)
      if (known["if"] == wanted) return known;
    rules.push_back({{"if", wanted}});
    return rules.back();
  };
  for (const auto& key : keys) {
    for (const auto& condition : key.known_if) rule(is_one_of(condition))["else"]["properties"][key.name] = false;
    if (!key.required_if.empty()) rule(are_all(key.required_if))["then"]["required"].push_back(key.name);
  }
  return rules;
}

Json object_of(const std::vector<Shape>& keys) {
  Json result{{"type", "object"}, {"additionalProperties", false}};
  Json properties = Json::object(), required = Json::array();
  for (const auto& key : keys) {
    Json property = Json::object();
    if (const auto text = described(key); !text.empty()) property["description"] = text;
    property.update(type_of(key));
    if (auto standard = standard_of(key)) property["default"] = *std::move(standard);
    properties[key.name] = std::move(property);
    if (key.required && key.required_if.empty()) required.push_back(key.name);
  }
  result["properties"] = std::move(properties);
  if (!required.empty()) result["required"] = std::move(required);
  if (auto rules = rules_of(keys); !rules.empty()) result["allOf"] = std::move(rules);
  return result;
}

}  // namespace

bool Shape::standard_is_value() const {
  switch (kind) {
    case Kind::flag: return standard == "true" || standard == "false";
    case Kind::integer:
    case Kind::number: return Json::accept(standard);
    case Kind::word: return std::find(words.begin(), words.end(), standard) != words.end();
    case Kind::text:
    case Kind::duration:
    case Kind::bytes: return !standard.empty();
    default: return false;
  }
}

void Describing::ask(const Path& path, std::string_view meaning, std::string_view standard, bool required) {
  const auto known = std::find_if(asked_.begin(), asked_.end(), [&](const Asked& asked) { return asked.path == path; });
  if (known != asked_.end()) return;
  Shape shape;
  shape.meaning = meaning;
  shape.standard = standard;
  shape.required = required;
  asked_.push_back({path, std::move(shape), !standard.empty()});
}

Asked& Describing::at(const Path& path) {
  return *std::find_if(asked_.begin(), asked_.end(), [&](const Asked& asked) { return asked.path == path; });
}

std::string Describing::choose(const Path& path, std::span<const std::string_view> words, std::string_view standard) {
  if (at(path).shape.kind == Kind::word) at(path).shape.words.assign(words.begin(), words.end());
  const auto key = text(path);
  choices_.push_back({path, {words.begin(), words.end()}, std::string(standard)});
  return words_.emplace(key, standard).first->second;
}

Shape describe(const std::function<void(Map&)>& read) {
  std::vector<Run> runs;
  std::vector<Describing::Choice> choices;
  std::vector<Words> open{{}};
  std::set<std::string> followed;  // choices whose words are all among the runs
  for (std::size_t i = 0; i < open.size(); ++i) {
    auto state = std::make_unique<State>();
    auto& describing = state->describing.emplace(open[i]);
    Document document(std::move(state));
    {
      auto root = document.root();
      read(root);
    }
    Run run{open[i], describing.asked()};
    for (const auto& choice : describing.choices()) {
      run.words.emplace(text(choice.path), choice.standard);
      if (!followed.insert(text(choice.path)).second) continue;
      choices.push_back(choice);
      for (const auto& word : choice.words) {
        auto words = open[i];
        words[text(choice.path)] = word;
        if (word != choice.standard) open.push_back(std::move(words));
      }
    }
    if (open.size() > most_runs) throw std::logic_error("the readers branch too often to be described");
    runs.push_back(std::move(run));
  }
  auto all = united(runs);
  for (auto& asked : all) {
    add_conditions(asked, runs, choices);
    if (asked.guarded && !asked.said) asked.shape.standard.clear();
  }
  Shape root;
  root.kind = Kind::map;
  root.keys = keys_below({}, all);
  return root;
}

std::string json_schema(const Shape& root, std::string_view title) {
  Json schema{{"$schema", "https://json-schema.org/draft/2020-12/schema"}, {"title", title}};
  schema.update(object_of(root.keys));
  schema["$defs"]["reference"] = {{"description", "read from the environment or from a file"}, {"type", "string"}, {"pattern", reference_pattern}};
  schema["$defs"]["secret"] = {{"description", "read from the environment, from a file or from what a command says"}, {"type", "string"}, {"pattern", secret_pattern}};
  return schema.dump(2) + "\n";
}

}  // namespace genai::config

// Help as one JSON document.
#include <nlohmann/json.hpp>

#include "genai/help/render.hpp"
#include "genai/settings.hpp"
#include "genai/version.hpp"

namespace genai::help {
namespace {

using Json = nlohmann::ordered_json;

Json json_of(const Option& option) {
  Json result;
  result["names"] = option.names;
  result["positional"] = option.is_positional();
  result["value"] = option.value.empty() ? Json() : Json(option.value);
  result["what"] = option.what;
  result["default"] = option.standard.empty() ? Json() : Json(option.standard);
  result["choices"] = option.choices;
  result["env"] = option.variable.empty() ? Json() : Json(option.variable);
  result["required"] = option.required;
  result["repeatable"] = option.repeatable;
  return result;
}

Json json_of(const Page& page) {
  const auto& command = *page.command;
  Json result;
  result["name"] = command.name;
  result["summary"] = command.summary;
  result["group"] = group_title(command.group);
  result["usage"] = usage_line(page);
  result["description"] = command.description;
  result["commands"] = Json::array();
  for (const auto* child : command.children) result["commands"].push_back(child->name);
  result["options"] = Json::array();
  for (const auto& option : page.options) result["options"].push_back(json_of(option));
  result["examples"] = Json::array();
  for (const auto& example : command.examples)
    result["examples"].push_back({{"line", shown_line(example)}, {"shows", example.shows}, {"exit", example.exit}});
  return result;
}

Json head() { return {{"schema", "genai.help/v1"}, {"version", version_number()}}; }

}  // namespace

std::string overview_json() {
  auto result = head();
  result["commands"] = Json::array();
  for (const auto& page : describe_all()) result["commands"].push_back(json_of(page));
  result["exit_codes"] = Json::array();
  for (const auto& row : exit_codes()) result["exit_codes"].push_back({{"code", row.code}, {"meaning", row.meaning}});
  result["environment"] = Json::array();
  for (const auto& variable : variables()) result["environment"].push_back({{"name", variable.name}, {"meaning", variable.meaning}});
  result["topics"] = Json::array();
  for (const auto& topic : topics()) result["topics"].push_back({{"name", topic.name}, {"summary", topic.summary}, {"text", topic.body()}});
  return result.dump(2) + "\n";
}

std::string page_json(const Page& page) {
  auto result = head();
  result["commands"] = Json::array({json_of(page)});
  return result.dump(2) + "\n";
}

}  // namespace genai::help

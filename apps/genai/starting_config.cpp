#include "genai/starting_config.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

#include "platform/text/table.hpp"

namespace genai {
namespace {

using config::Kind;
using config::Shape;

constexpr std::size_t width = 110;

constexpr std::string_view head = R"(# What `genai serve` in this directory does. Everything in comments may be left out; `genai config check` says what is wrong, with --probe
# whether each provider answers, `genai config show --origin` what holds, `genai help providers` what a provider of each type looks like. Editors that know JSON Schema complete and check the keys after
# `genai config schema > genai.schema.json`, by this line:
# yaml-language-server: $schema=genai.schema.json
)";

// What is not in comments, below the comments of the same key.
struct Example {
  std::string_view key;
  std::string_view text;
};
constexpr std::array<Example, 2> examples{{
    {"providers", "providers:\n  embedded: {type: sim}   # costs nothing, needs no key and no network\n"},
    {"models", "models:\n  demo:\n    targets:\n      - {provider: embedded, model: sim}\n"},
}};

std::string_view example_of(std::string_view key) {
  const auto at = std::find_if(examples.begin(), examples.end(), [&](const Example& example) { return example.key == key; });
  return at == examples.end() ? std::string_view() : at->text;
}

std::string commented(const std::string& lines) {
  std::string result;
  for (std::size_t at = 0, end; at < lines.size(); at = end + 1) {
    end = lines.find('\n', at);
    result += "#" + lines.substr(at, end - at + 1);
  }
  return result;
}

// What may stand behind the key: its default, or what kind of thing it is.
std::string value_of(const Shape& shape) {
  if (shape.standard_is_value() && !shape.required) return shape.standard;
  switch (shape.kind) {
    case Kind::flag: return "true";
    case Kind::integer: return std::to_string(std::max<std::int64_t>(shape.integers.least, 1));
    case Kind::number: return "1.0";
    case Kind::duration: return "10s";
    case Kind::bytes: return "1MiB";
    case Kind::secret: return "\"${env:NAME}\"";
    case Kind::texts: return "[]";
    case Kind::word: return shape.words.empty() ? "WORD" : shape.words.front();
    default: return "\"...\"";
  }
}

std::string explained(const Shape& shape) {
  std::string text = shape.meaning;
  if (shape.required) text += "; required";
  if (shape.kind == Kind::word) {
    text += "; one of";
    for (const auto& word : shape.words) text += (word == shape.words.front() ? " " : ", ") + word;
  }
  if (!shape.standard.empty() && !shape.required && !shape.standard_is_value()) text += "; default: " + shape.standard;
  for (const auto& condition : shape.known_if) {
    text += "; only with " + condition.key + ":";
    for (const auto& word : condition.words) text += (word == condition.words.front() ? " " : " or ") + word;
  }
  return text;
}

// The key with its explanation above it, as YAML that is still to be put in comments.
std::string lines_of(const Shape& shape, std::size_t depth, bool first_of_item = false) {
  const std::string indent(2 * depth, ' ');
  std::string lines;
  if (const auto text = explained(shape); !text.empty() && !first_of_item) {
    const auto wrapped = text::wrap(text, width - indent.size());
    for (std::size_t at = 0, end; at < wrapped.size(); at = end + 1) {
      end = std::min(wrapped.find('\n', at), wrapped.size());
      lines += indent + "# " + wrapped.substr(at, end - at) + "\n";
    }
  }
  const auto below = [&](std::size_t deeper) {
    std::string result;
    for (const auto& key : shape.keys) result += lines_of(key, deeper);
    return result;
  };
  lines += indent + shape.name + ":";
  if (shape.kind == Kind::map) return lines + "\n" + below(depth + 1);
  if (shape.kind == Kind::entries) return lines + "\n" + indent + "  NAME:\n" + below(depth + 2);
  if (shape.kind == Kind::maps) return lines + "\n" + indent + "  -\n" + below(depth + 2);
  return lines + " " + value_of(shape) + "\n";
}

}  // namespace

std::string starting_config(const config::Shape& shape) {
  std::string text(head);
  for (const auto& key : shape.keys) text += "\n" + commented(lines_of(key, 0)) + std::string(example_of(key.name));
  return text;
}

}  // namespace genai

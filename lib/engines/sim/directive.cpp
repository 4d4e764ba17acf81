#include "engines/sim/directive.hpp"

#include <algorithm>

#include "platform/json/reader.hpp"
#include "platform/json/writer.hpp"

namespace genai::sim {
namespace {

constexpr std::string_view opening = "[[call ", closing = "]]";
constexpr std::size_t most_calls = 8;

std::string text_of_parts(json::Reader& in) {
  std::string texts;
  std::string_view key;
  for (in.enter_array(); in.next_element();) {
    for (in.enter_object(); in.next_member(key);) {
      if (key != "text") in.skip();
      else if (const auto text = in.string()) (texts += text->unescaped()) += '\n';
    }
  }
  return texts;
}

struct Asked {
  std::string words;               // of the last message but those of the system, if it is the user's
  std::vector<std::string> tools;  // by name
};

void read_message(json::Reader& in, Asked& asked) {
  std::string role, said;
  std::string_view key;
  for (in.enter_object(); in.next_member(key);) {
    const auto text = key == "role" || (key == "content" && in.kind() == json::Kind::string) ? in.string() : std::nullopt;
    if (text) (key == "role" ? role : said) = text->unescaped();
    else if (key == "content") said = text_of_parts(in);
    else in.skip();
  }
  if (role != "system" && role != "developer") asked.words = role == "user" ? std::move(said) : std::string();
}

void read_tool(json::Reader& in, Asked& asked) {
  std::string_view key;
  for (in.enter_object(); in.next_member(key);) {
    if (key == "function") read_tool(in, asked);
    else if (const auto name = key == "name" ? in.string() : std::nullopt) asked.tools.push_back(name->unescaped());
    else if (key != "name") in.skip();
  }
}

Asked read(std::string_view body) {
  json::Reader in(body);
  Asked asked;
  std::string_view key;
  for (in.enter_object(); in.next_member(key);) {
    const bool messages = key == "messages", tools = key == "tools";
    if (!messages && !tools) {
      in.skip();
      continue;
    }
    for (in.enter_array(); in.next_element();) messages ? read_message(in, asked) : read_tool(in, asked);
  }
  return asked;
}

std::string escaped(std::string_view text) {
  std::string to;
  json::append_escaped(to, text);
  return to;
}

}  // namespace

std::vector<Call> calls_asked_for(std::string_view body) {
  std::vector<Call> calls;
  if (body.find(opening) == body.npos) return calls;
  const auto asked = read(body);
  const std::string& said = asked.words;
  for (std::size_t at = said.find(opening); at != said.npos && calls.size() < most_calls; at = said.find(opening, at)) {
    at += opening.size();
    const auto end = said.find(closing, at);
    if (end == said.npos) break;
    const std::string_view inside = std::string_view(said).substr(at, end - at);
    const auto blank = inside.find(' ');
    const bool offered = std::find(asked.tools.begin(), asked.tools.end(), inside.substr(0, blank)) != asked.tools.end();
    if (offered) calls.push_back({escaped(inside.substr(0, blank)), blank == inside.npos ? "{}" : escaped(inside.substr(blank + 1))});
  }
  return calls;
}

}  // namespace genai::sim

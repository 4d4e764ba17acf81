#include "engines/sim/moderations.hpp"

#include <array>
#include <vector>

#include "platform/json/reader.hpp"
#include "platform/json/writer.hpp"

namespace genai::sim {
namespace {

using json::Kind;

// OpenAI API reference, "The moderation object".
constexpr std::array<std::string_view, 13> categories{"harassment", "harassment/threatening", "hate",   "hate/threatening",       "illicit",  "illicit/violent", "self-harm",
                                                      "self-harm/intent", "self-harm/instructions", "sexual", "sexual/minors", "violence", "violence/graphic"};

// The texts of `input`: a string, strings, or parts that may be text.
std::vector<std::string> inputs(json::Reader& in) {
  std::vector<std::string> texts;
  const auto add = [&] {
    if (const auto text = in.string()) texts.push_back(text->unescaped());
  };
  if (in.kind() == Kind::string) return add(), texts;
  for (in.enter_array(); in.next_element();) {
    if (in.kind() != Kind::object) {
      add();
      continue;
    }
    std::string_view key;
    for (in.enter_object(); in.next_member(key);) key == "text" ? add() : in.skip();
  }
  return texts;
}

void append_result(std::string& to, std::string_view text) {
  std::string flags, scores;
  bool flagged = false;
  for (const auto category : categories) {
    const bool found = text.find(category) != text.npos;
    flagged |= found;
    const std::string comma = flags.empty() ? "\"" : ",\"";
    flags += comma + std::string(category) + (found ? "\":true" : "\":false");
    scores += comma + std::string(category) + (found ? "\":0.99" : "\":0.01");
  }
  ((to += R"({"flagged":)") += flagged ? "true" : "false") += R"(,"categories":{)";
  (((to += flags) += R"(},"category_scores":{)") += scores) += "}}";
}

}  // namespace

Result<std::string> moderate(const std::string& body, std::string_view model) {
  json::Reader in(body);
  std::vector<std::string> texts;
  std::string_view key;
  for (in.enter_object(); in.next_member(key);) {
    if (key == "input") texts = inputs(in);
    else in.skip();
  }
  if (!in.end()) return in.error();
  if (texts.empty()) return Error{Code::missing_field, "'input' is required", "input"};
  std::string to = R"({"id":"modr-sim","model":)";
  json::append_string(to, model);
  to += R"(,"results":[)";
  for (const auto& text : texts) append_result(to, text), to += ',';
  to.back() = ']';
  return to += '}';
}

}  // namespace genai::sim

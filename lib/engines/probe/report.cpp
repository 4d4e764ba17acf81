// What was found, for people and for programs. Scripts rely on the keys of the JSON: later versions only add.
#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "domain/catalog/price.hpp"
#include "engines/probe/probe.hpp"
#include "platform/text/table.hpp"

namespace genai::probe {
namespace {

using Json = nlohmann::ordered_json;

// Of all answers together.
struct Sum {
  std::size_t asked = 0, answered = 0;
  std::int64_t prompt = 0, completion = 0;
  NanoUsd cost{0};
  std::size_t unpriced = 0;  // answers whose cost is not known

  explicit Sum(const std::vector<Finding>& findings) {
    for (const auto& finding : findings) {
      asked += finding.not_asked.empty() ? 1 : 0;
      answered += finding.answer || finding.listed ? 1 : 0;
      if (!finding.answer) continue;
      if (finding.answer->usage) {
        prompt += finding.answer->usage->prompt.value();
        completion += finding.answer->usage->completion.value();
      }
      if (finding.cost) cost += *finding.cost;
      else ++unpriced;
    }
  }
  bool cost_unknown() const { return unpriced > 0 && cost == NanoUsd{0}; }
};

std::string_view word(chat::Question question) {
  switch (question) {
    case chat::Question::embeddings: return "embeddings";
    case chat::Question::moderations: return "moderations";
    case chat::Question::count: return "count";
    case chat::Question::rerank: return "rerank";
    default: return "chat";
  }
}

std::string usd(NanoUsd cost) { return catalog::Amount::of(cost).usd(); }

std::string result(const Finding& finding) {
  if (finding.error) return std::string(row(finding.error->code).name);
  return finding.not_asked.empty() ? "ok" : "not asked";
}

// What answered, in a few words.
std::string said(const Finding& finding) {
  if (finding.listed) return fmt::format("lists {} models", *finding.listed);
  if (!finding.answer) return "";
  const auto& answer = *finding.answer;
  return answer.model.empty() ? std::string(word(answer.question)) : fmt::format("{} by {}", word(answer.question), answer.model);
}

std::string tokens(const Finding& finding) {
  if (!finding.answer || !finding.answer->usage) return finding.answer ? "unknown" : "";
  return fmt::format("{} + {}", finding.answer->usage->prompt.value(), finding.answer->usage->completion.value());
}

std::string cost(const Finding& finding) {
  if (!finding.answer) return "";
  return finding.cost ? "$" + usd(*finding.cost) : "unknown";
}

double milliseconds(Nanoseconds span) { return std::round(static_cast<double>(span.count()) / 1e3) / 1e3; }

std::string shown_latency(const Finding& finding) { return finding.not_asked.empty() ? fmt::format("{:.0f} ms", milliseconds(finding.latency)) : ""; }

std::string asked(const Finding& finding) { return finding.item.model.empty() ? "-" : finding.item.model; }

// The sentences below the table: what is wrong where, and what to do.
std::string remarks(const std::vector<Finding>& findings, std::size_t width) {
  std::string text;
  for (const auto& finding : findings) {
    if (!finding.error && finding.not_asked.empty()) continue;
    const auto where = finding.item.model.empty() ? finding.item.provider : finding.item.provider + "/" + finding.item.model;
    text += "\n" + text::wrap(text::printable(where + ": " + (finding.error ? finding.error->what : finding.not_asked)), width);
    if (!finding.error) continue;
    if (const auto hint = providers::advice(*finding.error); !hint.empty()) text += text::wrap("hint: " + std::string(hint), width, 2);
  }
  return text;
}

Json json_of(const Finding& finding) {
  const auto number = [](bool known, std::int64_t value) { return known ? Json(value) : Json(); };
  const auto words = [](const std::string& value) { return value.empty() ? Json() : Json(value); };
  const auto& answer = finding.answer;
  const bool counted = answer && answer->usage;
  const auto hint = finding.error ? providers::advice(*finding.error) : std::string_view();
  const std::string question = finding.item.model.empty() ? "models" : answer ? std::string(word(answer->question)) : "";
  return Json{{"provider", finding.item.provider},
              {"type", finding.type},
              {"model", words(finding.item.model)},
              {"serves", finding.item.serves},
              {"result", finding.error ? "failed" : finding.not_asked.empty() ? "ok" : "not_asked"},
              {"question", words(question)},
              {"answered_by", answer ? words(answer->model) : Json()},
              {"models_listed", finding.listed ? Json(*finding.listed) : Json()},
              {"code", finding.error ? Json(row(finding.error->code).name) : Json()},
              {"message", finding.error ? Json(finding.error->what) : words(finding.not_asked)},
              {"hint", words(std::string(hint))},
              {"latency_ms", finding.not_asked.empty() ? Json(milliseconds(finding.latency)) : Json()},
              {"prompt_tokens", number(counted, counted ? answer->usage->prompt.value() : 0)},
              {"completion_tokens", number(counted, counted ? answer->usage->completion.value() : 0)},
              {"cost_usd", finding.cost ? Json(usd(*finding.cost)) : Json()},
              {"cost_nano_usd", finding.cost ? Json(finding.cost->value()) : Json()}};
}

}  // namespace

std::string report_text(const std::vector<Finding>& findings, std::size_t width) {
  using enum text::Align;
  text::Table table({{"provider"}, {"model"}, {"result"}, {"answer"}, {"time", right}, {"tokens", right}, {"cost", right}});
  for (const auto& finding : findings) table.add({finding.item.provider, asked(finding), result(finding), said(finding), shown_latency(finding), tokens(finding), cost(finding)});
  const Sum sum(findings);
  const auto money = sum.cost_unknown() ? "at an unknown cost" : (sum.unpriced > 0 ? "for at least $" : "for $") + usd(sum.cost);
  return table.text() + remarks(findings, width) + fmt::format("\n{} of {} answered; {} tokens {}\n", sum.answered, sum.asked, sum.prompt + sum.completion, money);
}

std::string report_json(const std::vector<Finding>& findings) {
  const Sum sum(findings);
  Json probes = Json::array();
  for (const auto& finding : findings) probes.push_back(json_of(finding));
  const Json document{{"schema", "genai.config-probe/v1"},
                      {"probes", std::move(probes)},
                      {"total",
                       {{"asked", sum.asked},
                        {"answered", sum.answered},
                        {"failed", sum.asked - sum.answered},
                        {"prompt_tokens", sum.prompt},
                        {"completion_tokens", sum.completion},
                        {"cost_usd", sum.cost_unknown() ? Json() : Json(usd(sum.cost))},
                        {"cost_nano_usd", sum.cost_unknown() ? Json() : Json(sum.cost.value())},
                        {"cost_at_least", sum.unpriced > 0}}}};
  return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace genai::probe

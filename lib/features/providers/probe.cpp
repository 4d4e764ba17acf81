#include "features/providers/probe.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "domain/wire/dialect.hpp"
#include "platform/json/reader.hpp"
#include "platform/json/writer.hpp"

namespace genai::providers {
namespace {

using chat::Dialect;
using chat::Question;

// What can be asked, and the word in the names of models that answer it and no conversation.
struct Row {
  Dialect dialect;
  std::string_view word;
  std::string_view body;  // behind the model
};
constexpr std::array rows{
    Row{Dialect::embeddings, "embed", R"(,"input":"Hello")"},
    Row{Dialect::moderations, "moderation", R"(,"input":"Hello")"},
    Row{Dialect::rerank, "rerank", R"(,"query":"Hello","documents":["Hello"])"},
};

// OpenAI's Responses want 16 at least, and models that think before they speak reject a limit that leaves no room for it.
constexpr std::array<std::string_view, 2> limits{"1", "16"};

std::string body_of(std::string_view model, std::string_view rest) {
  std::string body = R"({"model":)";
  json::append_string(body, model);
  return (body += rest) += '}';
}

void add_conversation(std::vector<ProbeQuestion>& to, const Kind& kind, std::string_view model) {
  if (kind.endpoint_for(Dialect::chat_completions, model) == nullptr) return;
  const std::string_view field = kind.manner.token_limit == wire::TokenLimit::max_tokens ? "max_tokens" : "max_completion_tokens";
  for (const auto limit : limits) {
    std::string rest = R"(,"messages":[{"role":"user","content":"Hello"}],")";
    ((rest += field) += "\":") += limit;
    to.push_back({Dialect::chat_completions, body_of(model, rest)});
  }
}

bool names(std::string_view model, std::string_view word) {
  const auto same = [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + 32 : a) == b; };
  return std::search(model.begin(), model.end(), word.begin(), word.end(), same) != model.end();
}

// The name by which the answer calls what gave it: `model`, or Gemini's `modelVersion`.
std::string model_in(std::string_view payload) {
  json::Reader in(payload, json::Manner::lenient);
  std::string_view key;
  if (!in.enter_object()) return {};
  while (in.next_member(key)) {
    if (key != "model" && key != "modelVersion") in.skip();
    else if (const auto text = in.string()) return text->unescaped();
  }
  return {};
}

net::Task<Result<ProbeAnswer>> ask(Upstream& upstream, ProbeQuestion question, std::string model, MonoTime until, net::Loop& loop) {
  auto chat = wire::decode(question.dialect, std::move(question.body));
  if (!chat) co_return chat.error();
  net::Cancellation never;
  const auto began = loop.now();
  const Deadlines deadlines{until, until - began, until - began, until};
  auto events = co_await upstream.start(*chat, model, deadlines, never);
  if (!events) co_return events.error();
  auto event = co_await (*events)->next();
  if (!event) co_return event.error();
  if (!*event) co_return Error{Code::upstream_protocol, "the upstream's answer was empty", ""};
  co_return ProbeAnswer{chat::question(question.dialect), loop.now() - began, model_in((*event)->payload), (*event)->usage, std::string((*event)->service_tier)};
}

}  // namespace

std::vector<ProbeQuestion> probe_questions(const Kind& kind, std::string_view model) {
  std::vector<ProbeQuestion> named, others;
  for (const auto& row : rows) {
    if (kind.endpoint_for(row.dialect, model) == nullptr) continue;
    (names(model, row.word) ? named : others).push_back({row.dialect, body_of(model, row.body)});
  }
  add_conversation(named, kind, model);
  std::move(others.begin(), others.end(), std::back_inserter(named));
  return named;
}

net::Task<Result<ProbeAnswer>> probe(Upstream& upstream, const Kind& kind, std::string model, MonoTime until, net::Loop& loop) {
  auto questions = probe_questions(kind, model);
  Result<ProbeAnswer> first = Error{Code::unsupported_parameter, "nothing that this provider answers can be asked in a few tokens", ""};
  std::optional<Dialect> not_found;  // where asking for more tokens would not help
  for (std::size_t i = 0; i < questions.size(); ++i) {
    const auto dialect = questions[i].dialect;
    if (dialect == not_found) continue;
    auto answer = co_await ask(upstream, std::move(questions[i]), model, until, loop);
    if (answer) co_return answer;
    const bool rejected = answer.error().code == Code::upstream_rejected;
    if (answer.error().http_status == 404) not_found = dialect;
    if (i == 0) first = std::move(answer);
    if (!rejected) break;
  }
  co_return first;
}

std::string_view advice(const Error& error) noexcept {
  switch (error.code) {
    case Code::upstream_unreachable: return "check base_url (name, port, http or https), what stands between here and there, and `ca` where the certificate is not trusted";
    case Code::upstream_timeout: return "it took the connection but did not answer in time: --timeout gives it longer";
    case Code::upstream_incomplete: return "the connection broke while it answered: see its log, or what stands between";
    case Code::upstream_protocol: return "what answers there does not speak this API: check type and the path of base_url";
    case Code::upstream_auth: return "check that the key is the one for this base_url, still valid, and allowed to use this model";
    case Code::upstream_rate_limited: return "the account's quota or rate is used up: see the provider's page of limits and billing";
    case Code::upstream_rejected: return error.http_status == 404 ? "check the target's model and the path of base_url: one of them is not known there" : "check the target's model and what it is for";
    case Code::content_filter: return "its content filter stopped a greeting: check the filter that the account has there";
    case Code::upstream_error: return "the fault is the provider's: try again later";
    default: return {};
  }
}

}  // namespace genai::providers

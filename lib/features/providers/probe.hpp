// One small question to one upstream: does it answer, and what answers there?
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "domain/chat/usage.hpp"
#include "features/providers/kinds.hpp"
#include "features/providers/upstream.hpp"
#include "platform/net/loop.hpp"

namespace genai::providers {

// What came back from a model.
struct ProbeAnswer {
  chat::Question question = chat::Question::conversation;  // what was asked
  Nanoseconds latency{};                                   // of the request that was answered, to its last byte
  std::string model;                                       // as the answer names it; empty where it does not
  std::optional<chat::Usage> usage;                        // nothing: the provider does not say
  std::string service_tier;
};

// The bodies to ask in turn, in OpenAI's dialects, until one is not rejected: first what the model's name says that it is for, then the other things
// that the kind is asked for. A chat asks for one token, and then for as many as the most demanding models want at least. Never empty unless the kind
// answers none of these questions.
struct ProbeQuestion {
  chat::Dialect dialect;
  std::string body;
};
std::vector<ProbeQuestion> probe_questions(const Kind& kind, std::string_view model);

// Asks `model` through the upstream as `serve` would, until all is over at `until`. A rejected question costs nothing and the next is asked; where
// none is answered, the first one's error is told, as it came. `upstream` and `loop` outlive the task.
net::Task<Result<ProbeAnswer>> probe(Upstream& upstream, const Kind& kind, std::string model, MonoTime until, net::Loop& loop);

// What a person can do about an upstream's error, in one sentence; empty where nothing general can be said.
std::string_view advice(const Error& error) noexcept;

}  // namespace genai::providers

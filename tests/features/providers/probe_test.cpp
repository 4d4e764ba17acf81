#include "features/providers/probe.hpp"

#include <deque>

#include "features/providers/count_here.hpp"
#include "test.hpp"

using namespace genai;
using namespace genai::providers;

namespace {

// An upstream that answers from a list, and keeps what it was asked.
class Scripted final : public Upstream {
 public:
  struct Asked {
    chat::Dialect dialect;
    std::string body, model;
  };
  net::Task<Result<std::unique_ptr<EventSource>>> start(const chat::Chat& chat, std::string_view model, Deadlines, net::Cancellation&) override {
    asked.push_back({chat.dialect, chat.body, std::string(model)});
    auto next = std::move(answers.front());
    answers.pop_front();
    if (!next) co_return next.error();
    chat::Event event;
    event.whole = true;
    event.usage = chat::Usage{.prompt = Tokens{8}, .completion = Tokens{1}, .cached = {}, .reasoning = {}};
    co_return make_given(std::move(*next), event);
  }
  std::deque<Result<std::string>> answers;
  std::vector<Asked> asked;
};

net::Task<void> ask(Upstream& upstream, const Kind& kind, std::string model, net::Loop& loop, std::optional<Result<ProbeAnswer>>& into) {
  into = co_await probe(upstream, kind, std::move(model), loop.now() + std::chrono::seconds(10), loop);
}

Result<ProbeAnswer> asked(Scripted& upstream, ProviderType type, std::string model) {
  net::VirtualClock clock;
  net::VirtualLoop loop(clock);
  net::TaskGroup tasks;
  std::optional<Result<ProbeAnswer>> answer;
  tasks.spawn(ask(upstream, kind(type), std::move(model), loop, answer));
  loop.settle();
  return *answer;
}

Error rejected(int status) { return {Code::upstream_rejected, "no", "", status}; }

}  // namespace

TEST_CASE("a probe asks a chat for one token, in the field that the provider knows") {
  Scripted upstream;
  upstream.answers.emplace_back(R"({"id":"x","model":"gpt-4o-2024-08-06","choices":[]})");
  const auto answer = asked(upstream, ProviderType::openai, "gpt \"4o\"");
  REQUIRE(answer.has_value());
  CHECK(answer->question == chat::Question::conversation);
  CHECK(answer->model == "gpt-4o-2024-08-06");
  CHECK(answer->usage->prompt == Tokens{8});
  REQUIRE(upstream.asked.size() == 1);
  CHECK(upstream.asked[0].model == "gpt \"4o\"");
  CHECK(upstream.asked[0].body == R"({"model":"gpt \"4o\"","messages":[{"role":"user","content":"Hello"}],"max_completion_tokens":1})");
  upstream.answers.emplace_back(R"({"modelVersion":"gemini-2.5"})");
  CHECK(asked(upstream, ProviderType::openai_compatible, "llama")->model == "gemini-2.5");
  CHECK(upstream.asked[1].body.find(R"("max_tokens":1})") != std::string::npos);
}

TEST_CASE("a model that rejects one token is asked for sixteen, and then for what else it may be there for") {
  Scripted upstream;
  upstream.answers.emplace_back(rejected(400));
  upstream.answers.emplace_back("{}");
  CHECK(asked(upstream, ProviderType::openai, "o9").has_value());
  CHECK(upstream.asked[1].body.find(":16}") != std::string::npos);

  Scripted odd;
  odd.answers.emplace_back(rejected(404));  // more tokens would not help
  odd.answers.emplace_back("{}");
  CHECK(asked(odd, ProviderType::openai, "bge-m3")->question == chat::Question::embeddings);
  REQUIRE(odd.asked.size() == 2);
  CHECK(odd.asked[1].dialect == chat::Dialect::embeddings);
}

TEST_CASE("a model whose name says what it is for is asked for that first") {
  Scripted upstream;
  upstream.answers.emplace_back("{}");
  CHECK(asked(upstream, ProviderType::openai, "Text-Embedding-3-small")->question == chat::Question::embeddings);
  upstream.answers.emplace_back("{}");
  CHECK(asked(upstream, ProviderType::openai, "omni-moderation-latest")->question == chat::Question::moderations);
  upstream.answers.emplace_back("{}");
  CHECK(asked(upstream, ProviderType::anthropic, "claude-embedded")->question == chat::Question::conversation);
  upstream.answers.emplace_back("{}");
  CHECK(asked(upstream, ProviderType::cohere, "rerank-v3.5")->question == chat::Question::rerank);
  CHECK(upstream.asked.back().dialect == chat::Dialect::rerank);
}

TEST_CASE("what all questions meet is told as the first met it; other errors end the asking") {
  Scripted upstream;
  upstream.answers = {rejected(400), rejected(422), rejected(404), rejected(403)};
  const auto answer = asked(upstream, ProviderType::openai, "x");
  REQUIRE(answer.has_error());
  CHECK(answer.error().http_status == 400);
  CHECK(upstream.answers.empty());
  upstream.answers = {rejected(400), Error{Code::upstream_timeout, "no", ""}};
  CHECK(asked(upstream, ProviderType::openai, "x").error().http_status == 400);
  upstream.answers.emplace_back(Error{Code::upstream_auth, "no", ""});
  CHECK(asked(upstream, ProviderType::openai, "x").error().code == Code::upstream_auth);
}

TEST_CASE("every error of an upstream comes with something to do") {
  for (const auto code : {Code::upstream_unreachable, Code::upstream_timeout, Code::upstream_incomplete, Code::upstream_protocol, Code::upstream_auth, Code::upstream_rate_limited,
                          Code::upstream_rejected, Code::upstream_error}) {
    CHECK_FALSE(advice({code, "", ""}).empty());
  }
  CHECK(advice({Code::internal, "", ""}).empty());
  CHECK(advice(rejected(404)) != advice(rejected(400)));
}

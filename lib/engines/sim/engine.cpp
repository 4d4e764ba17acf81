#include "engines/sim/engine.hpp"

#include <algorithm>
#include <limits>

#include "domain/wire/dialect.hpp"
#include "engines/sim/embeddings.hpp"
#include "engines/sim/moderations.hpp"
#include "engines/sim/rerank.hpp"
#include "engines/sim/script.hpp"
#include "features/providers/count_here.hpp"

namespace genai::sim {
namespace {

// An answer in time: one timer, set for one event after the other on an absolute schedule.
class Source final : public providers::EventSource {
 public:
  Source(net::Loop& loop, Script script, const Config& config, providers::Deadlines deadlines)
      : loop_(loop), timer_(loop, [this] { wake_.fire(); }), script_(std::move(script)), ttft_(config.ttft), itl_(config.itl),
        deadlines_(deadlines), started_(loop.now()), last_(started_) {}

  net::Task<Result<std::optional<chat::Event>>> next() override {
    const MonoTime limit = patience();
    const MonoTime due = due_at();
    const MonoTime until = std::min(due, limit);
    if (!cancelled_ && until > loop_.now()) {
      timer_.set(until);
      co_await wake_;
    }
    if (cancelled_) co_return Error{Code::client_closed, "the request was cancelled", {}};
    if (due > limit) co_return Error{Code::upstream_timeout, "the simulated model is slower than its deadline", {}};
    seen_ = true;
    last_ = until;
    co_return script_.next();
  }
  bool ready() const override {
    const MonoTime due = due_at();
    return cancelled_ || due == started_ || due <= loop_.now();
  }
  void cancel() override {
    cancelled_ = true;
    if (timer_.armed()) timer_.set(loop_.now());  // the wait ends when the loop turns
  }

 private:
  MonoTime due_at() const {
    const std::int64_t tokens = script_.due_tokens();
    return tokens == 0 ? started_ : started_ + ttft_ + (tokens - 1) * itl_;
  }
  // How long the caller waits for the next event.
  MonoTime patience() const {
    const Nanoseconds own = seen_ ? deadlines_.gap : deadlines_.first_event;
    return own == Nanoseconds(0) ? deadlines_.total : std::min(deadlines_.total, last_ + own);
  }

  net::Loop& loop_;
  net::Signal wake_;
  net::Timer timer_;
  Script script_;
  Nanoseconds ttft_;
  Nanoseconds itl_;
  providers::Deadlines deadlines_;
  MonoTime started_;
  MonoTime last_;  // event, or the start
  bool seen_ = false;
  bool cancelled_ = false;
};

// The same answer with its deltas, for clients of other dialects.
class InOtherWords final : public providers::EventSource {
 public:
  explicit InOtherWords(std::unique_ptr<providers::EventSource> source)
      : source_(std::move(source)), decoder_(wire::make_decoder(chat::Dialect::chat_completions, true)) {}
  net::Task<Result<std::optional<chat::Event>>> next() override {
    auto event = co_await source_->next();
    if (!event || !*event) co_return event;
    if ((*event)->whole) {
      auto whole = decoder_->whole((*event)->payload);
      if (!whole) co_return whole.error();
      co_return std::optional(*whole);
    }
    co_return decoder_->event({}, (*event)->payload);
  }
  bool ready() const override { return source_->ready(); }
  void cancel() override { source_->cancel(); }

 private:
  const std::unique_ptr<providers::EventSource> source_;
  const std::unique_ptr<wire::Decoder> decoder_;
};

using Started = Result<std::unique_ptr<providers::EventSource>>;

Started in_other_words(Started started) {
  if (started) *started = std::make_unique<InOtherWords>(std::move(*started));
  return started;
}

Started given(Result<std::string> payload, chat::Dialect dialect) {
  if (!payload) return payload.error();
  auto event = wire::make_decoder(dialect, false)->whole(*payload);
  if (!event) return event.error();
  return providers::make_given(std::move(*payload), *event);
}

// What an answer to the same conversation would report.
Started count(const chat::Chat& chat, std::string_view model) {
  auto asked = chat;
  asked.dialect = chat::Dialect::messages;
  auto body = wire::encode(asked, chat::Dialect::chat_completions, model);
  if (!body) return body.error();
  const auto said = wire::decode(chat::Dialect::chat_completions, std::move(*body));
  if (!said) return said.error();
  return given(R"({"input_tokens":)" + std::to_string(said->prompt_estimate.value()) + "}", chat::Dialect::count_tokens);
}

class InProcess final : public providers::Upstream {
 public:
  InProcess(net::Loop& loop, Config config) : engine_(loop, config) {}
  net::Task<Started> start(const chat::Chat& chat, std::string_view model, providers::Deadlines deadlines, net::Cancellation& cancellation) override {
    if (cancellation.cancelled()) co_return Error{Code::client_closed, "the request was cancelled", {}};
    co_return engine_.answer(chat, model, deadlines);
  }

 private:
  Engine engine_;
};

}  // namespace

Result<std::unique_ptr<providers::EventSource>> Engine::start(const chat::Chat& chat, std::string_view model, bool usage, providers::Deadlines deadlines) {
  if (chat.choices != 1) return Error{Code::invalid_value, "'n' must be 1: the simulated model gives one answer", "n"};
  const auto created = std::chrono::duration_cast<std::chrono::seconds>(loop_.clock().wall_now().time_since_epoch()).count();
  SeededRng mixed(config_.seed + (config_.lane << 32));
  const Identity identity{mixed.next() + requests_++, created};
  std::unique_ptr<providers::EventSource> source = std::make_unique<Source>(loop_, Script(chat, model, usage, config_, identity), config_, deadlines);
  return source;
}

// What is asked in other words is said in OpenAI's, and the answer told with its deltas.
Result<std::unique_ptr<providers::EventSource>> Engine::answer(const chat::Chat& chat, std::string_view model, providers::Deadlines deadlines) {
  switch (chat.dialect) {
    case chat::Dialect::chat_completions: return start(chat, model, true, deadlines);
    case chat::Dialect::embeddings: return given(embed(chat.body, config_.seed), chat.dialect);
    case chat::Dialect::moderations: return given(moderate(chat.body, model), chat.dialect);
    case chat::Dialect::rerank: return given(rank(chat), chat.dialect);
    case chat::Dialect::count_tokens: return count(chat, model);
    default: break;
  }
  auto body = wire::encode(chat, chat::Dialect::chat_completions, model);
  if (!body) return body.error();
  auto asked = wire::decode(chat::Dialect::chat_completions, std::move(*body));
  if (!asked) return asked.error();
  return in_other_words(start(*asked, model, true, deadlines));
}

std::unique_ptr<providers::Upstream> make_upstream(net::Loop& loop, Config config) { return std::make_unique<InProcess>(loop, config); }

}  // namespace genai::sim

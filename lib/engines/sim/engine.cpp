#include "engines/sim/engine.hpp"

#include <algorithm>
#include <limits>

#include "engines/sim/script.hpp"

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

class InProcess final : public providers::Upstream {
 public:
  InProcess(net::Loop& loop, Config config) : engine_(loop, config) {}
  net::Task<Result<std::unique_ptr<providers::EventSource>>> start(const chat::Chat& chat, std::string_view model, providers::Deadlines deadlines,
                                                                   net::Cancellation& cancellation) override {
    if (cancellation.cancelled()) co_return Error{Code::client_closed, "the request was cancelled", {}};
    co_return engine_.start(chat, model, true, deadlines);
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

std::unique_ptr<providers::Upstream> make_upstream(net::Loop& loop, Config config) { return std::make_unique<InProcess>(loop, config); }

}  // namespace genai::sim

#include "features/providers/google_credentials.hpp"

#include <algorithm>
#include <list>
#include <optional>
#include <utility>

#include "features/providers/answers.hpp"
#include "features/providers/google_account.hpp"
#include "platform/http/server.hpp"
#include "platform/net/loop.hpp"

namespace genai::providers {
namespace {

using namespace std::chrono_literals;

// How long before its end a token is fetched anew, and is no longer used, since clocks differ; half of its time where that is less.
constexpr Nanoseconds renew_before = 5min;
constexpr Nanoseconds unsure_before = 10s;
constexpr Nanoseconds fetch_time = 10s;  // in all
constexpr Nanoseconds pause = 30s;       // between tries to renew a token that still holds
constexpr std::size_t max_answer_bytes = 64 * 1024;

// What the tasks that fetch and those that wait share; outlives its Credentials for as long as a task runs.
class Tokens : public std::enable_shared_from_this<Tokens> {
 public:
  Tokens(const ProviderConfig& config, crypto::SigningKey key, http::Url at, http::Client& client, net::Loop& loop)
      : account_(config.google.account), key_(std::move(key)), at_(std::move(at)), target_(target_of(config, at_)), client_(client), loop_(loop) {}

  // Returns once line() is there, or says why it cannot be.
  net::Task<Result<void>> wait(MonoTime by, net::Cancellation& cancellation) {
    const auto now = loop_.now();
    if (now >= renew_at_ && !is_fetching_ && (!holds() || now >= not_before_)) start();
    while (is_fetching_ && !holds()) {
      net::Signal signal;
      const Place place(waiting_, signal);
      net::Timer timer(loop_, [&signal] { signal.fire(); });
      timer.set(by);
      const net::Cancellation::Scope scope(cancellation, [this, &timer] { timer.set(loop_.now()); });
      co_await signal;
      if (cancellation.cancelled()) co_return Error{Code::client_closed, "the client closed the connection", ""};
      if (loop_.now() >= by) co_return Error{Code::upstream_timeout, "the provider's token endpoint did not answer in time", ""};
    }
    if (!holds()) co_return failed_;
    co_return Result<void>();
  }

  const std::string& line() const { return line_; }

  // The token no longer counts, whatever it said.
  void drop() { holds_until_ = renew_at_ = MonoTime{}; }

 private:
  // Plain HTTP is for this machine, which no proxy is on the way to.
  static http::Target target_of(const ProviderConfig& config, const http::Url& at) {
    if (!at.tls) return http::Target(at.endpoint);
    return http::Target(at.endpoint, config.trust, config.proxy);
  }

  // One of those that wait.
  class Place {
   public:
    Place(std::list<net::Signal*>& in, net::Signal& signal) : in_(in), signal_(signal) { in_.push_back(&signal); }
    Place(const Place&) = delete;
    ~Place() { in_.remove(&signal_); }

   private:
    std::list<net::Signal*>& in_;
    net::Signal& signal_;
  };

  bool holds() const { return loop_.now() < holds_until_; }

  void start() {
    is_fetching_ = true;
    not_before_ = loop_.now() + pause;
    client_.run_beside([self = shared_from_this()](net::Cancellation& cancellation) { return fetch_once(self, cancellation); });
  }

  static net::Task<void> fetch_once(std::shared_ptr<Tokens> self, net::Cancellation& cancellation) {
    auto token = co_await self->fetch(cancellation);
    self->take(std::move(token));
  }

  void take(Result<Token> token) {
    is_fetching_ = false;
    if (token) {
      line_.clear();
      http::append_field(line_, "Authorization", "Bearer " + std::string(token->text.reveal()));
      const Nanoseconds lifetime = token->lifetime;
      holds_until_ = loop_.now() + lifetime - std::min(unsure_before, lifetime / 2);
      renew_at_ = loop_.now() + lifetime - std::min(renew_before, lifetime / 2);
    } else {
      failed_ = token.error();
    }
    while (!waiting_.empty()) {
      auto& next = *waiting_.front();
      waiting_.pop_front();
      next.fire();
    }
  }

  net::Task<Result<Token>> fetch(net::Cancellation& cancellation) {
    const auto by = loop_.now() + fetch_time;
    auto body = token_request(*account_, key_, loop_.clock().wall_now());
    if (!body) co_return body.error();
    auto head = request_head(body->size());
    auto answer = co_await client_.send(target_, std::move(head), std::move(*body), by, by, cancellation);
    if (!answer) co_return answer.error();
    auto& raw = **answer;
    const net::Cancellation::Scope scope(cancellation, [&raw] { raw.cancel(); });
    auto said = co_await read_all(raw, max_answer_bytes, by);
    if (!said) co_return said.error();
    co_return read_token(raw.head().status, *said);
  }

  std::string request_head(std::size_t size) const {
    std::string head = "POST " + at_.path + " HTTP/1.1\r\n";
    http::append_field(head, "Host", at_.authority);
    http::append_field(head, "Content-Type", "application/x-www-form-urlencoded");
    http::append_field(head, "Accept", "application/json");
    http::append_field(head, "User-Agent", "genai");
    http::append_field(head, "Content-Length", std::to_string(size));
    return head += "\r\n";
  }

  const std::shared_ptr<const ServiceAccount> account_;
  const crypto::SigningKey key_;
  const http::Url at_;
  const http::Target target_;
  http::Client& client_;
  net::Loop& loop_;
  std::string line_;         // of a request's head, with the token
  MonoTime holds_until_{};
  MonoTime renew_at_{};
  MonoTime not_before_{};    // the next try to renew what holds
  bool is_fetching_ = false;
  Error failed_;          // why there is none
  std::list<net::Signal*> waiting_;
};

class AsAccount final : public Credentials {
 public:
  explicit AsAccount(std::shared_ptr<Tokens> tokens) : tokens_(std::move(tokens)) {}

  net::Task<Result<void>> prepare(MonoTime by, net::Cancellation& cancellation) override { return tokens_->wait(by, cancellation); }
  Result<void> append(std::string& head, const Outgoing&) override {
    head += tokens_->line();
    return {};
  }
  void refused() override { tokens_->drop(); }

 private:
  const std::shared_ptr<Tokens> tokens_;
};

// What cannot be proven is not sent.
class Nothing final : public Credentials {
 public:
  explicit Nothing(Error why) : why_(std::move(why)) {}
  Result<void> append(std::string&, const Outgoing&) override { return why_; }

 private:
  const Error why_;
};

}  // namespace

std::unique_ptr<Credentials> make_google_credentials(const ProviderConfig& config, http::Client& client, net::Loop& loop) {
  const auto& account = config.google.account;
  auto key = crypto::SigningKey::of_pem(account->private_key);
  if (!key) return std::make_unique<Nothing>(key.error());
  auto at = http::parse_url(account->token_uri);
  if (!at) return std::make_unique<Nothing>(at.error());
  return std::make_unique<AsAccount>(std::make_shared<Tokens>(config, std::move(*key), std::move(*at), client, loop));
}

}  // namespace genai::providers

#include "platform/http/client.hpp"

#include <algorithm>
#include <iterator>
#include <list>
#include <vector>

#include "platform/http/chunked.hpp"
#include "platform/http/inflate.hpp"
#include "platform/net/read_ahead.hpp"

namespace genai::http {
namespace {

constexpr std::size_t read_room = 4 * 1024;
constexpr std::size_t max_interim_answers = 8;
constexpr std::chrono::seconds finish_time{1};

Error protocol(const std::string& what) { return Error{Code::upstream_protocol, "the upstream's answer is not valid HTTP: " + what, ""}; }
Error client_closed() { return Error{Code::client_closed, "the client closed the connection", ""}; }
Error behind_proxy(Error error) {
  error.what = "the proxy cannot be reached: " + error.what;
  return error;
}
Error timed_out() { return Error{Code::upstream_timeout, "the upstream did not answer in time", ""}; }

}  // namespace

// One connection, in use or pooled.
struct Connection {
  Connection(std::unique_ptr<net::Stream> stream, Target to, const Limits& limits)
      : target(std::move(to)),
        input(std::make_shared<net::ReadAhead>(std::move(stream), read_room, limits.head + read_room)),
        timer(input->stream().loop(), [this] { timed_out = true; input->close(); }) {}
  ~Connection() { input->close(); }

  Target target;
  std::shared_ptr<net::ReadAhead> input;
  net::Timer timer;
  MonoTime idle_since{};
  bool timed_out = false;
  bool reused = false;
};

struct Client::Impl {
  Impl(net::Network& to, ClientConfig with) : network(to), config(std::move(with)), sweep(network.loop(), [this] { expire(); }) {}

  net::Network& network;
  const ClientConfig config;
  // The idle connections to one target, the freshest last. A process has few targets: a list is searched faster than a map.
  struct Pool {
    Target target;
    std::vector<std::unique_ptr<Connection>> idle;
  };
  std::vector<Pool> pools;
  // A server with its last session, which outlives the connections. As many as the configuration has targets over TLS.
  struct Secured {
    Target target;
    tls::Remote remote;
  };
  std::vector<std::unique_ptr<Secured>> secured;
  std::shared_ptr<tls::Workspace> workspace;
  net::TaskGroup finishing;
  std::list<net::Cancellation> beside;  // of the tasks of run_beside()
  net::Timer sweep;  // set while connections are pooled
  bool closing = false;

  // Drops what is too old or has died, so that endpoints no longer asked keep no descriptors.
  void expire() {
    const auto oldest = network.loop().now() - config.idle_limit;
    for (auto& pool : pools) {
      std::erase_if(pool.idle, [&](const auto& connection) { return connection->idle_since <= oldest || connection->input->ended(); });
    }
    std::erase_if(pools, [](const Pool& pool) { return pool.idle.empty(); });
    if (!pools.empty()) sweep.set_after(config.idle_limit);
  }

  std::vector<std::unique_ptr<Connection>>& idle(const Target& to) {
    for (auto& pool : pools) {
      if (pool.target == to) return pool.idle;
    }
    return pools.emplace_back(Pool{to, {}}).idle;
  }

  tls::Remote& remote(const Target& to) {
    for (auto& one : secured) {
      if (one->target == to) return one->remote;
    }
    if (!workspace) workspace = tls::make_workspace();
    secured.push_back(std::unique_ptr<Secured>(new Secured{to, tls::Remote(to.trust, to.endpoint.host, workspace)}));
    return secured.back()->remote;
  }

  net::Task<Result<std::unique_ptr<net::Stream>>> connect(Target to, MonoTime by, net::Cancellation& cancellation) {
    const auto& first = to.tunnel ? to.tunnel->endpoint : to.endpoint;
    auto stream = co_await network.connect(first, by, cancellation);
    if (stream && to.tunnel) stream = co_await open_tunnel(std::move(*stream), to.tunnel, to.endpoint, config.limits, by, cancellation);
    else if (!stream && to.tunnel && stream.error().code == Code::upstream_unreachable) co_return behind_proxy(stream.error());
    if (!stream || !to.trust) co_return std::move(stream);
    auto& its = remote(to);
    co_return co_await its.connect(std::move(*stream), by, cancellation);
  }

  std::unique_ptr<Connection> take(const Target& to) {
    auto& pool = idle(to);
    const auto oldest = network.loop().now() - config.idle_limit;
    const auto fresh = std::find_if(pool.begin(), pool.end(), [&](const auto& connection) { return connection->idle_since >= oldest; });
    pool.erase(pool.begin(), fresh);
    while (!pool.empty()) {
      auto connection = std::move(pool.back());
      pool.pop_back();
      if (connection->input->ended() || !connection->input->bytes().empty()) continue;  // died, or spoke unasked
      connection->reused = true;
      return connection;
    }
    return nullptr;
  }

  void give(std::unique_ptr<Connection> connection) {
    if (closing || config.max_idle == 0 || connection->input->ended() || !connection->input->bytes().empty()) return;
    auto& pool = idle(connection->target);
    if (pool.size() >= config.max_idle) pool.erase(pool.begin());
    connection->timer.clear();
    connection->idle_since = network.loop().now();
    connection->input->arm();
    pool.push_back(std::move(connection));
    if (!sweep.armed()) sweep.set_after(config.idle_limit);
  }
};

// The answer that a connection is leased to.
class Client::Lease final : public Answer {
 public:
  Lease(Impl& client, std::unique_ptr<Connection> connection)
      : client_(client), connection_(std::move(connection)), scanner_(client.config.limits), chunks_(client.config.limits) {}

  const ResponseHead& head() const override { return head_; }

  net::Task<Result<bool>> read_head(MonoTime deadline) {
    auto& input = *connection_->input;
    for (std::size_t interim = 0; interim <= max_interim_answers; ++interim) {
      scanner_.reset();
      for (;;) {
        auto complete = scanner_.response(input.bytes(), head_);
        if (!complete) co_return protocol(complete.error().what);
        if (*complete) break;
        auto more = co_await fill(deadline);
        if (!more) co_return more.error();
      }
      if (head_.status >= 200) {
        keep_head();
        co_return undo_coding();
      }
      if (head_.status == 101) co_return protocol("it switches protocols unasked");
      input.consume(scanner_.consumed());
    }
    co_return protocol("too many interim answers");
  }

  net::Task<Result<std::string_view>> read(MonoTime deadline) override {
    for (;;) {
      auto piece = next_piece();
      if (!piece) co_return piece;
      if (!piece->empty() || ended_) co_return piece;
      auto more = co_await fill(deadline);
      if (!more) co_return more.error();
      if (!*more) {  // the connection ended
        if (head_.body != BodyKind::until_close || connection_->input->error()) co_return incomplete();
        ended_ = true;
      }
    }
  }

  std::string_view buffered() override {
    if (broken_) return {};
    auto piece = next_piece();
    if (piece) return *piece;
    broken_ = piece.error();
    return {};
  }

  void cancel() override {
    cancelled_ = true;
    if (connection_) connection_->input->close();
  }

  bool ended() const { return ended_; }
  bool died_unused() const { return connection_->reused && died_before_a_byte_; }

 private:
  // The head's views must outlive the buffer, so its bytes are copied.
  void keep_head() {
    auto& input = *connection_->input;
    head_bytes_.assign(input.bytes().substr(0, scanner_.consumed()));
    head_.fields.rebase(input.bytes().data(), head_bytes_.data());
    input.consume(scanner_.consumed());
    left_ = head_.content_length;
    connection_->timer.clear();
    if (head_.body == BodyKind::none) end();
  }

  Error incomplete() {
    if (cancelled_) return client_closed();
    if (connection_ && connection_->timed_out) return timed_out();
    return Error{Code::upstream_incomplete, "the upstream closed the connection before its answer was complete", ""};
  }

  // True: more bytes; false: the connection ended cleanly where an end may be.
  net::Task<Result<bool>> fill(MonoTime deadline) {
    if (cancelled_) co_return client_closed();
    auto input = connection_->input;
    const auto before = input->bytes().size();
    connection_->timer.set(deadline);
    co_await input->wait();
    connection_->timer.clear();
    if (input->bytes().size() > before) {
      anything_came_ = true;
      co_return true;
    }
    if (input->full()) co_return protocol("its head is longer than " + std::to_string(client_.config.limits.head) + " bytes");
    died_before_a_byte_ = !anything_came_ && before == 0 && !cancelled_ && !connection_->timed_out;
    if (cancelled_ || connection_->timed_out || head_bytes_.empty()) co_return incomplete();
    co_return false;
  }

  // From here on the body is what its content coding stands for.
  Result<bool> undo_coding() {
    const auto named = head_.fields.find("content-encoding");
    if (!named) return true;
    if (head_.fields.count("content-encoding") > 1) return protocol("its content coding is said twice");
    const auto coding = parse_coding(*named);
    if (!coding) return coding.error();
    if (*coding != Coding::identity && head_.body != BodyKind::none) inflater_ = std::make_unique<Inflater>(*coding, InflateLimits());
    return true;
  }

  // The next piece of the body that can be had without waiting, its content coding undone. Empty: nothing is buffered, or ended_.
  Result<std::string_view> next_piece() {
    if (broken_) return *broken_;
    if (!inflater_) return step();
    for (;;) {
      auto piece = inflater_->next(coded_);
      if (!piece) broken_ = piece.error();
      if (!piece || !piece->empty()) return piece;
      const auto coded = step();
      if (!coded) return coded.error();
      if (coded->empty() && ended_ && !inflater_->complete()) return protocol("its compressed body ends too early");
      if (coded->empty()) return std::string_view();
      coded_ = *coded;
    }
  }

  // Takes one piece of the body out of its framing. Empty: nothing is buffered, or ended_.
  Result<std::string_view> step() {
    if (ended_) return std::string_view();
    auto& input = *connection_->input;
    switch (head_.body) {
      case BodyKind::none: end(); return std::string_view();
      case BodyKind::length: {
        const auto piece = input.bytes().substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(left_, input.bytes().size())));
        input.consume(piece.size());
        left_ -= piece.size();
        if (left_ == 0 && piece.empty()) end();
        return piece;
      }
      case BodyKind::chunked:
        for (;;) {
          auto next = chunks_.next(input.bytes());
          if (!next) return protocol(next.error().what);
          input.consume(next->consumed);
          if (next->done) end();
          if (next->done || next->consumed == 0 || !next->data.empty()) return next->data;
        }
      case BodyKind::until_close: {
        const auto piece = input.bytes();
        input.consume(piece.size());
        return piece;
      }
    }
    return std::string_view();
  }

  void end() {
    ended_ = true;
    if (head_.keep_alive && connection_) client_.give(std::move(connection_));
  }

  Impl& client_;
  std::unique_ptr<Connection> connection_;
  HeadScanner scanner_;
  ResponseHead head_;
  std::string head_bytes_;
  ChunkedDecoder chunks_;
  std::unique_ptr<Inflater> inflater_;  // null: the body is as it was sent
  std::string_view coded_;              // taken out of its framing, not yet through the inflater
  std::uint64_t left_ = 0;
  bool ended_ = false;
  bool cancelled_ = false;
  bool anything_came_ = false;
  bool died_before_a_byte_ = false;
  std::optional<Error> broken_;
};

Client::Client(net::Network& network, ClientConfig config) : impl_(std::make_unique<Impl>(network, std::move(config))) {}
Client::~Client() = default;

namespace {

// Writes the request; an error here or later is told by the connection's end.
net::Task<bool> write_request(Connection& connection, std::string_view head, std::string_view body) {
  const std::string_view parts[] = {head, body};
  const auto wrote = co_await net::Write(connection.input->stream(), parts);
  co_return wrote.ok();
}

}  // namespace

net::Task<Result<std::unique_ptr<Answer>>> Client::send(Target to, std::string head, std::string body, MonoTime connect_by,
                                                        MonoTime head_by, net::Cancellation& cancellation) {
  for (bool fresh = false;; fresh = true) {
    if (cancellation.cancelled()) co_return client_closed();
    auto connection = fresh ? nullptr : impl_->take(to);
    if (!connection) {
      auto stream = co_await impl_->connect(to, connect_by, cancellation);
      if (!stream) co_return stream.error();
      connection = std::make_unique<Connection>(std::move(*stream), to, impl_->config.limits);
    }
    auto& raw = *connection;
    auto lease = std::make_unique<Lease>(*impl_, std::move(connection));
    auto& answer = *lease;
    const net::Cancellation::Scope scope(cancellation, [&answer] { answer.cancel(); });
    raw.timer.set(head_by);
    const bool wrote = co_await write_request(raw, head, body);
    if (!wrote && raw.reused && !raw.timed_out) continue;
    auto got = co_await answer.read_head(head_by);
    if (got) {
      std::unique_ptr<Answer> result = std::move(lease);
      co_return result;
    }
    if (!answer.died_unused()) co_return got.error();
  }
}

void Client::finish(std::unique_ptr<Answer> answer) {
  while (!answer->buffered().empty()) {
  }
  if (static_cast<Lease&>(*answer).ended() || impl_->closing) return;
  struct Rest {
    static net::Task<void> read(std::unique_ptr<Answer> of, MonoTime deadline) {
      for (;;) {
        auto piece = co_await of->read(deadline);
        if (!piece || piece->empty()) co_return;
      }
    }
  };
  impl_->finishing.spawn(Rest::read(std::move(answer), impl_->network.loop().now() + finish_time));
}

std::size_t Client::idle() const {
  std::size_t count = 0;
  for (const auto& pool : impl_->pools) count += pool.idle.size();
  return count;
}

void Client::run_beside(const std::function<net::Task<void>(net::Cancellation&)>& work) {
  struct Beside {
    static net::Task<void> run(Impl& impl, std::list<net::Cancellation>::iterator at, net::Task<void> task) {
      co_await task;
      impl.beside.erase(at);
    }
  };
  impl_->beside.emplace_back();
  const auto at = std::prev(impl_->beside.end());
  if (impl_->closing) at->cancel();
  impl_->finishing.spawn(Beside::run(*impl_, at, work(*at)));
}

net::Task<void> Client::close() {
  impl_->closing = true;
  for (auto at = impl_->beside.begin(); at != impl_->beside.end();) (at++)->cancel();  // one may end at once
  impl_->sweep.clear();
  impl_->pools.clear();
  co_await impl_->finishing.join();
}

}  // namespace genai::http

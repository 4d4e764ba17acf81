#include "platform/http/host.hpp"

#include <algorithm>
#include <atomic>
#include <csignal>
#include <optional>
#include <set>
#include <thread>
#include <utility>
#include <vector>

#include "platform/http/census.hpp"
#include "platform/net/proxy_header.hpp"

namespace genai::http {
namespace {

// A stream that is counted while it lives, under the peer's name, which may be another than the socket's.
class CountedStream final : public net::Stream {
 public:
  CountedStream(std::unique_ptr<net::Stream> stream, Census& census, std::string peer)
      : stream_(std::move(stream)), census_(census), peer_(std::move(peer)), address_(Census::address_of(peer_)) {}
  ~CountedStream() override { census_.leave(address_); }
  net::Loop& loop() override { return stream_->loop(); }
  void start_read(std::span<char> into, net::Completion& done) override { stream_->start_read(into, done); }
  bool start_write(std::span<const std::string_view> parts, net::IoResult& now, net::Completion& done) override {
    return stream_->start_write(parts, now, done);
  }
  void close() override { stream_->close(); }
  void finish_writing() override { stream_->finish_writing(); }
  std::uint64_t acknowledged() const override { return stream_->acknowledged(); }
  bool peer_ended() const override { return stream_->peer_ended(); }
  std::string peer() const override { return peer_; }

 private:
  std::unique_ptr<net::Stream> stream_;
  Census& census_;
  const std::string peer_;
  const std::string address_;
};

constexpr std::size_t max_refusals = 64;  // that are being told so, per loop; beyond, connections just close
constexpr std::chrono::seconds refusal_time{1};
constexpr std::size_t max_unannounced = 1'024;  // connections whose PROXY header is awaited, per loop; beyond, they just close

// Sends the answer and reads what the peer sends until it has seen it: closing on unread bytes would take the answer back.
net::Task<void> refuse(std::unique_ptr<net::Stream> stream, std::string answer) {
  auto& to = *stream;
  net::Timer timer(to.loop(), [&to] { to.close(); });
  timer.set_after(refusal_time);
  const auto wrote = co_await net::Write(to, answer);
  to.finish_writing();
  char unread[1024];
  bool more = wrote.ok();
  while (more) {
    const auto got = co_await net::Read(to, unread);
    more = got.ok() && got.bytes > 0;
  }
}

}  // namespace

// The second door: a listener and a server of its own.
struct Beside {
  std::unique_ptr<net::Listener> listener;
  std::function<std::unique_ptr<Handler>(Site&)> make_handler;
  std::unique_ptr<Handler> handler;
  std::unique_ptr<Server> server;
};

// One loop with what lives on it.
struct Worker {
  explicit Worker(const Clock& clock) : loop(clock) {}
  net::IoLoop loop;
  std::unique_ptr<net::Listener> listener;
  std::unique_ptr<Site> site;
  std::unique_ptr<Server> server;
  std::unique_ptr<Beside> beside;
  net::TaskGroup draining;
  net::Signal drain_now;  // the pause before draining is over, or cut short
  net::TaskGroup refusals;
  net::TaskGroup announcements;
  std::set<net::Stream*> unannounced;  // whose PROXY header is awaited
  std::shared_ptr<tls::Workspace> workspace;
  std::thread thread;
};

struct Host::Impl {
  Impl(const Clock& with, HostConfig settings)
      : clock(with), config(std::move(settings)), census(config.max_connections, config.max_per_address) {}

  const Clock& clock;
  const HostConfig config;
  Census census;
  std::vector<std::unique_ptr<Worker>> workers;
  std::atomic<int> signals{0};
  std::atomic<std::size_t> ended{0};
  std::atomic<std::size_t> running{0};
  std::atomic<std::uint64_t> refused{0};
  std::atomic<std::uint64_t> unannounced{0};
  std::function<void()> reopen;  // of SIGHUP

  void accept(Worker& worker, std::unique_ptr<net::Stream> stream) {
    auto peer = stream->peer();
    if (!config.proxy_protocol) return admit(worker, std::move(stream), std::move(peer));
    if (!config.proxy_protocol->contains_peer(peer) || worker.announcements.size() >= max_unannounced) {
      unannounced.fetch_add(1, std::memory_order_relaxed);
      return;
    }
    worker.announcements.spawn(announce(worker, std::move(stream), std::move(peer)));
  }

  // Lets a proxy say whose connection it is.
  net::Task<void> announce(Worker& worker, std::unique_ptr<net::Stream> stream, std::string peer) {
    auto& its = *stream;
    worker.unannounced.insert(&its);
    const auto deadline = worker.loop.now() + config.proxy_header;
    const auto header = co_await net::read_proxy_header(its, deadline);
    worker.unannounced.erase(&its);
    if (!header) {
      unannounced.fetch_add(1, std::memory_order_relaxed);
      co_return;
    }
    if (header->source) peer = header->source->text();
    admit(worker, std::move(stream), std::move(peer));
  }

  std::unique_ptr<net::Stream> secured(Worker& worker, std::unique_ptr<net::Stream> stream) const {
    return config.tls == nullptr ? std::move(stream) : config.tls->accept(std::move(stream), worker.workspace);
  }

  void admit(Worker& worker, std::unique_ptr<net::Stream> stream, std::string peer) {
    if (!census.enter(Census::address_of(peer))) {
      refused.fetch_add(1, std::memory_order_relaxed);
      if (worker.refusals.size() >= max_refusals) return;
      const Response refusal =
          worker.site->reject(Error{Code::too_many_connections, "too many connections from this address", ""});
      std::string answer = "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\n" + refusal.fields +
                           "Retry-After: 1\r\nConnection: close\r\nContent-Length: " + std::to_string(refusal.body.size()) + "\r\n\r\n" +
                           refusal.body;
      worker.refusals.spawn(refuse(secured(worker, std::move(stream)), std::move(answer)));
      return;
    }
    worker.server->serve(secured(worker, std::make_unique<CountedStream>(std::move(stream), census, std::move(peer))));
  }

  static void cut(Worker& worker) {
    worker.server->cut();
    if (worker.beside) worker.beside->server->cut();
  }

  net::Task<void> drain(Worker& worker) {
    const auto pause = worker.site->drain();
    net::Timer over(worker.loop, [&worker] { worker.drain_now.fire(); });
    over.set_after(pause);
    co_await worker.drain_now;
    over.clear();
    if (worker.listener) worker.listener->close();
    for (auto* stream : worker.unannounced) stream->close();
    co_await worker.announcements.join();
    worker.server->drain();
    auto& site = *worker.site;
    auto& server = *worker.server;
    net::Timer plain(worker.loop, [&site] { site.cut_plain(); });
    net::Timer streams(worker.loop, [&site] { site.cut_streams(); });
    net::Timer last(worker.loop, [&worker] { cut(worker); });
    plain.set_after(config.drain_plain);
    streams.set_after(config.drain_streams);
    last.set_after(std::max(config.drain_plain, config.drain_streams) + config.drain_last);
    co_await server.ended();
    if (worker.beside) {
      worker.beside->listener->close();
      worker.beside->server->drain();
      co_await worker.beside->server->ended();
    }
    co_await site.close();
    co_await worker.refusals.join();
    // No loop stops before all have ended: the first one hears signals.
    if (ended.fetch_add(1) + 1 < workers.size()) co_return;
    for (auto& other : workers) other->loop.post([&loop = other->loop] { loop.stop(); });
  }

  void begin_drain() {
    const int count = signals.fetch_add(1) + 1;
    if (count > 2) return;
    for (auto& worker : workers) {
      auto& its = *worker;
      its.loop.post([this, &its, count] {
        if (count == 1) {
          its.draining.spawn(drain(its));
        } else {
          its.drain_now.fire();
          its.site->cut_plain();
          its.site->cut_streams();
          cut(its);
        }
      });
    }
  }

  void run(Worker& worker, const std::function<std::unique_ptr<Site>(net::IoLoop&)>& make_site, const std::function<void()>& ready) {
    worker.site = make_site(worker.loop);
    if (config.tls != nullptr) worker.workspace = tls::make_workspace();
    worker.server = std::make_unique<Server>(worker.loop, *worker.site, config.limits, config.timeouts);
    if (worker.listener) {
      worker.listener->accept([this, &worker](std::unique_ptr<net::Stream> stream) { accept(worker, std::move(stream)); },
                              [this] { return census.full(); });
    }
    if (worker.beside) {
      auto& beside = *worker.beside;
      beside.handler = beside.make_handler(*worker.site);
      beside.server = std::make_unique<Server>(worker.loop, *beside.handler, config.limits, config.timeouts);
      beside.listener->accept([&beside](std::unique_ptr<net::Stream> stream) { beside.server->serve(std::move(stream)); }, [] { return false; });
    }
    if (running.fetch_add(1) + 1 == workers.size()) ready();
    worker.loop.run();
    worker.beside.reset();
    worker.listener.reset();
    worker.server.reset();
    worker.site.reset();
  }
};

Host::Host(const Clock& clock, HostConfig config) : impl_(std::make_unique<Impl>(clock, std::move(config))) {}
Host::~Host() = default;

Result<net::Endpoint> Host::open() {
  const unsigned processors = std::max(1U, std::thread::hardware_concurrency());
  const unsigned count = impl_->config.threads == 0 ? processors : impl_->config.threads;
  for (unsigned i = 0; i < count; ++i) impl_->workers.push_back(std::make_unique<Worker>(impl_->clock));
  net::Endpoint at = impl_->config.listen;
  {
    // Without SO_REUSEPORT first: another server on the port is found, whatever options it has.
    auto probe = impl_->workers.front()->loop.listen(at, false);
    if (!probe) return probe.error();
    at.port = (*probe)->endpoint().port;
  }
  for (auto& worker : impl_->workers) {
    auto listener = worker->loop.listen(at, true);
    if (!listener) return listener.error();
    worker->listener = std::move(*listener);
    if (at.is_unix()) break;  // cannot be shared: the first loop serves it
  }
  return impl_->workers.front()->listener->endpoint();
}

Result<net::Endpoint> Host::open_beside(const net::Endpoint& at, std::function<std::unique_ptr<Handler>(Site&)> make_handler) {
  auto& first = *impl_->workers.front();
  auto listener = first.loop.listen(at, false);
  if (!listener) return listener.error();
  first.beside = std::make_unique<Beside>();
  first.beside->listener = std::move(*listener);
  first.beside->make_handler = std::move(make_handler);
  return first.beside->listener->endpoint();
}

HostState Host::state() const {
  HostState state{impl_->census.total(), impl_->refused.load(std::memory_order_relaxed), 0, impl_->unannounced.load(std::memory_order_relaxed)};
  for (const auto& worker : impl_->workers) {
    if (worker->listener) state.accept_pauses += worker->listener->exhausted();
  }
  return state;
}

std::size_t Host::loops() const { return impl_->workers.size(); }
net::IoLoop& Host::loop(std::size_t index) { return impl_->workers[index]->loop; }
void Host::drain() { impl_->begin_drain(); }
void Host::on_hangup(std::function<void()> reopen) { impl_->reopen = std::move(reopen); }

void Host::run(const std::function<std::unique_ptr<Site>(net::IoLoop&)>& make_site, const std::function<void()>& ready) {
  auto& impl = *impl_;
  const auto caught = [&impl](int signal) {
    if (signal == SIGHUP) impl.reopen();
    else impl.begin_drain();
  };
  auto& first = impl.workers.front()->loop;
  if (impl.reopen) first.on_signals({SIGTERM, SIGINT, SIGHUP}, caught);
  else first.on_signals({SIGTERM, SIGINT}, caught);
  for (std::size_t i = 1; i < impl.workers.size(); ++i) {
    auto& worker = *impl.workers[i];
    worker.thread = std::thread([&impl, &worker, &make_site, &ready] { impl.run(worker, make_site, ready); });
  }
  impl.run(*impl.workers.front(), make_site, ready);
  for (auto& worker : impl.workers) {
    if (worker->thread.joinable()) worker->thread.join();
  }
}

}  // namespace genai::http

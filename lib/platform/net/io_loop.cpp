#include "platform/net/io_loop.hpp"

#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <linux/sockios.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>

#include "platform/net/holder.hpp"
#include "platform/net/resolver.hpp"

namespace genai::net {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using Executor = asio::io_context::executor_type;
using Generic = asio::generic::stream_protocol;
using Socket = asio::basic_stream_socket<Generic, Executor>;
using Acceptor = asio::basic_socket_acceptor<Generic, Executor>;
using AsioTimer = asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, Executor>;

// What may wait in the kernel for a peer that does not read, and for us when we do not: the kernel doubles it, 256 KiB a direction.
constexpr int socket_buffer_bytes = 128 * 1024;
constexpr int accept_backlog = 4096;
constexpr std::chrono::milliseconds accept_pause{20};  // when descriptors have run out

Error environment(std::string what) { return Error{Code::environment, std::move(what), ""}; }

// Numeric addresses alone; names go through the resolver.
std::optional<Generic::endpoint> numeric(const std::string& host, std::uint16_t port) {
  if (host.starts_with('/')) {
    if (host.size() >= sizeof(sockaddr_un::sun_path)) return std::nullopt;
    return Generic::endpoint(asio::local::stream_protocol::endpoint(host));
  }
  error_code error;
  const auto address = asio::ip::make_address(host, error);
  if (error) return std::nullopt;
  return Generic::endpoint(asio::ip::tcp::endpoint(address, port));
}

Endpoint endpoint_of(const Generic::endpoint& raw) {
  const auto* address = static_cast<const sockaddr*>(raw.data());
  if (address->sa_family == AF_UNIX) return {static_cast<const sockaddr_un*>(static_cast<const void*>(address))->sun_path, 0};
  asio::ip::tcp::endpoint tcp;
  tcp.resize(raw.size());
  std::memcpy(tcp.data(), raw.data(), raw.size());
  auto ip = tcp.address();
  if (ip.is_v6() && ip.to_v6().is_v4_mapped()) ip = asio::ip::make_address_v4(asio::ip::v4_mapped, ip.to_v6());
  return {ip.to_string(), tcp.port()};
}

void set_option(int fd, int level, int name, int value) { ::setsockopt(fd, level, name, &value, sizeof value); }

class SocketStream final : public Stream {
 public:
  SocketStream(Loop& loop, Socket socket) : loop_(loop), socket_(std::move(socket)) {}

  Loop& loop() override { return loop_; }

  void start_read(std::span<char> into, Completion& done) override {
    socket_.async_read_some(asio::buffer(into.data(), into.size()), [&done](error_code error, std::size_t bytes) {
      if (error == asio::error::eof) done.complete({0, {}});
      else done.complete({bytes, error});
    });
  }

  bool start_write(std::span<const std::string_view> parts, IoResult& now, Completion& done) override {
    left_ = {};
    std::size_t count = 0;
    for (const auto part : parts.first(std::min(parts.size(), max_parts))) {
      if (!part.empty()) left_[count++] = {const_cast<char*>(part.data()), part.size()};
    }
    pending_ = std::span(left_.data(), count);
    written_ = 0;
    if (const auto ended = send_some()) {
      now = *ended;
      return true;
    }
    wait_writable(done);
    return false;
  }

  void close() override {
    error_code ignored;
    socket_.close(ignored);
  }

  void finish_writing() override {
    error_code ignored;
    socket_.shutdown(Socket::shutdown_send, ignored);
  }

  std::size_t unacknowledged() const override {
    error_code error;
    struct Outq {
      int value = 0;
      int name() const { return SIOCOUTQ; }
      void* data() { return &value; }
    } outq;
    const_cast<Socket&>(socket_).io_control(outq, error);
    return error ? 0 : static_cast<std::size_t>(outq.value);
  }

  std::string peer() const override {
    error_code error;
    const auto raw = socket_.remote_endpoint(error);
    return error ? "unknown" : endpoint_of(raw).text();
  }

 private:
  // The result when all is sent or the connection is broken; nothing when the kernel's buffer is full.
  std::optional<IoResult> send_some() {
    while (!pending_.empty()) {
      msghdr message{};
      message.msg_iov = pending_.data();
      message.msg_iovlen = pending_.size();
      const ssize_t sent = ::sendmsg(socket_.native_handle(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
      if (sent < 0) {
        if (errno == EINTR) continue;
        if (errno == EAGAIN || errno == EWOULDBLOCK) return std::nullopt;
        return IoResult{written_, std::error_code(errno, std::generic_category())};
      }
      written_ += static_cast<std::size_t>(sent);
      consume(static_cast<std::size_t>(sent));
    }
    return IoResult{written_, {}};
  }

  void consume(std::size_t bytes) {
    while (!pending_.empty() && bytes >= pending_.front().iov_len) {
      bytes -= pending_.front().iov_len;
      pending_ = pending_.subspan(1);
    }
    if (bytes == 0) return;
    pending_.front().iov_base = static_cast<char*>(pending_.front().iov_base) + bytes;
    pending_.front().iov_len -= bytes;
  }

  void wait_writable(Completion& done) {
    socket_.async_wait(Socket::wait_write, [this, &done](error_code error) {
      if (error) return done.complete({0, error});
      if (const auto ended = send_some()) return done.complete(*ended);
      wait_writable(done);
    });
  }

  Loop& loop_;
  Socket socket_;
  std::array<iovec, max_parts> left_{};
  std::span<iovec> pending_;
  std::size_t written_ = 0;
};

class SocketListener final : public Listener {
 public:
  SocketListener(IoLoop& loop, Acceptor acceptor) : loop_(loop), acceptor_(std::move(acceptor)), pause_(loop, [this] { next(); }) {
    error_code ignored;
    endpoint_ = endpoint_of(acceptor_.local_endpoint(ignored));
  }
  ~SocketListener() override { close(); }

  Endpoint endpoint() const override { return endpoint_; }

  void accept(std::function<void(std::unique_ptr<Stream>)> sink, std::function<bool()> full) override {
    sink_ = std::move(sink);
    full_ = std::move(full);
    next();
  }

  void close() override {
    pause_.clear();
    if (!acceptor_.is_open()) return;
    open_.reset();
    error_code ignored;
    acceptor_.close(ignored);
    if (endpoint_.is_unix()) ::unlink(endpoint_.host.c_str());
  }

 private:
  void next() {
    if (full_()) return pause_.set_after(accept_pause);
    acceptor_.async_accept([this, open = std::weak_ptr(open_)](error_code error, Socket socket) {
      if (open.expired()) return;  // closed; `this` may be gone
      if (error) return pause_.set_after(accept_pause);
      if (!endpoint_.is_unix()) set_option(socket.native_handle(), IPPROTO_TCP, TCP_NODELAY, 1);
      sink_(std::make_unique<SocketStream>(loop_, std::move(socket)));
      next();
    });
  }

  IoLoop& loop_;
  Acceptor acceptor_;
  Timer pause_;
  Endpoint endpoint_;
  std::shared_ptr<void> open_ = std::make_shared<char>();  // gone once closed: what was accepted meanwhile is dropped
  std::function<void(std::unique_ptr<Stream>)> sink_;
  std::function<bool()> full_;
};

// co_await Connecting(socket, to): the error of the attempt.
class Connecting {
 public:
  Connecting(Socket& socket, const Generic::endpoint& to) : socket_(socket), to_(to) {}
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> waiter) {
    socket_.async_connect(to_, [this, waiter](error_code error) {
      error_ = error;
      waiter.resume();
    });
  }
  error_code await_resume() const noexcept { return error_; }

 private:
  Socket& socket_;
  const Generic::endpoint& to_;
  error_code error_;
};

// A look-up that its waiter may abandon: whoever comes second finds the other gone.
struct Lookup {
  std::coroutine_handle<> waiter;
  std::optional<Result<std::vector<std::string>>> found;
};

class Resolving {
 public:
  Resolving(Loop& loop, const std::string& host, MonoTime deadline, Cancellation& cancellation)
      : loop_(loop), host_(host), timer_(loop, [this] { abandon(); }), deadline_(deadline), cancellation_(cancellation), scope_(cancellation, [this] { abandon(); }) {}
  bool await_ready() const noexcept { return cancellation_.cancelled(); }
  void await_suspend(std::coroutine_handle<> waiter) {
    lookup_->waiter = waiter;
    timer_.set(deadline_);
    resolve(host_, [lookup = lookup_, &loop = loop_](Result<std::vector<std::string>> found) {
      loop.post([lookup, found = std::move(found)] {
        if (!lookup->waiter) return;
        lookup->found = found;
        std::exchange(lookup->waiter, {}).resume();
      });
    });
  }
  Result<std::vector<std::string>> await_resume() {
    timer_.clear();
    if (lookup_->found) return *lookup_->found;
    return Error{Code::upstream_unreachable, "resolving '" + host_ + "' took too long", ""};
  }

 private:
  void abandon() {
    if (auto waiter = std::exchange(lookup_->waiter, {})) waiter.resume();
  }
  Loop& loop_;
  const std::string& host_;
  std::shared_ptr<Lookup> lookup_ = std::make_shared<Lookup>();
  Timer timer_;
  MonoTime deadline_;
  const Cancellation& cancellation_;
  Cancellation::Scope scope_;
};

}  // namespace

struct IoLoop::Impl {
  // One thread runs the loop, others only post: no locks around I/O, locks around the queue.
  asio::io_context context{BOOST_ASIO_CONCURRENCY_HINT_UNSAFE_IO};
  AsioTimer wake{context};
  std::optional<asio::executor_work_guard<Executor>> busy;
  std::optional<asio::basic_signal_set<Executor>> signals;
};

IoLoop::IoLoop(const Clock& clock) : Loop(clock), impl_(std::make_unique<Impl>()) {}
IoLoop::~IoLoop() = default;

void IoLoop::run() {
  impl_->busy.emplace(impl_->context.get_executor());
  impl_->context.run();
  impl_->context.restart();
}

void IoLoop::stop() {
  post([this] {
    impl_->signals.reset();
    impl_->wake.cancel();
    impl_->busy.reset();
  });
}

void IoLoop::post(std::function<void()> work) { asio::post(impl_->context, std::move(work)); }

void IoLoop::arm(MonoTime earliest) {
  impl_->wake.expires_at(std::chrono::time_point_cast<std::chrono::steady_clock::duration>(earliest));
  impl_->wake.async_wait([this](error_code error) {
    if (error) return;  // armed anew
    disarmed();
    run_due(now());
  });
}

Task<Result<std::unique_ptr<Stream>>> IoLoop::connect(Endpoint to, MonoTime deadline, Cancellation& cancellation) {
  std::vector<Generic::endpoint> addresses;
  if (const auto address = numeric(to.host, to.port)) {
    addresses.push_back(*address);
  } else {
    auto names = co_await Resolving(*this, to.host, deadline, cancellation);
    if (!names) co_return names.error();
    for (const auto& name : *names) {
      if (const auto found = numeric(name, to.port)) addresses.push_back(*found);
    }
  }
  std::string why = "no address";
  for (const auto& address : addresses) {
    if (cancellation.cancelled()) co_return Error{Code::client_closed, "the client closed the connection", ""};
    if (now() >= deadline) break;
    Socket socket(impl_->context);
    error_code error;
    socket.open(address.protocol(), error);
    if (!error) {
      set_option(socket.native_handle(), SOL_SOCKET, SO_RCVBUF, socket_buffer_bytes);
      const auto give_up = [&socket] {
        error_code ignored;
        socket.close(ignored);
      };
      Timer timer(*this, give_up);
      timer.set(deadline);
      const Cancellation::Scope scope(cancellation, give_up);
      error = co_await Connecting(socket, address);
    }
    if (!error) {
      if (!to.is_unix()) set_option(socket.native_handle(), IPPROTO_TCP, TCP_NODELAY, 1);
      std::unique_ptr<Stream> stream = std::make_unique<SocketStream>(*this, std::move(socket));
      co_return stream;
    }
    why = now() >= deadline ? "no connection in time" : error.message();
  }
  if (cancellation.cancelled()) co_return Error{Code::client_closed, "the client closed the connection", ""};
  co_return Error{Code::upstream_unreachable, "cannot connect to " + to.text() + ": " + why, ""};
}

Result<std::unique_ptr<Listener>> IoLoop::listen(const Endpoint& at, bool shared) {
  const std::string host = at.host == "localhost" ? "127.0.0.1" : at.host;
  const auto address = numeric(host, at.port);
  if (!address) return environment("cannot listen on " + at.text() + ": not an address of this machine");
  Acceptor acceptor(impl_->context);
  error_code error;
  acceptor.open(address->protocol(), error);
  if (at.is_unix()) ::unlink(at.host.c_str());
  if (!error && !at.is_unix()) {
    const int fd = acceptor.native_handle();
    set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    if (shared) set_option(fd, SOL_SOCKET, SO_REUSEPORT, 1);
    set_option(fd, SOL_SOCKET, SO_SNDBUF, socket_buffer_bytes);  // inherited by what is accepted
    if (host == "::") set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0);
  }
  const mode_t mask = ::umask(at.is_unix() ? 0177 : 022);
  if (!error) acceptor.bind(*address, error);
  ::umask(mask);
  if (!error) acceptor.listen(accept_backlog, error);
  if (error) {
    const std::string holder = error == asio::error::address_in_use ? holder_of_port(at.port) : "";
    return environment("cannot listen on " + at.text() + ": " + error.message() + (holder.empty() ? "" : ", held by " + holder));
  }
  std::unique_ptr<Listener> listener = std::make_unique<SocketListener>(*this, std::move(acceptor));
  return listener;
}

void IoLoop::on_signals(std::initializer_list<int> signals, std::function<void(int)> caught) {
  auto& set = impl_->signals.emplace(impl_->context);
  for (const int signal : signals) set.add(signal);
  struct Wait {
    Impl& loop;
    std::function<void(int)> caught;
    void operator()(error_code error, int signal) {
      if (error || !loop.signals) return;
      caught(signal);
      auto& again = loop;
      again.signals->async_wait(Wait{again, std::move(caught)});
    }
  };
  set.async_wait(Wait{*impl_, std::move(caught)});
}

}  // namespace genai::net

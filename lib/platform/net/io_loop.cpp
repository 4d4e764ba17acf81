#include "platform/net/io_loop.hpp"

#include <fcntl.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "platform/net/dialer.hpp"
#include "platform/net/holder.hpp"
#include "platform/net/resolver.hpp"
#include "platform/net/socket_address.hpp"

namespace genai::net {
namespace {

// What may wait in the kernel for a peer that does not read, and for us when we do not: the kernel doubles it, 256 KiB a direction.
constexpr int socket_buffer_bytes = 128 * 1024;
constexpr int accept_backlog = 4096;
constexpr int accepts_at_once = 64;                   // then others have their turn
constexpr std::chrono::milliseconds accept_pause{20};  // when descriptors have run out
constexpr unsigned long timer_slack_ns = 1'000;
constexpr std::size_t events_at_once = 256;

Error environment(std::string what) { return Error{Code::environment, std::move(what), ""}; }
std::error_code system_error(int number) { return {number, std::generic_category()}; }
std::error_code cancelled() { return std::make_error_code(std::errc::operation_canceled); }

void set_option(int fd, int level, int name, int value) { ::setsockopt(fd, level, name, &value, sizeof value); }

// An owned descriptor.
class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor() { reset(); }
  int get() const { return fd_; }
  bool open() const { return fd_ >= 0; }
  void reset() {
    if (open()) ::close(std::exchange(fd_, -1));
  }

 private:
  int fd_;
};

// The way back into a loop for threads that may outlast it.
struct Door {
  std::mutex mutex;  // guards loop
  IoLoop* loop;
  void post(std::function<void()> work) {
    const std::lock_guard lock(mutex);
    if (loop != nullptr) loop->post(std::move(work));
  }
  void shut() {
    const std::lock_guard lock(mutex);
    loop = nullptr;
  }
};

// What a resolver found, each address once; those with a zone are left out, since no configuration means one.
Addresses addresses_of(const std::vector<std::string>& texts) {
  Addresses addresses;
  for (const auto& text : texts) {
    const auto address = IpAddress::parse(text);
    if (address && std::find(addresses.begin(), addresses.end(), *address) == addresses.end()) addresses.push_back(*address);
  }
  return addresses;
}

// Who is told of a descriptor's events. Kept until the batch of events that may name it has been worked off.
class Watch {
 public:
  virtual ~Watch() = default;
  virtual void happened(std::uint32_t events) = 0;
};

}  // namespace

struct IoLoop::Impl final : Sockets {
  explicit Impl(IoLoop& of) : self(of), door(new Door{{}, &of}), epoll(::epoll_create1(EPOLL_CLOEXEC)), wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    epoll_event event{EPOLLIN | EPOLLET, {.ptr = nullptr}};
    ::epoll_ctl(epoll.get(), EPOLL_CTL_ADD, wake.get(), &event);
  }

  Loop& loop() override { return self; }
  void look_up(const std::string& host, std::function<void(Result<Addresses>)> done) override;
  Task<Result<std::unique_ptr<Stream>>> attempt(Endpoint numeric, MonoTime deadline, Cancellation& cancellation) override;

  void watch(int fd, std::uint32_t events, Watch& watch) {
    epoll_event event{events, {.ptr = &watch}};
    ::epoll_ctl(epoll.get(), EPOLL_CTL_ADD, fd, &event);
  }
  // Completes after the events at hand: completions are never called from inside the call that asked for them.
  void complete_later(Completion& done, IoResult result) { ready.push_back({&done, result}); }
  void bury(std::shared_ptr<Watch> watch) { buried.push_back(std::move(watch)); }

  // Events of one turn; blocks only if there is nothing to do.
  std::size_t wait(std::span<epoll_event> into, std::optional<Nanoseconds> most) {
    timespec time{};
    if (most) {
      const auto wait = std::max(*most, Nanoseconds(0));
      const auto whole = std::chrono::duration_cast<std::chrono::seconds>(wait);
      time = {whole.count(), (wait - whole).count()};
    }
    int count = ::epoll_pwait2(epoll.get(), into.data(), static_cast<int>(into.size()), most ? &time : nullptr, nullptr);
    if (count < 0 && errno == ENOSYS) {  // before Linux 5.11: milliseconds must do
      const int ms = most ? static_cast<int>(std::min<std::int64_t>((most->count() + 999'999) / 1'000'000, 60'000)) : -1;
      count = ::epoll_wait(epoll.get(), into.data(), static_cast<int>(into.size()), ms);
    }
    return static_cast<std::size_t>(std::max(count, 0));
  }

  bool run_posted() {
    {
      const std::lock_guard lock(mutex);
      running.swap(posted);
    }
    for (auto& work : running) work();
    const bool any = !running.empty();
    running.clear();
    return any;
  }
  void run_ready() {
    finishing.swap(ready);
    for (const auto& [done, result] : finishing) done->complete(result);
    finishing.clear();
  }
  bool anything_posted() {
    const std::lock_guard lock(mutex);
    return !posted.empty();
  }

  struct Ready {
    Completion* done;
    IoResult result;
  };
  IoLoop& self;
  std::shared_ptr<Door> door;
  Dialer dialer{*this};
  Descriptor epoll;
  Descriptor wake;  // written to by other threads; never read: it is edge-triggered
  std::vector<Ready> ready, finishing;
  std::vector<std::shared_ptr<Watch>> buried;
  std::vector<std::function<void()>> running;
  std::atomic<bool> sleeping{false};  // or about to: who posts wakes the loop
  bool stopping = false;
  std::shared_ptr<Watch> signals;
  std::mutex mutex;  // guards posted
  std::vector<std::function<void()>> posted;
};

namespace {

class Socket final : public Watch {
 public:
  Socket(IoLoop::Impl& loop, Descriptor fd) : loop_(loop), fd_(std::move(fd)) {}

  // Once it is connected, or on its way: before, the kernel reports it as hung up.
  void watch() { loop_.watch(fd_.get(), EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, *this); }

  int fd() const { return fd_.get(); }
  bool ended() const { return ended_; }
  std::uint64_t sent() const { return sent_; }

  void start_read(std::span<char> into, Completion& done) {
    if (!fd_.open()) return loop_.complete_later(done, {0, cancelled()});
    if (readable_) {
      IoResult result;
      if (receive(into, result)) return loop_.complete_later(done, result);
    }
    read_into_ = into;
    reader_ = &done;
  }

  bool start_write(std::span<const std::string_view> parts, IoResult& now, Completion& done) {
    std::size_t count = 0;
    for (const auto part : parts.first(std::min(parts.size(), Stream::max_parts))) {
      if (!part.empty()) left_[count++] = {const_cast<char*>(part.data()), part.size()};
    }
    pending_ = std::span(left_.data(), count);
    written_ = 0;
    if (const auto ended = send_some()) {
      now = *ended;
      return true;
    }
    writer_ = &done;
    return false;
  }

  void start_connect(const SocketAddress& to, Completion& done) {
    const int error = ::connect(fd_.get(), to.raw(), to.size()) == 0 ? 0 : errno;
    if (error != 0 && error != EINPROGRESS) return loop_.complete_later(done, {0, system_error(error)});
    watch();
    if (error == 0) loop_.complete_later(done, {});
    else connector_ = &done;
  }

  void close() {
    if (!fd_.open()) return;
    fd_.reset();
    for (auto** waiting : {&reader_, &writer_, &connector_}) {
      if (auto* done = std::exchange(*waiting, nullptr)) loop_.complete_later(*done, {0, cancelled()});
    }
  }

  void happened(std::uint32_t events) override {
    if (!fd_.open()) return;
    if (connector_ != nullptr && (events & (EPOLLOUT | EPOLLERR | EPOLLHUP)) != 0) {
      int error = 0;
      socklen_t size = sizeof error;
      ::getsockopt(fd_.get(), SOL_SOCKET, SO_ERROR, &error, &size);
      return std::exchange(connector_, nullptr)->complete({0, system_error(error)});
    }
    if ((events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) ended_ = true;
    if ((events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) readable_ = true;
    // The writer first: what it does may end this stream, and what the reader does may too.
    if (writer_ != nullptr && (events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) != 0) {
      if (const auto ended = send_some()) std::exchange(writer_, nullptr)->complete(*ended);
    }
    IoResult result;
    if (readable_ && reader_ != nullptr && fd_.open() && receive(read_into_, result)) std::exchange(reader_, nullptr)->complete(result);
  }

 private:
  // True: bytes, the end or an error. False: nothing is there, and an event will tell when something is.
  bool receive(std::span<char> into, IoResult& result) {
    for (;;) {
      const ssize_t got = ::recv(fd_.get(), into.data(), into.size(), MSG_DONTWAIT);
      if (got >= 0) {
        result = {static_cast<std::size_t>(got), {}};
        // A short read has drained the socket: what comes next is a new event. Not so the end, which may have been told already.
        readable_ = ended_ || result.bytes == into.size();
        return true;
      }
      if (errno == EINTR) continue;
      if (errno == EAGAIN || errno == EWOULDBLOCK) {
        readable_ = false;
        return false;
      }
      result = {0, system_error(errno)};
      return true;
    }
  }

  // The result when all is sent or the connection is broken; nothing when the kernel's buffer is full.
  std::optional<IoResult> send_some() {
    if (!fd_.open()) return IoResult{0, cancelled()};
    while (!pending_.empty()) {
      msghdr message{};
      message.msg_iov = pending_.data();
      message.msg_iovlen = pending_.size();
      const ssize_t sent = ::sendmsg(fd_.get(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
      if (sent < 0) {
        if (errno == EINTR) continue;
        if (errno == EAGAIN || errno == EWOULDBLOCK) return std::nullopt;
        return IoResult{written_, system_error(errno)};
      }
      written_ += static_cast<std::size_t>(sent);
      sent_ += static_cast<std::uint64_t>(sent);
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

  IoLoop::Impl& loop_;
  Descriptor fd_;
  bool readable_ = false;
  bool ended_ = false;
  std::span<char> read_into_;
  Completion* reader_ = nullptr;
  Completion* writer_ = nullptr;
  Completion* connector_ = nullptr;
  std::array<iovec, Stream::max_parts> left_{};
  std::span<iovec> pending_;
  std::size_t written_ = 0;   // of this write
  std::uint64_t sent_ = 0;    // in all
};

class SocketStream final : public Stream {
 public:
  SocketStream(IoLoop& loop, IoLoop::Impl& impl, std::shared_ptr<Socket> socket)
      : loop_(loop), impl_(impl), socket_(std::move(socket)) {}
  ~SocketStream() override {
    socket_->close();
    impl_.bury(std::move(socket_));
  }

  Loop& loop() override { return loop_; }
  void start_read(std::span<char> into, Completion& done) override { socket_->start_read(into, done); }
  bool start_write(std::span<const std::string_view> parts, IoResult& now, Completion& done) override {
    return socket_->start_write(parts, now, done);
  }
  void close() override { socket_->close(); }
  void finish_writing() override { ::shutdown(socket_->fd(), SHUT_WR); }
  std::uint64_t acknowledged() const override {
    int waiting = 0;
    ::ioctl(socket_->fd(), SIOCOUTQ, &waiting);
    return socket_->sent() - std::min(socket_->sent(), static_cast<std::uint64_t>(waiting));  // a Unix socket counts its overhead too
  }
  bool peer_ended() const override { return socket_->ended(); }
  std::string peer() const override {
    const auto address = SocketAddress::of_peer(socket_->fd());
    return address ? address->endpoint().text() : "unknown";
  }

 private:
  IoLoop& loop_;
  IoLoop::Impl& impl_;
  std::shared_ptr<Socket> socket_;
};

// The listening descriptor of a SocketListener, level-triggered.
class Acceptor final : public Watch {
 public:
  Acceptor(IoLoop& loop, IoLoop::Impl& impl, Descriptor fd)
      : loop_(loop), impl_(impl), fd_(std::move(fd)), endpoint_(SocketAddress::of_local(fd_.get())->endpoint()), pause_(loop, [this] { watch(true); }) {}

  const Endpoint& endpoint() const { return endpoint_; }
  std::uint64_t exhausted() const { return exhausted_.load(std::memory_order_relaxed); }
  void accept(std::function<void(std::unique_ptr<Stream>)> sink, std::function<bool()> full) {
    sink_ = std::move(sink);
    full_ = std::move(full);
    watch(true);
  }
  void close() {
    if (!fd_.open()) return;
    pause_.clear();
    fd_.reset();
    if (endpoint_.is_unix()) ::unlink(endpoint_.host.c_str());
  }

  void happened(std::uint32_t) override {
    for (int i = 0; i < accepts_at_once && fd_.open(); ++i) {
      if (full_()) return pause();
      Descriptor accepted(::accept4(fd_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
      if (!accepted.open()) {
        const bool exhausted = errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM;
        if (!exhausted) return;
        exhausted_.fetch_add(1, std::memory_order_relaxed);
        return pause();
      }
      if (!endpoint_.is_unix()) set_option(accepted.get(), IPPROTO_TCP, TCP_NODELAY, 1);
      auto socket = std::make_shared<Socket>(impl_, std::move(accepted));
      socket->watch();
      sink_(std::make_unique<SocketStream>(loop_, impl_, std::move(socket)));
    }
  }

 private:
  void watch(bool on) {
    if (on) impl_.watch(fd_.get(), EPOLLIN, *this);
    else ::epoll_ctl(impl_.epoll.get(), EPOLL_CTL_DEL, fd_.get(), nullptr);
  }
  void pause() {
    watch(false);
    pause_.set_after(accept_pause);
  }

  IoLoop& loop_;
  IoLoop::Impl& impl_;
  Descriptor fd_;
  const Endpoint endpoint_;
  Timer pause_;
  std::atomic<std::uint64_t> exhausted_{0};
  std::function<void(std::unique_ptr<Stream>)> sink_;
  std::function<bool()> full_;
};

class SocketListener final : public Listener {
 public:
  SocketListener(IoLoop::Impl& impl, std::shared_ptr<Acceptor> acceptor) : impl_(impl), acceptor_(std::move(acceptor)) {}
  ~SocketListener() override {
    acceptor_->close();
    impl_.bury(std::move(acceptor_));
  }
  Endpoint endpoint() const override { return acceptor_->endpoint(); }
  void accept(std::function<void(std::unique_ptr<Stream>)> sink, std::function<bool()> full) override {
    acceptor_->accept(std::move(sink), std::move(full));
  }
  void close() override { acceptor_->close(); }
  std::uint64_t exhausted() const override { return acceptor_->exhausted(); }

 private:
  IoLoop::Impl& impl_;
  std::shared_ptr<Acceptor> acceptor_;
};

// co_await Connecting(socket, to): the error of the attempt.
class Connecting final : Completion {
 public:
  Connecting(Socket& socket, const SocketAddress& to) : socket_(socket), to_(to) {}
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> waiter) {
    waiter_ = waiter;
    socket_.start_connect(to_, *this);
  }
  std::error_code await_resume() const noexcept { return error_; }

 private:
  void complete(IoResult result) override {
    error_ = result.error;
    waiter_.resume();
  }
  Socket& socket_;
  const SocketAddress& to_;
  std::error_code error_;
  std::coroutine_handle<> waiter_;
};

// Signals arrive as bytes in a pipe: a handler may do no more, and it can reach nothing but a global.
std::atomic<int> signal_pipe{-1};
void signal_arrived(int signal) {
  const int saved = errno;
  const char byte = static_cast<char>(signal);
  [[maybe_unused]] const auto written = ::write(signal_pipe.load(), &byte, 1);
  errno = saved;
}

class SignalWatch final : public Watch {
 public:
  SignalWatch(IoLoop::Impl& loop, std::initializer_list<int> signals, std::function<void(int)> caught)
      : signals_(signals), caught_(std::move(caught)) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return;
    read_ = Descriptor(ends[0]);
    write_ = Descriptor(ends[1]);
    signal_pipe = write_.get();
    loop.watch(read_.get(), EPOLLIN, *this);
    for (const int signal : signals_) std::signal(signal, signal_arrived);
  }
  ~SignalWatch() override {
    for (const int signal : signals_) std::signal(signal, SIG_DFL);
    signal_pipe = -1;
  }
  void happened(std::uint32_t) override {
    char byte = 0;
    while (::read(read_.get(), &byte, 1) == 1) caught_(byte);
  }

 private:
  const std::vector<int> signals_;
  const std::function<void(int)> caught_;
  Descriptor read_, write_;
};

}  // namespace

namespace {

// A socket that nobody listens on any more is in the way and goes; whatever else stands there is not ours. The error, or 0.
int clear_unix_path(const std::string& path, const SocketAddress& address) {
  struct stat there {};
  if (::lstat(path.c_str(), &there) != 0) return errno == ENOENT ? 0 : errno;
  if (!S_ISSOCK(there.st_mode)) return EEXIST;
  const Descriptor probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const bool alive = ::connect(probe.get(), address.raw(), address.size()) == 0 || errno == EAGAIN;
  if (alive) return EADDRINUSE;
  return ::unlink(path.c_str()) == 0 ? 0 : errno;
}

}  // namespace

IoLoop::IoLoop(const Clock& clock) : Loop(clock), impl_(std::make_unique<Impl>(*this)) {}
IoLoop::~IoLoop() { impl_->door->shut(); }

void IoLoop::run() {
  auto& impl = *impl_;
  impl.stopping = false;
  ::prctl(PR_SET_TIMERSLACK, timer_slack_ns);
  std::array<epoll_event, events_at_once> events;
  for (;;) {
    std::optional<Nanoseconds> most;
    if (has_timers()) most = earliest() - now();
    impl.sleeping = true;
    if (!impl.ready.empty() || impl.anything_posted() || impl.stopping) most = Nanoseconds(0);
    const std::size_t count = impl.wait(events, most);
    impl.sleeping = false;
    for (std::size_t i = 0; i < count; ++i) {
      if (auto* watch = static_cast<Watch*>(events[i].data.ptr)) watch->happened(events[i].events);
    }
    impl.run_posted();
    if (has_timers()) run_due(now());
    impl.run_ready();
    impl.buried.clear();
    if (impl.stopping && impl.ready.empty() && !impl.anything_posted()) break;
  }
}

void IoLoop::stop() {
  post([this] { impl_->stopping = true; });
}

void IoLoop::post(std::function<void()> work) {
  auto& impl = *impl_;
  const std::lock_guard lock(impl.mutex);  // to the end: what was posted may end the loop
  impl.posted.push_back(std::move(work));
  if (impl.sleeping) {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(impl.wake.get(), &one, sizeof one);
  }
}

Task<Result<std::unique_ptr<Stream>>> IoLoop::connect(Endpoint to, MonoTime deadline, Cancellation& cancellation) {
  return impl_->dialer.connect(std::move(to), deadline, cancellation);
}

void IoLoop::allow_only(std::shared_ptr<const Egress> rules) { impl_->dialer.allow_only(std::move(rules)); }

void IoLoop::Impl::look_up(const std::string& host, std::function<void(Result<Addresses>)> done) {
  resolve(host, [door = door, done = std::move(done)](Result<std::vector<std::string>> found) {
    door->post([done, found = std::move(found)] { done(found ? Result<Addresses>(addresses_of(*found)) : found.error()); });
  });
}

Task<Result<std::unique_ptr<Stream>>> IoLoop::Impl::attempt(Endpoint numeric, MonoTime deadline, Cancellation& cancellation) {
  const auto failed = [](int number) { return Error{Code::upstream_unreachable, std::strerror(number), ""}; };
  const auto address = SocketAddress::numeric(numeric.host, numeric.port);
  if (!address) co_return failed(EADDRNOTAVAIL);
  Descriptor fd(::socket(address->family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd.open()) co_return failed(errno);
  set_option(fd.get(), SOL_SOCKET, SO_RCVBUF, socket_buffer_bytes);
  if (!numeric.is_unix()) set_option(fd.get(), IPPROTO_TCP, TCP_NODELAY, 1);
  auto socket = std::make_shared<Socket>(*this, std::move(fd));
  auto& raw = *socket;
  std::unique_ptr<Stream> stream = std::make_unique<SocketStream>(self, *this, std::move(socket));
  const auto give_up = [&raw] { raw.close(); };
  Timer timer(self, give_up);
  timer.set(deadline);
  const Cancellation::Scope scope(cancellation, give_up);
  const auto error = co_await Connecting(raw, *address);
  if (!error) co_return stream;
  if (self.now() >= deadline) co_return Error{Code::upstream_unreachable, "no connection in time", ""};
  co_return Error{Code::upstream_unreachable, error.message(), ""};
}

Result<std::unique_ptr<Listener>> IoLoop::listen(const Endpoint& at, bool shared) {
  const std::string host = at.host == "localhost" ? "127.0.0.1" : at.host;
  const auto address = SocketAddress::numeric(host, at.port);
  if (!address) return environment("cannot listen on " + at.text() + ": not an address of this machine");
  Descriptor fd(::socket(address->family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd.open()) return environment("cannot listen on " + at.text() + ": " + std::strerror(errno));
  if (at.is_unix()) {
    if (const int error = clear_unix_path(at.host, *address); error != 0) {
      return environment("cannot listen on " + at.text() + ": " + std::strerror(error));
    }
  } else {
    set_option(fd.get(), SOL_SOCKET, SO_REUSEADDR, 1);
    if (shared) set_option(fd.get(), SOL_SOCKET, SO_REUSEPORT, 1);
    set_option(fd.get(), SOL_SOCKET, SO_SNDBUF, socket_buffer_bytes);  // inherited by what is accepted
    if (host == "::") set_option(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, 0);
  }
  const mode_t mask = ::umask(0177);  // of a Unix socket; means nothing for others
  const bool bound = ::bind(fd.get(), address->raw(), address->size()) == 0 && ::listen(fd.get(), accept_backlog) == 0;
  const int error = errno;
  ::umask(mask);
  if (!bound) {
    const std::string holder = error == EADDRINUSE ? holder_of_port(at.port) : "";
    return environment("cannot listen on " + at.text() + ": " + std::strerror(error) + (holder.empty() ? "" : ", held by " + holder));
  }
  auto acceptor = std::make_shared<Acceptor>(*this, *impl_, std::move(fd));
  std::unique_ptr<Listener> listener = std::make_unique<SocketListener>(*impl_, std::move(acceptor));
  return listener;
}

void IoLoop::on_signals(std::initializer_list<int> signals, std::function<void(int)> caught) {
  impl_->signals = std::make_shared<SignalWatch>(*impl_, signals, std::move(caught));
}

}  // namespace genai::net

#include <arpa/inet.h>
#include <openssl/x509v3.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <utility>

#include "platform/tls/channel.hpp"
#include "platform/tls/tls.hpp"

namespace genai::tls {
namespace {

constexpr unsigned char http_1_1[] = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};

int session_came(SSL* ssl, SSL_SESSION* session) {
  static_cast<Channel*>(SSL_get_app_data(ssl))->keep_session(session);
  return 1;  // it is ours now
}

bool is_address(const std::string& host) {
  char bytes[16];
  return ::inet_pton(AF_INET, host.c_str(), bytes) == 1 || ::inet_pton(AF_INET6, host.c_str(), bytes) == 1;
}

// co_await Handshake(channel): until it has ended either way.
class Handshake final : net::Completion {
 public:
  explicit Handshake(Channel& channel) : channel_(channel) {}
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> waiter) {
    waiter_ = waiter;
    channel_.on_handshake(*this);
    channel_.begin_handshake();
  }
  void await_resume() const noexcept {}

 private:
  void complete(net::IoResult) override { waiter_.resume(); }
  Channel& channel_;
  std::coroutine_handle<> waiter_;
};

}  // namespace

struct Trust::Impl {
  Owned<SSL_CTX> context{SSL_CTX_new(TLS_client_method())};

  Impl() {
    set_common(context.get());
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
    SSL_CTX_set_alpn_protos(context.get(), http_1_1, sizeof http_1_1);
    SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(context.get(), session_came);
  }
};

Trust::Trust(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Trust::~Trust() = default;

Result<std::shared_ptr<const Trust>> Trust::system() {
  auto impl = std::make_unique<Impl>();
  ERR_clear_error();
  if (SSL_CTX_set_default_verify_paths(impl->context.get()) != 1) {
    return Error{Code::config_error, "the certificate authorities of this machine cannot be read: " + take_error(), "ca"};
  }
  return std::shared_ptr<const Trust>(new Trust(std::move(impl)));
}

Result<std::shared_ptr<const Trust>> Trust::of_file(const std::filesystem::path& file) {
  auto impl = std::make_unique<Impl>();
  ERR_clear_error();
  if (!std::ifstream(file)) return Error{Code::config_error, file.string() + ": cannot be read: " + std::strerror(errno), "ca"};
  if (SSL_CTX_load_verify_file(impl->context.get(), file.c_str()) != 1) {
    return Error{Code::config_error, file.string() + ": it holds no certificate in PEM form: " + take_error(), "ca"};
  }
  return std::shared_ptr<const Trust>(new Trust(std::move(impl)));
}

struct Remote::Impl {
  const std::shared_ptr<const Trust> trust;
  const std::string host;
  const std::shared_ptr<Workspace> workspace;
  const std::shared_ptr<SessionSlot> sessions = std::make_shared<SessionSlot>();

  // Null: nothing could be compared with this name, so nobody may answer for it.
  Owned<SSL> make() const {
    Owned<SSL> ssl(SSL_new(trust->impl().context.get()));
    SSL_set_connect_state(ssl.get());
    SSL_set_hostflags(ssl.get(), X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    const bool named = is_address(host) ? X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl.get()), host.c_str()) == 1
                                        : SSL_set1_host(ssl.get(), host.c_str()) == 1 && SSL_set_tlsext_host_name(ssl.get(), host.c_str()) == 1;
    if (!named || host.empty()) return nullptr;
    if (sessions->session) SSL_set_session(ssl.get(), sessions->session.get());
    return ssl;
  }
};

Remote::Remote(std::shared_ptr<const Trust> trust, std::string host, std::shared_ptr<Workspace> workspace)
    : impl_(new Impl{std::move(trust), std::move(host), std::move(workspace)}) {}
Remote::~Remote() = default;

net::Task<Result<std::unique_ptr<net::Stream>>> Remote::connect(std::unique_ptr<net::Stream> stream, MonoTime deadline, net::Cancellation& cancellation) {
  auto ssl = impl_->make();
  if (!ssl) co_return Error{Code::upstream_unreachable, "no TLS connection to '" + impl_->host + "': no certificate can be for this name", ""};
  auto channel = std::make_shared<Channel>(std::move(stream), std::move(ssl), impl_->workspace, impl_->sessions);
  const std::string host = impl_->host;  // what is ours may be gone after the wait
  channel->set_deadline(deadline);
  auto secured = make_stream(channel);
  {
    auto& its = *channel;
    const net::Cancellation::Scope scope(cancellation, [&its] { its.close(); });
    if (!cancellation.cancelled()) co_await Handshake(its);
  }
  if (cancellation.cancelled()) co_return Error{Code::client_closed, "the client closed the connection", ""};
  if (!channel->ready()) co_return Error{Code::upstream_unreachable, "no TLS connection to " + host + ": " + channel->failure(), ""};
  co_return secured;
}

}  // namespace genai::tls

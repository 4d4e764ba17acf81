#include <fcntl.h>
#include <openssl/pem.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <optional>
#include <vector>

#include "platform/tls/channel.hpp"
#include "platform/tls/tls.hpp"

namespace genai::tls {
namespace {

constexpr std::chrono::seconds look_every{1};
constexpr std::size_t most_pem_bytes = 1024 * 1024;
constexpr std::size_t ticket_key_bytes = 80;  // OpenSSL's name, MAC key and cipher key of session tickets
constexpr long session_seconds = 3600;
// RFC 7301, section 3.1, the preferred first.
constexpr unsigned char protocols[] = {8, 'h', 't', 't', 'p', '/', '1', '.', '1', 8, 'h', 't', 't', 'p', '/', '1', '.', '0'};
constexpr unsigned char session_context[] = {'g', 'e', 'n', 'a', 'i'};

Error refused(const std::filesystem::path& file, const std::string& why) { return Error{Code::config_error, file.string() + ": " + why, ""}; }

// Which version of a file: replaced or rewritten, it is another.
struct Identity {
  dev_t device = 0;
  ino_t inode = 0;
  std::int64_t size = 0, seconds = 0, nanoseconds = 0;
  friend bool operator==(const Identity&, const Identity&) = default;
};
Identity identity_of(const struct stat& it) { return {it.st_dev, it.st_ino, it.st_size, it.st_mtim.tv_sec, it.st_mtim.tv_nsec}; }

struct Identities {
  Identity certificate, key;
  friend bool operator==(const Identities&, const Identities&) = default;
};
Identity look_at(const std::filesystem::path& file) {
  struct stat there {};
  return ::stat(file.c_str(), &there) == 0 ? identity_of(there) : Identity{};
}

struct PemFile {
  std::string text;
  Identity identity;
  mode_t mode = 0;
};

Result<PemFile> read_pem(const std::filesystem::path& file) {
  const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return refused(file, std::string("cannot be read: ") + std::strerror(errno));
  struct stat there {};
  PemFile pem;
  ssize_t got = ::fstat(fd, &there) == 0 && S_ISREG(there.st_mode) ? 1 : -1;
  if (got < 0) errno = EINVAL;
  std::array<char, 16 * 1024> piece;
  while (got > 0 && pem.text.size() <= most_pem_bytes) {
    got = ::read(fd, piece.data(), piece.size());
    if (got > 0) pem.text.append(piece.data(), static_cast<std::size_t>(got));
  }
  const int error = errno;
  ::close(fd);
  if (got < 0) return refused(file, std::string("cannot be read: ") + std::strerror(error));
  if (pem.text.size() > most_pem_bytes) return refused(file, "it is too long for a PEM file");
  pem.identity = identity_of(there);
  pem.mode = there.st_mode;
  return pem;
}

Owned<BIO> reader_of(const std::string& text) { return Owned<BIO>(BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))); }

int no_password(char*, int, int, void*) { return 0; }

Result<void> use_certificates(SSL_CTX* context, const std::filesystem::path& file, const std::string& text) {
  const auto bio = reader_of(text);
  const Owned<X509> own(PEM_read_bio_X509_AUX(bio.get(), nullptr, no_password, nullptr));
  if (!own) return refused(file, "it holds no certificate in PEM form: " + take_error());
  if (SSL_CTX_use_certificate(context, own.get()) != 1) return refused(file, "its certificate cannot be used: " + take_error());
  for (;;) {
    const Owned<X509> next(PEM_read_bio_X509(bio.get(), nullptr, no_password, nullptr));
    if (!next) break;
    if (SSL_CTX_add1_chain_cert(context, next.get()) != 1) return refused(file, "its chain cannot be used: " + take_error());
  }
  ERR_clear_error();  // of the end of the file
  return {};
}

Result<void> use_key(SSL_CTX* context, const std::filesystem::path& file, const PemFile& pem) {
  if ((pem.mode & (S_IROTH | S_IWOTH)) != 0) return refused(file, "everyone on this machine may read this key; take that away: chmod o-rw");
  const auto bio = reader_of(pem.text);
  const Owned<EVP_PKEY> key(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_password, nullptr));
  if (!key) return refused(file, "it holds no private key in PEM form without a password: " + take_error());
  if (SSL_CTX_use_PrivateKey(context, key.get()) != 1 || SSL_CTX_check_private_key(context) != 1) {
    return refused(file, "it is not the key of the certificate: " + take_error());
  }
  return {};
}

// A client that insists on others is told so (RFC 7301, section 3.2).
int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* length, const unsigned char* offered, unsigned offered_length, void*) {
  unsigned char* found = nullptr;
  if (SSL_select_next_proto(&found, length, protocols, sizeof protocols, offered, offered_length) != OPENSSL_NPN_NEGOTIATED) return SSL_TLSEXT_ERR_ALERT_FATAL;
  *chosen = found;
  return SSL_TLSEXT_ERR_OK;
}

struct Pair {
  Owned<SSL_CTX> context;
  Identities identities;
};

Result<Pair> load(const ServerConfig& config) {
  Pair pair{Owned<SSL_CTX>(SSL_CTX_new(TLS_server_method())), {}};
  ERR_clear_error();
  auto* context = pair.context.get();
  set_common(context);
  SSL_CTX_set_options(context, SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);  // tickets carry the sessions
  SSL_CTX_set_session_id_context(context, session_context, sizeof session_context);
  SSL_CTX_set_timeout(context, session_seconds);
  SSL_CTX_set_alpn_select_cb(context, choose_protocol, nullptr);
  const auto certificate = read_pem(config.certificate);
  if (!certificate) return certificate.error();
  const auto key = read_pem(config.key);
  if (!key) return key.error();
  pair.identities = {certificate->identity, key->identity};
  if (const auto used = use_certificates(context, config.certificate, certificate->text); !used) return used.error();
  if (const auto used = use_key(context, config.key, *key); !used) return used.error();
  return pair;
}

}  // namespace

struct Server::Impl {
  Impl(ServerConfig with, const Clock& on, std::function<void(std::string)> to, Pair pair)
      : config(std::move(with)), clock(on), report(std::move(to)), context(std::move(pair.context)), tried(pair.identities), looked(clock.now()) {}

  const ServerConfig config;
  const Clock& clock;
  const std::function<void(std::string)> report;
  std::mutex mutex;  // guards what follows
  std::shared_ptr<SSL_CTX> context;
  Identities tried;  // in use, or found unusable
  MonoTime looked;

  std::shared_ptr<SSL_CTX> current() {
    const std::lock_guard lock(mutex);
    if (const auto now = clock.now(); now - looked >= look_every) {
      looked = now;
      look();
    }
    return context;
  }

  void look() {
    const Identities there{look_at(config.certificate), look_at(config.key)};
    if (there == tried) return;
    tried = there;
    auto pair = load(config);
    if (!pair) return report("the certificate in use stays: " + pair.error().what);
    tried = pair->identities;
    // Who has a ticket can still resume.
    std::array<unsigned char, ticket_key_bytes> keys{};
    if (SSL_CTX_get_tlsext_ticket_keys(context.get(), keys.data(), keys.size()) == 1) {
      SSL_CTX_set_tlsext_ticket_keys(pair->context.get(), keys.data(), keys.size());
    }
    OPENSSL_cleanse(keys.data(), keys.size());
    context = std::move(pair->context);
  }
};

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::~Server() = default;

Result<std::unique_ptr<Server>> Server::open(ServerConfig config, const Clock& clock, std::function<void(std::string)> report) {
  auto pair = load(config);
  if (!pair) return pair.error();
  return std::unique_ptr<Server>(new Server(std::make_unique<Impl>(std::move(config), clock, std::move(report), std::move(*pair))));
}

std::unique_ptr<net::Stream> Server::accept(std::unique_ptr<net::Stream> stream, std::shared_ptr<Workspace> workspace) {
  const auto context = impl_->current();
  Owned<SSL> ssl(SSL_new(context.get()));
  SSL_set_accept_state(ssl.get());
  const auto deadline = stream->loop().now() + impl_->config.handshake;
  auto channel = std::make_shared<Channel>(std::move(stream), std::move(ssl), std::move(workspace), nullptr);
  channel->set_deadline(deadline);
  return make_stream(std::move(channel));
}

}  // namespace genai::tls

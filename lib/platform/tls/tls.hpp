// TLS 1.2 and 1.3 over any stream, on OpenSSL: the front door of this folder.
//
// What comes out of here is a net::Stream again: completions, gathered writes and close() mean what they mean on a socket. An end of the
// connection without TLS's own end (close_notify) reads as an error, so that an answer cut off on the way is never taken for complete.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "platform/net/cancellation.hpp"
#include "platform/net/stream.hpp"

namespace genai::tls {

// Buffers that the streams of one loop share: between two calls they hold nothing, so that a connection at rest has none of its own.
class Workspace;
std::shared_ptr<Workspace> make_workspace();

struct ServerConfig {
  std::filesystem::path certificate;  // PEM: the server's own first, then the chain up to, but without, the root
  std::filesystem::path key;          // PEM, without a password, and not readable by everyone
  std::chrono::milliseconds handshake{10'000};  // then the connection is closed
};

// The server's identity. Any thread. A certificate and key that were replaced are taken over by the connections that follow: the files are looked at
// when one comes, at most once a second. A new pair that cannot be used is reported once, and the old one stays.
class Server {
 public:
  // config_error, naming the file, when the pair cannot be used. `report` is told sentences, on the thread of any loop.
  static Result<std::unique_ptr<Server>> open(ServerConfig config, const Clock& clock, std::function<void(std::string)> report);
  ~Server();

  // The server's end over an accepted connection. The handshake happens with the first read; when it fails, reads and writes do. ALPN is
  // http/1.1, http/1.0 or none; a client that offers only others is refused.
  std::unique_ptr<net::Stream> accept(std::unique_ptr<net::Stream> stream, std::shared_ptr<Workspace> workspace);

 private:
  struct Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// Whose certificates a client believes. Any thread; shared by all connections that believe the same.
class Trust {
 public:
  // The machine's authorities: OpenSSL's default places, or those that SSL_CERT_FILE and SSL_CERT_DIR name.
  static Result<std::shared_ptr<const Trust>> system();
  // Those of one PEM file, and no others. config_error, naming the file.
  static Result<std::shared_ptr<const Trust>> of_file(const std::filesystem::path& file);
  ~Trust();

  struct Impl;
  const Impl& impl() const { return *impl_; }

 private:
  explicit Trust(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// A server as clients of one loop see it: its name, which its certificate must have, and the last session with it, which the next connection resumes.
class Remote {
 public:
  // `host`: a name (sent as SNI) or an IP address, without brackets.
  Remote(std::shared_ptr<const Trust> trust, std::string host, std::shared_ptr<Workspace> workspace);
  ~Remote();

  // Takes a connection to the server over and shakes hands. upstream_unreachable, with the reason, also when that takes until after `deadline`;
  // client_closed once cancelled.
  net::Task<Result<std::unique_ptr<net::Stream>>> connect(std::unique_ptr<net::Stream> stream, MonoTime deadline, net::Cancellation& cancellation);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// How a connection was made, for tests and diagnosis; empty and false if the stream is none of ours or not yet there.
struct Facts {
  std::string protocol;  // "TLSv1.3"
  std::string alpn;
  bool resumed = false;
};
Facts facts_of(const net::Stream& stream);

}  // namespace genai::tls

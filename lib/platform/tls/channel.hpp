// One TLS connection over an inner stream. Private to this folder; the map of its paths:
//
//   read:  inner ciphertext lands in the caller's own buffer, moves to the workspace, and is decrypted back into that buffer
//   write: parts are gathered into records of up to 16 KiB, encrypted behind each other into the workspace, and sent as one write
//
// OpenSSL sees a BIO that never waits: it reads what lies in `incoming_` and appends to the workspace. What does not fit a call is held: `held_`
// for ciphertext that was not decrypted yet, `sending_` for what the inner stream has not taken, `later_` for what must follow that.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "platform/net/stream.hpp"
#include "platform/tls/openssl.hpp"
#include "platform/tls/tls.hpp"

namespace genai::tls {

inline constexpr std::size_t record_bytes = 16 * 1024;     // of plain text, RFC 8446, section 5.1
inline constexpr std::size_t flight_bytes = 64 * 1024;     // of plain text encrypted for one write
inline constexpr std::size_t most_unasked = 64 * 1024;     // of TLS's own answers (tickets, new keys) that a peer who does not read makes us keep
inline constexpr std::size_t least_read = 2 * 1024;        // smaller buffers of callers are not read into
inline constexpr std::size_t staging_bytes = 8 * 1024;     // of the handshake, and instead of those

class Workspace {
 public:
  std::string encrypted;               // records on their way out
  std::vector<char> received;          // ciphertext that is being decrypted
  std::array<char, record_bytes> plain{};  // where small parts are put together
};

// The last session with a server. Outlives the connections that fill it.
struct SessionSlot {
  Owned<SSL_SESSION> session;
};

class Channel final : public std::enable_shared_from_this<Channel> {
 public:
  // `ssl` is fresh and knows whether it accepts or connects.
  Channel(std::unique_ptr<net::Stream> inner, Owned<SSL> ssl, std::shared_ptr<Workspace> workspace, std::shared_ptr<SessionSlot> sessions);
  ~Channel();

  // Must be called once, with a bound on the time that the handshake may take. It begins with begin_handshake() or the first read or write.
  void set_deadline(MonoTime deadline);
  void begin_handshake();
  // `done` is completed when the handshake has ended either way. Not before this returns.
  void on_handshake(net::Completion& done) { handshaker_ = &done; }
  bool ready() const { return phase_ == Phase::open; }
  // Why the handshake failed.
  const std::string& failure() const { return failure_; }
  Facts facts() const;
  // Called by OpenSSL: a session that can be resumed.
  void keep_session(SSL_SESSION* session);

  // As net::Stream says.
  void start_read(std::span<char> into, net::Completion& done);
  bool start_write(std::span<const std::string_view> parts, net::IoResult& now, net::Completion& done);
  void close();
  void finish_writing();
  bool peer_ended() const { return peer_closed_ || inner_->peer_ended(); }
  net::Stream& inner() { return *inner_; }
  const net::Stream& inner() const { return *inner_; }

 private:
  enum class Phase { fresh, shaking, open, failed };
  struct Received final : net::Completion {
    explicit Received(Channel& to) : of(to) {}
    void complete(net::IoResult result) override { of.received(result); }
    Channel& of;
  };
  struct Sent final : net::Completion {
    explicit Sent(Channel& to) : of(to) {}
    void complete(net::IoResult result) override { of.sent(result); }
    Channel& of;
  };

  static int bio_read(BIO* bio, char* into, int room);
  static int bio_write(BIO* bio, const char* bytes, int count);
  static long bio_control(BIO* bio, int command, long, void*);
  static const BIO_METHOD* bio_method();

  void received(net::IoResult result);
  void sent(net::IoResult result);
  void take_in(std::string_view ciphertext);
  void put_back();
  void read_inner();
  void drive();
  void fail(std::string why);
  std::string reason_of_failure() const;
  void answer_waits();
  std::optional<net::IoResult> decrypt(std::span<char> into);
  std::optional<net::IoResult> pump();
  bool encrypt_flight();
  bool write_plain(std::string_view bytes);
  void send_encrypted();
  void post_waits();

  std::unique_ptr<net::Stream> inner_;
  Owned<SSL> ssl_;
  std::shared_ptr<Workspace> workspace_;
  std::shared_ptr<SessionSlot> sessions_;
  Phase phase_ = Phase::fresh;
  std::string failure_;
  std::optional<net::Timer> deadline_;
  net::Completion* handshaker_ = nullptr;

  Received received_{*this};
  std::string_view incoming_;            // what the BIO reads from
  std::string held_;
  std::unique_ptr<char[]> staging_;
  std::span<char> inner_into_;           // of the inner read under way
  std::shared_ptr<Channel> reading_;     // itself, while an inner read is under way
  std::span<char> read_into_;
  net::Completion* reader_ = nullptr;

  Sent sent_{*this};
  std::string sending_;
  std::string later_;
  std::string_view sending_part_;
  std::shared_ptr<Channel> writing_;     // itself, while an inner write is under way
  std::array<std::string_view, net::Stream::max_parts> parts_{};  // of the caller's write, shortened from the front
  std::size_t part_count_ = 0;
  std::size_t part_ = 0;
  std::size_t written_ = 0;
  net::Completion* writer_ = nullptr;

  std::shared_ptr<Channel> posted_;      // itself, while post_waits() is under way
  std::error_code broken_;               // of the records or of sending: what reads and writes come to from now on
  std::error_code input_ended_;          // of the inner stream: what reads come to when all is decrypted
  bool peer_closed_ = false;             // close_notify
  bool finishing_ = false;               // the inner stream's direction ends after what is being sent
  bool closed_ = false;
};

// The stream that callers own.
std::unique_ptr<net::Stream> make_stream(std::shared_ptr<Channel> channel);

}  // namespace genai::tls

#include "platform/tls/channel.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace genai::tls {
namespace {

std::error_code cancelled() { return std::make_error_code(std::errc::operation_canceled); }
std::error_code cut_off() { return std::make_error_code(std::errc::connection_aborted); }
std::error_code malformed() { return std::make_error_code(std::errc::protocol_error); }

// OpenSSL's verdicts on a call mean something only if this thread's queue was empty before. It nearly always is, and looking is cheaper than clearing.
void forget_errors() {
  if (ERR_peek_error() != 0) ERR_clear_error();
}

}  // namespace

Channel::Channel(std::unique_ptr<net::Stream> inner, Owned<SSL> ssl, std::shared_ptr<Workspace> workspace, std::shared_ptr<SessionSlot> sessions)
    : inner_(std::move(inner)), ssl_(std::move(ssl)), workspace_(std::move(workspace)), sessions_(std::move(sessions)) {
  BIO* bio = BIO_new(bio_method());
  BIO_set_data(bio, this);
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl_.get(), bio, bio);
  SSL_set_app_data(ssl_.get(), this);
}

Channel::~Channel() = default;

// ---- the BIO: never waits

const BIO_METHOD* Channel::bio_method() {
  static const BIO_METHOD* const method = [] {
    BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "genai stream");
    BIO_meth_set_read(made, bio_read);
    BIO_meth_set_write(made, bio_write);
    BIO_meth_set_ctrl(made, bio_control);
    return made;
  }();
  return method;
}

int Channel::bio_read(BIO* bio, char* into, int room) {
  auto& incoming = static_cast<Channel*>(BIO_get_data(bio))->incoming_;
  BIO_clear_retry_flags(bio);
  if (incoming.empty()) {
    BIO_set_retry_read(bio);
    return -1;
  }
  const auto count = std::min(static_cast<std::size_t>(room), incoming.size());
  std::memcpy(into, incoming.data(), count);
  incoming.remove_prefix(count);
  return static_cast<int>(count);
}

int Channel::bio_write(BIO* bio, const char* bytes, int count) {
  BIO_clear_retry_flags(bio);
  static_cast<Channel*>(BIO_get_data(bio))->workspace_->encrypted.append(bytes, static_cast<std::size_t>(count));
  return count;
}

long Channel::bio_control(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

// ---- handshake

void Channel::set_deadline(MonoTime deadline) {
  deadline_.emplace(inner_->loop(), [this] {
    const auto self = shared_from_this();
    fail("no handshake in time");
    inner_->close();
  });
  deadline_->set(deadline);
}

void Channel::begin_handshake() {
  if (phase_ != Phase::fresh) return;
  phase_ = Phase::shaking;
  drive();
}

void Channel::drive() {
  forget_errors();
  const int done = SSL_do_handshake(ssl_.get());
  const int state = done == 1 ? SSL_ERROR_NONE : SSL_get_error(ssl_.get(), done);
  const auto failed = state != SSL_ERROR_NONE && state != SSL_ERROR_WANT_READ;
  const auto why = failed ? reason_of_failure() : std::string();
  put_back();
  send_encrypted();
  if (failed) return fail(why);
  if (state == SSL_ERROR_WANT_READ) return read_inner();
  phase_ = Phase::open;
  deadline_.reset();
}

std::string Channel::reason_of_failure() const {
  if (const long verified = SSL_get_verify_result(ssl_.get()); verified != X509_V_OK) {
    ERR_clear_error();
    if (verified == X509_V_ERR_HOSTNAME_MISMATCH || verified == X509_V_ERR_IP_ADDRESS_MISMATCH) return "its certificate is for another name";
    return std::string("its certificate is not trusted: ") + X509_verify_cert_error_string(verified);
  }
  return take_error();
}

// The peer learns by the alert that was sent, or by the end of the connection.
void Channel::fail(std::string why) {
  if (phase_ == Phase::failed) return;
  phase_ = Phase::failed;
  failure_ = std::move(why);
  deadline_.reset();
  if (!broken_) broken_ = malformed();
  if (writing_) finishing_ = true;
  else inner_->finish_writing();
  post_waits();
}

// ---- reading

// Ciphertext moves out of the caller's buffer, into which it will be decrypted.
void Channel::take_in(std::string_view ciphertext) {
  if (!held_.empty()) {
    held_.append(ciphertext);
    incoming_ = held_;
    return;
  }
  auto& room = workspace_->received;
  room.assign(ciphertext.begin(), ciphertext.end());
  incoming_ = {room.data(), room.size()};
}

// After every call into OpenSSL that reads: what it left is kept, the workspace is free again.
void Channel::put_back() {
  if (incoming_.empty()) held_.clear();
  else if (held_.empty()) held_.assign(incoming_);
  else held_.erase(0, held_.size() - incoming_.size());
  incoming_ = {};
}

void Channel::read_inner() {
  if (reading_ || closed_) return;
  const bool direct = reader_ != nullptr && read_into_.size() >= least_read && phase_ == Phase::open;
  if (direct) staging_.reset();
  else if (!staging_) staging_ = std::make_unique<char[]>(staging_bytes);
  inner_into_ = direct ? read_into_ : std::span(staging_.get(), staging_bytes);
  reading_ = shared_from_this();
  inner_->start_read(inner_into_, received_);
}

void Channel::start_read(std::span<char> into, net::Completion& done) {
  read_into_ = into;
  reader_ = &done;
  if (phase_ == Phase::fresh) return begin_handshake();
  if (phase_ == Phase::shaking) return;
  if (broken_ || input_ended_ || closed_ || peer_closed_ || !held_.empty() || SSL_pending(ssl_.get()) > 0) return post_waits();
  read_inner();
}

void Channel::received(net::IoResult result) {
  const auto self = std::move(reading_);
  if (result.bytes == 0) {
    input_ended_ = result.error ? result.error : cut_off();
    if (phase_ == Phase::shaking) fail(closed_ ? "closed" : "the connection ended during the handshake");
    return answer_waits();
  }
  take_in({inner_into_.data(), result.bytes});
  if (phase_ == Phase::shaking) {
    drive();
    if (phase_ == Phase::shaking) return;
  }
  answer_waits();
}

// Plain text into `into`; the end or an error; nothing when more ciphertext is needed. What `incoming_` holds is used first.
std::optional<net::IoResult> Channel::decrypt(std::span<char> into) {
  std::size_t got = 0;
  forget_errors();
  while (got < into.size()) {
    if (got > 0 && incoming_.empty() && SSL_pending(ssl_.get()) == 0) break;
    std::size_t count = 0;
    const int ok = SSL_read_ex(ssl_.get(), into.data() + got, into.size() - got, &count);
    got += count;
    if (ok == 1) continue;
    const int state = SSL_get_error(ssl_.get(), ok);
    if (state == SSL_ERROR_ZERO_RETURN) peer_closed_ = true;
    else if (state != SSL_ERROR_WANT_READ) broken_ = malformed();
    break;
  }
  if (got > 0) return net::IoResult{got, {}};
  if (peer_closed_) return net::IoResult{};
  if (broken_ || input_ended_) return net::IoResult{0, broken_ ? broken_ : input_ended_};
  return std::nullopt;
}

// Completes what can be completed and goes on with the rest. Called from completions alone, so that waiting callers may be called.
void Channel::answer_waits() {
  const auto self = shared_from_this();
  if (phase_ == Phase::shaking && !closed_) return;
  if (handshaker_ != nullptr) std::exchange(handshaker_, nullptr)->complete({});
  if (writer_ != nullptr && !writing_) {
    if (const auto ended = pump()) std::exchange(writer_, nullptr)->complete(*ended);
  }
  if (reader_ == nullptr || reading_) return put_back();
  std::optional<net::IoResult> read;
  if (closed_) read = net::IoResult{0, cancelled()};
  else if (phase_ != Phase::open) read = net::IoResult{0, broken_};
  else {
    if (incoming_.empty() && !held_.empty()) incoming_ = held_;
    read = decrypt(read_into_);
    put_back();
    send_encrypted();
  }
  if (!read) return read_inner();
  std::exchange(reader_, nullptr)->complete(*read);
}

// answer_waits() from the loop: callers are never completed inside their own call.
void Channel::post_waits() {
  if (posted_) return;
  posted_ = shared_from_this();
  inner_->loop().post([this] {
    const auto self = std::move(posted_);
    answer_waits();
  });
}

// ---- writing

bool Channel::start_write(std::span<const std::string_view> parts, net::IoResult& now, net::Completion& done) {
  part_count_ = std::min(parts.size(), parts_.size());
  std::copy_n(parts.begin(), part_count_, parts_.begin());
  part_ = 0;
  written_ = 0;
  if (phase_ == Phase::fresh) begin_handshake();
  if (phase_ == Phase::shaking && !closed_) {
    writer_ = &done;
    return false;
  }
  if (writing_) {  // what TLS itself had to say
    writer_ = &done;
    return false;
  }
  if (const auto ended = pump()) {
    now = *ended;
    return true;
  }
  writer_ = &done;
  return false;
}

bool Channel::write_plain(std::string_view bytes) {
  std::size_t count = 0;
  if (SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &count) != 1) {
    broken_ = malformed();
    return false;
  }
  written_ += count;
  return true;
}

// Turns the next part of the caller's bytes into records, small parts together. True: there are some.
bool Channel::encrypt_flight() {
  forget_errors();
  auto& plain = workspace_->plain;
  const std::size_t before = written_;
  while (part_ < part_count_ && written_ - before < flight_bytes) {
    auto& next = parts_[part_];
    const bool alone = part_ + 1 == part_count_;
    if (alone || next.size() >= record_bytes) {
      const auto piece = next.substr(0, record_bytes);
      if (!piece.empty() && !write_plain(piece)) return false;
      next.remove_prefix(piece.size());
      if (next.empty()) ++part_;
      continue;
    }
    std::size_t gathered = 0;
    while (part_ < part_count_ && gathered < plain.size()) {
      auto& small = parts_[part_];
      const auto count = std::min(small.size(), plain.size() - gathered);
      std::copy_n(small.data(), count, plain.data() + gathered);
      gathered += count;
      small.remove_prefix(count);
      if (small.empty()) ++part_;
    }
    if (gathered > 0 && !write_plain({plain.data(), gathered})) return false;
  }
  return written_ > before;
}

// Writes on. The result when all is sent or nothing more can be; nothing while the inner stream is busy.
std::optional<net::IoResult> Channel::pump() {
  if (closed_) return net::IoResult{written_, cancelled()};
  if (phase_ != Phase::open || broken_) return net::IoResult{written_, broken_ ? broken_ : malformed()};
  while (part_ < part_count_) {
    encrypt_flight();
    send_encrypted();
    if (broken_) return net::IoResult{written_, broken_};
    if (writing_) return std::nullopt;
  }
  return net::IoResult{written_, {}};
}

// Sends what the workspace holds, or keeps it until the write under way has ended.
void Channel::send_encrypted() {
  auto& fresh = workspace_->encrypted;
  if (fresh.empty()) return;
  if (writing_) {
    if (later_.size() + fresh.size() > most_unasked) broken_ = malformed();
    else later_ += fresh;
    fresh.clear();
    return;
  }
  sending_.swap(fresh);
  sending_part_ = sending_;
  net::IoResult now;
  if (inner_->start_write({&sending_part_, 1}, now, sent_)) {
    if (now.error) broken_ = now.error;
    sending_.clear();
    sending_.swap(fresh);
  } else {
    writing_ = shared_from_this();
  }
}

void Channel::sent(net::IoResult result) {
  const auto self = std::move(writing_);
  sending_ = std::string();
  if (result.error) broken_ = result.error;
  if (!later_.empty() && !broken_) {
    workspace_->encrypted.append(std::exchange(later_, {}));
    send_encrypted();
    if (writing_) return;
  }
  if (writer_ != nullptr) {
    const auto ended = pump();
    if (!ended) return;
    std::exchange(writer_, nullptr)->complete(*ended);
  }
  if (finishing_ && !writing_ && !closed_) inner_->finish_writing();
}

// ---- ends

void Channel::finish_writing() {
  if (phase_ == Phase::open && !broken_) {
    forget_errors();
    SSL_shutdown(ssl_.get());
    send_encrypted();
  }
  if (writing_) finishing_ = true;
  else inner_->finish_writing();
}

void Channel::close() {
  if (std::exchange(closed_, true)) return;
  deadline_.reset();
  if (phase_ == Phase::open && !broken_ && !writing_ && (SSL_get_shutdown(ssl_.get()) & SSL_SENT_SHUTDOWN) == 0) {
    forget_errors();
    SSL_shutdown(ssl_.get());
    send_encrypted();
  }
  inner_->close();
  if (reader_ != nullptr || writer_ != nullptr || handshaker_ != nullptr) post_waits();
}

void Channel::keep_session(SSL_SESSION* session) {
  if (sessions_) sessions_->session.reset(session);
  else SSL_SESSION_free(session);
}

Facts Channel::facts() const {
  if (phase_ != Phase::open) return {};
  const unsigned char* name = nullptr;
  unsigned length = 0;
  SSL_get0_alpn_selected(ssl_.get(), &name, &length);
  return {SSL_get_version(ssl_.get()), std::string(reinterpret_cast<const char*>(name), length), SSL_session_reused(ssl_.get()) == 1};
}

// ---- the stream

namespace {

class TlsStream final : public net::Stream {
 public:
  explicit TlsStream(std::shared_ptr<Channel> channel) : channel_(std::move(channel)) {}
  ~TlsStream() override { channel_->close(); }

  net::Loop& loop() override { return channel_->inner().loop(); }
  void start_read(std::span<char> into, net::Completion& done) override { channel_->start_read(into, done); }
  bool start_write(std::span<const std::string_view> parts, net::IoResult& now, net::Completion& done) override {
    return channel_->start_write(parts, now, done);
  }
  void close() override { channel_->close(); }
  void finish_writing() override { channel_->finish_writing(); }
  std::uint64_t acknowledged() const override { return channel_->inner().acknowledged(); }
  bool peer_ended() const override { return channel_->peer_ended(); }
  std::string peer() const override { return channel_->inner().peer(); }
  Facts facts() const { return channel_->facts(); }

 private:
  std::shared_ptr<Channel> channel_;
};

}  // namespace

std::unique_ptr<net::Stream> make_stream(std::shared_ptr<Channel> channel) { return std::make_unique<TlsStream>(std::move(channel)); }

std::shared_ptr<Workspace> make_workspace() { return std::make_shared<Workspace>(); }

Facts facts_of(const net::Stream& stream) {
  const auto* ours = dynamic_cast<const TlsStream*>(&stream);
  return ours == nullptr ? Facts{} : ours->facts();
}

}  // namespace genai::tls

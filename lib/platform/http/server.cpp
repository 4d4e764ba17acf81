#include "platform/http/server.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <ctime>
#include <unordered_set>
#include <utility>

#include "platform/http/chunked.hpp"
#include "platform/net/read_ahead.hpp"

namespace genai::http {
namespace {

constexpr std::size_t read_room = 4 * 1024;
constexpr std::size_t body_step = 1024 * 1024;             // of a large body, for which memory is taken at once
constexpr std::size_t body_padding = 64;                   // readable bytes behind a body, for SIMD readers
constexpr std::uint64_t discard_most = 256 * 1024;         // of a body nobody wanted, to keep the connection
constexpr int stall_looks = 12;                            // at a client that does not read, in the time allowed
constexpr std::chrono::seconds linger_idle{2};             // after an error the peer may still send this long without a pause
constexpr std::chrono::seconds linger_total{10};

std::string_view reason(int status) {
  switch (status) {
    case 100: return "Continue";
    case 200: return "OK";
    case 204: return "No Content";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 413: return "Content Too Large";
    case 414: return "URI Too Long";
    case 415: return "Unsupported Media Type";
    case 417: return "Expectation Failed";
    case 422: return "Unprocessable Content";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 501: return "Not Implemented";
    case 502: return "Bad Gateway";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Timeout";
    case 505: return "HTTP Version Not Supported";
    default: return "Status";
  }
}

// RFC 9110, section 5.6.7 (IMF-fixdate), made once a second.
class DateLine {
 public:
  std::string_view at(WallTime now) {
    const auto second = std::chrono::time_point_cast<std::chrono::seconds>(now);
    if (second != made_for_ || length_ == 0) {
      made_for_ = second;
      const std::time_t time = std::chrono::system_clock::to_time_t(second);
      std::tm parts{};
      ::gmtime_r(&time, &parts);
      length_ = std::strftime(text_.data(), text_.size(), "Date: %a, %d %b %Y %H:%M:%S GMT\r\n", &parts);
    }
    return {text_.data(), length_};
  }

 private:
  std::chrono::time_point<std::chrono::system_clock, std::chrono::seconds> made_for_{};
  std::array<char, 64> text_{};
  std::size_t length_ = 0;
};

}  // namespace

void append_field(std::string& to, std::string_view name, std::string_view value) {
  to.append(name).append(": ").append(value).append("\r\n");
}

struct Server::Impl {
  Impl(net::Loop& on, Handler& with, Limits bounds, Timeouts waits) : loop(on), handler(with), limits(bounds), timeouts(waits) {}
  net::Loop& loop;
  Handler& handler;
  const Limits limits;
  const Timeouts timeouts;
  DateLine date;
  net::TaskGroup tasks;
  std::unordered_set<Connection*> connections;
  std::size_t active = 0;
  bool draining = false;
};

class Server::Connection final : public Exchange {
 public:
  Connection(Impl& server, std::unique_ptr<net::Stream> stream)
      : server_(server),
        input_(std::make_shared<net::ReadAhead>(std::move(stream), read_room, server.limits.head + read_room)),
        timer_(server.loop, [this] { timed_out_ = true; input_->interrupt(); }),
        stall_(server.loop, [this] { check_stall(); }),
        scanner_(server.limits),
        chunks_(server.limits) {
    server_.connections.insert(this);
  }
  ~Connection() override {
    input_->on_end(nullptr);
    input_->close();
    server_.connections.erase(this);
  }

  // The life of a connection: requests one after the other until one of both sides ends it.
  net::Task<void> run() {
    while (!closing_) {
      auto got = co_await read_head();
      if (!got) {
        co_await reject(got.error());
        break;
      }
      if (!*got) co_return;
      begin_exchange();
      co_await server_.handler.handle(*this);
      end_exchange();
      if (!closing_) co_await discard_body();
      if (broken_) co_return;
    }
    const bool more_may_come = body_state_ != BodyState::read || !input_->bytes().empty();
    if (lingering_ || more_may_come) co_await linger();
  }

  void close_if_idle() {
    closing_ = true;
    if (idle_) input_->close();
  }
  void cut() {
    broken_ = closing_ = true;
    input_->close();
    left();
  }

  const RequestHead& head() const override { return head_; }
  net::Loop& loop() override { return server_.loop; }
  std::string peer() const override { return input_->stream().peer(); }

  net::Task<Result<std::string>> body() override;
  net::Task<bool> respond(Response response) override;
  void begin(Response head) override;
  net::Task<bool> send(std::string_view piece) override;
  net::Task<bool> finish(std::string_view last_piece) override;

  void abort() override { broken_ = closing_ = true; }
  bool begun() const override { return begun_; }
  void on_hangup(std::function<void()> left) override { left_ = std::move(left); }
  bool hung_up() const override { return hung_up_; }

 private:
  enum class BodyState { unread, reading, read };

  // True: head_ is there. False: the peer is done, or was idle for too long.
  net::Task<Result<bool>> read_head() {
    scanner_.reset();
    idle_ = input_->bytes().empty();
    timer_.set_after(idle_ ? server_.timeouts.idle : server_.timeouts.head);
    timed_out_ = false;
    for (;;) {
      if (!input_->bytes().empty()) {
        auto complete = scanner_.request(input_->bytes(), head_);
        if (!complete) co_return complete.error();
        if (*complete) {
          timer_.clear();
          idle_ = false;
          co_return true;
        }
        if (std::exchange(idle_, false)) timer_.set_after(server_.timeouts.head);
      }
      const auto before = input_->bytes().size();
      co_await input_->wait();
      if (input_->bytes().size() > before) continue;
      if (input_->ended()) co_return false;
      if (timed_out_ && idle_) co_return false;
      if (timed_out_) co_return Error{Code::request_timeout, "the request's head did not arrive in time", ""};
    }
  }

  void begin_exchange() {
    ++server_.active;
    const std::uint64_t body_here = input_->bytes().size() - scanner_.consumed();
    const bool all_here = head_.body == BodyKind::none || (head_.body == BodyKind::length && body_here >= head_.content_length);
    if (!all_here || !input_->has_room()) copy_head();
    input_->consume(scanner_.consumed());
    keep_alive_ = head_.keep_alive;
    body_state_ = head_.body == BodyKind::none ? BodyState::read : BodyState::unread;
    begun_ = answered_ = false;
    left_ = nullptr;
    if (body_state_ == BodyState::read) watch();
  }
  // The head's views hold until the handler returns: if reading on needs the buffer, they move to a copy first.
  void copy_head() {
    head_copy_.assign(input_->bytes().substr(0, scanner_.consumed()));
    scanner_.reset();
    (void)scanner_.request(head_copy_, head_);
    copied_ = true;
  }

  void end_exchange() {
    --server_.active;
    left_ = nullptr;
    input_->on_end(nullptr);
    copied_ = false;
    if (!answered_) broken_ = true;
    if (!keep_alive_ || server_.draining || hung_up_) closing_ = true;
    if (broken_) closing_ = true;
  }

  // From now on the client's leaving is noticed.
  void watch() {
    input_->on_end([this] { left(); });
    input_->arm(!copied_);
    if (input_->ended() || input_->stream().peer_ended()) hung_up_ = true;
  }
  void left() {
    hung_up_ = true;
    if (auto left = std::exchange(left_, nullptr)) left();
  }

  net::Task<void> reject(Error error) {
    closing_ = lingering_ = true;
    head_.method = "";
    head_.http_1_0 = false;
    begun_ = answered_ = false;
    co_await respond(server_.handler.reject(error));
  }

  // Writes, with a bound on the time without progress.
  net::Task<bool> write(std::span<const std::string_view> parts) {
    if (broken_) co_return false;
    acknowledged_ = 0;
    stalled_looks_ = 0;
    stall_.set_after(server_.timeouts.write_stall / stall_looks);
    const auto result = co_await net::Write(input_->stream(), parts);
    stall_.clear();
    if (!result.ok()) {
      broken_ = closing_ = hung_up_ = true;
    }
    co_return result.ok();
  }
  // Looks a few times in the allowed wait whether the peer took anything.
  void check_stall() {
    const auto before = std::exchange(acknowledged_, input_->stream().acknowledged());
    stalled_looks_ = acknowledged_ > before ? 0 : stalled_looks_ + 1;
    if (stalled_looks_ < stall_looks) return stall_.set_after(server_.timeouts.write_stall / stall_looks);
    input_->close();
    left();
  }

  void append_head(const Response& response) {
    char digits[24];
    out_.append("HTTP/1.1 ");
    out_.append(digits, std::to_chars(digits, digits + sizeof digits, response.status).ptr);
    out_.append(" ").append(reason(response.status)).append("\r\n");
    out_.append(server_.date.at(server_.loop.clock().wall_now()));
    if (!response.content_type.empty()) append_field(out_, "Content-Type", response.content_type);
    out_.append(response.fields);
    if (response.close || server_.draining) keep_alive_ = false;
    if (closing_ || hung_up_) keep_alive_ = false;
    if (!keep_alive_) out_.append("Connection: close\r\n");
    else if (head_.http_1_0) out_.append("Connection: keep-alive\r\n");
  }
  void append_length(std::size_t length) {
    char digits[24];
    out_.append("Content-Length: ").append(digits, std::to_chars(digits, digits + sizeof digits, length).ptr).append("\r\n\r\n");
  }

  // An answer before its body was read: what the client still sends is in doubt unless it is small.
  void settle_unread_body() {
    if (body_state_ == BodyState::read) return;
    const bool small = head_.body == BodyKind::length && head_.content_length <= discard_most && !head_.expects_continue;
    if (small && body_state_ == BodyState::unread) return;
    keep_alive_ = false;
    lingering_ = true;
  }
  net::Task<void> discard_body() {
    if (body_state_ == BodyState::read) co_return;
    const auto rest = co_await body();
    input_->on_end(nullptr);
    if (!rest) closing_ = true;
  }

  bool is_head() const { return head_.method == "HEAD"; }  // the answer's head alone is sent

  Error body_ended() {
    closing_ = true;
    if (timed_out_) {
      lingering_ = true;
      return Error{Code::request_timeout, "the request's body arrives too slowly", ""};
    }
    hung_up_ = broken_ = true;
    return Error{Code::client_closed, "the client closed the connection", ""};
  }
  Error too_large() {
    closing_ = lingering_ = true;
    return Error{Code::payload_too_large, "the request's body is larger than " + std::to_string(server_.limits.body) + " bytes", ""};
  }
  // The moment until which the next byte of a body must come when `received` have.
  void allow(std::size_t received) {
    const std::chrono::milliseconds earned(received * 1000 / server_.timeouts.body_bytes_per_second);
    timer_.set(body_began_ + server_.timeouts.body_grace + earned);
  }
  net::Task<bool> more_input() {
    const auto before = input_->bytes().size();
    co_await input_->wait();
    co_return input_->bytes().size() > before;
  }

  net::Task<Result<std::string>> sized_body();
  net::Task<Result<std::string>> chunked_body();

  // Reads and drops what the peer still sends, so that our answer is not lost to a reset.
  net::Task<void> linger() {
    input_->stream().finish_writing();
    const auto end = server_.loop.now() + linger_total;
    for (timed_out_ = false; !timed_out_ && !input_->ended();) {
      input_->consume(input_->bytes().size());
      timer_.set(std::min(end, server_.loop.now() + linger_idle));
      co_await input_->wait();
    }
    timer_.clear();
  }

  Impl& server_;
  std::shared_ptr<net::ReadAhead> input_;
  net::Timer timer_;   // of reading
  net::Timer stall_;   // of writing
  HeadScanner scanner_;
  ChunkedDecoder chunks_;
  RequestHead head_;
  std::string head_copy_;
  std::string out_;    // the head that leaves with the next bytes
  BodyState body_state_ = BodyState::read;
  MonoTime body_began_{};
  std::uint64_t acknowledged_ = 0;
  int stalled_looks_ = 0;
  std::function<void()> left_;
  bool copied_ = false;   // head_ views head_copy_
  bool idle_ = false;
  bool timed_out_ = false;
  bool keep_alive_ = true;
  bool begun_ = false;
  bool answered_ = false;
  bool closing_ = false;
  bool lingering_ = false;
  bool broken_ = false;   // nothing more can or may be sent
  bool hung_up_ = false;
};

net::Task<Result<std::string>> Server::Connection::body() {
  if (body_state_ != BodyState::unread) co_return std::string();
  if (head_.content_length > server_.limits.body) co_return too_large();
  body_state_ = BodyState::reading;
  const bool here = head_.body == BodyKind::length && input_->bytes().size() >= head_.content_length;
  if (here) {
    std::string text;
    text.reserve(head_.content_length + body_padding);
    text.assign(input_->bytes().substr(0, head_.content_length));
    input_->consume(head_.content_length);
    body_state_ = BodyState::read;
    watch();
    co_return text;
  }
  if (head_.expects_continue && input_->bytes().empty()) {
    const std::string_view proceed = "HTTP/1.1 100 Continue\r\n\r\n";
    if (!co_await write(std::span(&proceed, 1))) co_return body_ended();
  }
  body_began_ = server_.loop.now();
  timed_out_ = false;
  const bool chunked = head_.body == BodyKind::chunked;
  Result<std::string> text = std::string();
  if (chunked) text = co_await chunked_body();
  else text = co_await sized_body();
  timer_.clear();
  if (text) {
    body_state_ = BodyState::read;
    watch();
  }
  co_return text;
}

net::Task<Result<std::string>> Server::Connection::sized_body() {
  std::string text;
  const std::size_t length = head_.content_length;
  while (text.size() < length) {
    const auto piece = input_->bytes().substr(0, length - text.size());
    if (text.capacity() < text.size() + piece.size() + body_padding) {
      text.reserve(std::min(length, std::max(2 * text.size(), body_step)) + piece.size() + body_padding);
    }
    text.append(piece);
    input_->consume(piece.size());
    if (text.size() == length) break;
    input_->expect(length - text.size());
    allow(text.size());
    const bool more = co_await more_input();
    if (!more) co_return body_ended();
  }
  input_->expect(0);
  co_return text;
}

net::Task<Result<std::string>> Server::Connection::chunked_body() {
  std::string text;
  chunks_ = ChunkedDecoder(server_.limits);
  std::size_t received = 0;
  for (;;) {
    auto step = chunks_.next(input_->bytes());
    if (!step) {
      closing_ = lingering_ = true;
      co_return step.error();
    }
    received += step->consumed;
    text.append(step->data);
    input_->consume(step->consumed);
    if (text.size() > server_.limits.body) co_return too_large();
    if (step->done) break;
    if (step->consumed > 0 && !input_->bytes().empty()) continue;
    allow(received);
    const bool more = co_await more_input();
    if (!more) co_return body_ended();
  }
  text.reserve(text.size() + body_padding);
  co_return text;
}

net::Task<bool> Server::Connection::respond(Response response) {
  settle_unread_body();
  answered_ = true;
  out_.clear();
  append_head(response);
  if (response.status == 204) out_.append("\r\n");  // has no body, and no length of one (RFC 9110, section 8.6)
  else append_length(response.body.size());
  if (!keep_alive_) closing_ = true;
  const std::string_view parts[] = {out_, is_head() ? std::string_view() : std::string_view(response.body)};
  co_return co_await write(parts);
}

void Server::Connection::begin(Response head) {
  settle_unread_body();
  begun_ = true;
  if (head_.http_1_0) keep_alive_ = false;
  out_.clear();
  append_head(head);
  out_.append(head_.http_1_0 ? "\r\n" : "Transfer-Encoding: chunked\r\n\r\n");
  if (!keep_alive_) closing_ = true;
}

net::Task<bool> Server::Connection::send(std::string_view piece) {
  if (is_head()) piece = {};
  if (piece.empty()) co_return !broken_;
  char size[20];
  const bool chunked = !head_.http_1_0;
  const std::string_view parts[] = {out_, chunked ? chunk_header(piece.size(), size) : "", piece, chunked ? "\r\n" : ""};
  const bool sent = co_await write(parts);
  out_.clear();
  co_return sent;
}

net::Task<bool> Server::Connection::finish(std::string_view last_piece) {
  answered_ = true;
  if (is_head()) last_piece = {};
  char size[20];
  const bool chunked = !head_.http_1_0 && !is_head();
  const bool some = chunked && !last_piece.empty();
  const std::string_view parts[] = {out_, some ? chunk_header(last_piece.size(), size) : "", last_piece, some ? "\r\n" : "",
                                    chunked ? last_chunk : ""};
  const bool sent = co_await write(parts);
  out_.clear();
  co_return sent;
}

Server::Server(net::Loop& loop, Handler& handler, Limits limits, Timeouts timeouts)
    : impl_(std::make_unique<Impl>(loop, handler, limits, timeouts)) {}
Server::~Server() = default;

void Server::serve(std::unique_ptr<net::Stream> stream) {
  struct Life {
    static net::Task<void> of(std::unique_ptr<Connection> connection) { co_await connection->run(); }
  };
  impl_->tasks.spawn(Life::of(std::make_unique<Connection>(*impl_, std::move(stream))));
}

void Server::drain() {
  impl_->draining = true;
  const auto connections = impl_->connections;
  for (auto* connection : connections) connection->close_if_idle();
}

net::Task<void> Server::ended() { co_await impl_->tasks.join(); }

void Server::cut() {
  const auto connections = impl_->connections;
  for (auto* connection : connections) connection->cut();
}

ServerCounts Server::counts() const { return {impl_->connections.size(), impl_->active}; }

}  // namespace genai::http

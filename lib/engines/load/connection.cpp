#include "engines/load/connection.hpp"

#include <algorithm>
#include <cstring>

namespace genai::load {
namespace {

constexpr std::size_t least_buffer = 4 * 1024;   // ten thousand streams fit in 40 MB
constexpr std::size_t most_buffer = 64 * 1024;   // large bodies are read in fewer calls
constexpr Nanoseconds connect_limit = std::chrono::seconds(5);

}  // namespace

Connection::Connection(net::Network& network, net::TaskGroup& tasks, const Plan& plan, ConnectionOwner& owner)
    : network_(network),
      tasks_(tasks),
      plan_(plan),
      owner_(owner),
      reader_(plan.target.mode),
      buffer_(least_buffer),
      deadline_(network.loop(), [this] { fail(Failure::timeout); }) {}

void Connection::send(const Request& request, stats::Histogram* gaps) {
  request_ = request;
  reader_.reset(gaps);
  if (state_ == State::idle) return write();
  state_ = State::connecting;
  tasks_.spawn(connect());
}

// The connection's own time-out is the request's, or connect_limit when that is sooner.
net::Task<void> Connection::connect() {
  net::Cancellation cancellation;
  connecting_ = &cancellation;
  auto to = plan_.target.endpoint;
  const MonoTime by = request_.started + std::min(plan_.timeout, connect_limit);
  auto stream = co_await network_.connect(std::move(to), by, cancellation);
  connecting_ = nullptr;
  connected(std::move(stream));
}

void Connection::connected(Result<std::unique_ptr<net::Stream>> stream) {
  if (stream) stream_ = std::move(*stream);
  if (state_ == State::closing) {  // abandoned meanwhile
    if (stream_) stream_->close();
    return dispose_when_quiet();
  }
  if (!stream) return fail(Failure::connect);
  used_ = false;
  unread_ = 0;
  write();
}

void Connection::write() {
  state_ = State::busy;
  deadline_.set(request_.started + plan_.timeout);
  unsent_[0] = plan_.target.request.reveal();
  net::IoResult now;
  writing_ = !stream_->start_write(unsent_, now, write_end_);
  // A write that failed is not an end yet: the answer may have come before the server closed. The read will tell.
  if (!reading_) read_on();
}

void Connection::written(net::IoResult) {
  writing_ = false;
  if (state_ == State::closing) dispose_when_quiet();
}

void Connection::read_on() {
  reading_ = true;
  stream_->start_read(std::span(buffer_).subspan(unread_), *this);
}

void Connection::complete(net::IoResult result) {
  reading_ = false;
  if (state_ == State::closing) return dispose_when_quiet();
  if (!result.ok() || result.bytes == 0) return lost_peer();
  arrived(result.bytes);
}

void Connection::arrived(std::size_t bytes) {
  if (state_ == State::idle) {  // nobody asked for these
    close();
    return owner_.lost(*this);
  }
  const MonoTime now = network_.loop().now();
  const std::string_view unread(buffer_.data(), unread_ + bytes);
  std::size_t consumed = 0;
  const auto state = reader_.feed(unread, now, consumed);
  const bool more_behind = consumed < unread.size();
  unread_ = unread.size();
  if (state == AnswerReader::State::broken) return finish(false, now);
  // Behind the end of an answer nothing may stand: no further request has been sent.
  if (state == AnswerReader::State::done) return finish(reader_.keep_alive() && !more_behind && !writing_, now);
  take_unread(consumed);
  read_on();
}

// Keeps what has not been consumed at the front, with room behind it.
void Connection::take_unread(std::size_t consumed) {
  const bool filled = unread_ == buffer_.size();
  unread_ -= consumed;
  if (consumed > 0) std::memmove(buffer_.data(), buffer_.data() + consumed, unread_);
  if (filled && buffer_.size() < most_buffer) buffer_.resize(buffer_.size() * 2);
}

void Connection::lost_peer() {
  const MonoTime now = network_.loop().now();
  if (state_ == State::idle) {
    close();
    return owner_.lost(*this);
  }
  // The server may close a kept connection at any time, also while our request is on its way: that says nothing about the request.
  if (used_ && !request_.resent && !reader_.seen().first_byte) {
    deadline_.clear();
    Request again = request_;
    again.resent = true;
    close();
    return owner_.displaced(again);
  }
  reader_.end();
  finish(false, now);
}

void Connection::finish(bool reusable, MonoTime now) {
  deadline_.clear();
  used_ = true;
  unread_ = 0;
  if (reusable) state_ = State::idle;
  else close();
  owner_.ended(*this, request_, reader_.seen(), now);
  // The owner may have sent the next request, which reads already. An idle connection reads too, to see its end.
  if (state_ == State::idle && !reading_) read_on();
}

void Connection::fail(Failure why) {
  const MonoTime now = network_.loop().now();
  Observation seen = reader_.seen();
  seen.failure = why;
  deadline_.clear();
  close();
  owner_.ended(*this, request_, seen, now);
}

void Connection::abandon() {
  deadline_.clear();
  close();
}

void Connection::close() {
  if (state_ == State::vacant || state_ == State::closing) return;
  state_ = State::closing;
  if (connecting_ != nullptr) return connecting_->cancel();  // connected() goes on
  if (stream_) stream_->close();
  dispose_when_quiet();
}

// The stream goes on a later turn of the loop: it may be on the stack now.
void Connection::dispose_when_quiet() {
  if (reading_ || writing_) return;
  network_.loop().post([this] {
    stream_.reset();
    state_ = State::vacant;
    owner_.retired(*this);
  });
}

}  // namespace genai::load

#include "platform/net/read_ahead.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace genai::net {

ReadAhead::ReadAhead(std::unique_ptr<Stream> stream, std::size_t room, std::size_t most)
    : stream_(std::move(stream)), buffer_(room), room_(room), most_(most) {}

void ReadAhead::expect(std::size_t more) {
  if (reading_ || begin_ != end_) return;
  const std::size_t wanted = std::max(room_, std::min(more, most_expected));
  if (more == 0 ? buffer_.size() == room_ : buffer_.size() >= wanted) return;
  begin_ = end_ = 0;
  std::vector<char>(wanted).swap(buffer_);
}

void ReadAhead::arm(bool keep) {
  if (reading_ || ended_) return;
  if (!keep) {
    if (begin_ == end_) {
      begin_ = end_ = 0;
    } else if (end_ == buffer_.size() && begin_ > 0) {
      std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
      end_ -= std::exchange(begin_, 0);
    }
    if (end_ == buffer_.size() && buffer_.size() < most_) buffer_.resize(std::min(most_, buffer_.size() * 2));
  }
  if (end_ == buffer_.size()) return;
  reading_ = true;
  self_ = shared_from_this();
  stream_->start_read(std::span(buffer_).subspan(end_), *this);
}

void ReadAhead::complete(IoResult result) {
  const auto self = std::move(self_);
  reading_ = false;
  end_ += result.bytes;
  if (result.bytes == 0) {
    ended_ = true;
    error_ = result.error;
    if (auto ended = std::exchange(on_end_, nullptr)) ended();
  }
  if (auto waiter = std::exchange(waiter_, {})) waiter.resume();
  else if (on_end_) arm(true);
}

void ReadAhead::interrupt() {
  if (auto waiter = std::exchange(waiter_, {})) waiter.resume();
  else interrupted_ = true;
}

void ReadAhead::close() {
  stream_->close();
  if (!reading_) ended_ = true;
}

}  // namespace genai::net

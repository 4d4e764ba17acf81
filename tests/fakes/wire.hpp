// The raw end of a connection in memory: what a test sends byte by byte, and all that came back.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "platform/net/memory.hpp"

namespace genai::fakes {

// Reads all the time unless it is told not to.
class Wire final : net::Completion {
 public:
  explicit Wire(std::unique_ptr<net::Stream> stream, bool greedy = true) : stream_(std::move(stream)), greedy_(greedy) {
    if (greedy_) read(sizeof buffer_);
  }

  void send(std::string_view bytes) {
    net::IoResult now;
    const std::string_view part[] = {bytes};
    stream_->start_write(part, now, ignored_);
  }
  // Reads once, at most so many bytes.
  void read(std::size_t most) { stream_->start_read(std::span(buffer_).first(most), *this); }
  void finish_writing() { stream_->finish_writing(); }
  void close() { stream_->close(); }
  void reset() { net::reset(*stream_); }

  const std::string& received() const { return received_; }
  std::string take() { return std::exchange(received_, {}); }
  bool ended() const { return ended_; }
  std::error_code error() const { return error_; }

 private:
  struct Ignored final : net::Completion {
    void complete(net::IoResult) override {}
  };
  void complete(net::IoResult result) override {
    received_.append(buffer_, result.bytes);
    ended_ = result.bytes == 0;
    error_ = result.error;
    if (greedy_ && !ended_) read(sizeof buffer_);
  }

  std::unique_ptr<net::Stream> stream_;
  const bool greedy_;
  Ignored ignored_;
  std::string received_;
  bool ended_ = false;
  std::error_code error_;
  char buffer_[16 * 1024];
};

}  // namespace genai::fakes

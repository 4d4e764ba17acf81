// The raw end of a connection in memory: what a test sends byte by byte, and all that came back.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "platform/net/memory.hpp"

namespace genai::fakes {

// Reads all the time unless it is told not to. Closes when it is destroyed.
class Wire {
 public:
  explicit Wire(std::unique_ptr<net::Stream> stream, bool greedy = true) : stream_(std::move(stream)), reader_(std::make_shared<Reader>()) {
    reader_->stream = stream_.get();
    reader_->greedy = greedy;
    if (greedy) reader_->read(sizeof reader_->buffer);
  }
  Wire(const Wire&) = delete;
  ~Wire() { reader_->greedy = false; }

  void send(std::string_view bytes) {
    static Ignored ignored;
    net::IoResult now;
    const std::string_view part[] = {bytes};
    stream_->start_write(part, now, ignored);
  }
  // Reads once, at most so many bytes.
  void read(std::size_t most) { reader_->read(most); }
  void finish_writing() { stream_->finish_writing(); }
  void close() { stream_->close(); }
  void reset() { net::reset(*stream_); }

  const std::string& received() const { return reader_->received; }
  std::string take() { return std::exchange(reader_->received, {}); }
  bool ended() const { return reader_->ended; }
  std::error_code error() const { return reader_->error; }

 private:
  struct Ignored final : net::Completion {
    void complete(net::IoResult) override {}
  };
  // Lives as long as a read is under way, which may be longer than the wire.
  struct Reader final : net::Completion, std::enable_shared_from_this<Reader> {
    void read(std::size_t most) {
      self = shared_from_this();
      stream->start_read(std::span(buffer).first(most), *this);
    }
    void complete(net::IoResult result) override {
      const auto kept = std::move(self);
      received.append(buffer, result.bytes);
      ended = result.bytes == 0;
      error = result.error;
      if (greedy && !ended) read(sizeof buffer);
    }
    net::Stream* stream = nullptr;
    bool greedy = true;
    std::shared_ptr<Reader> self;
    std::string received;
    bool ended = false;
    std::error_code error;
    char buffer[16 * 1024];
  };

  std::unique_ptr<net::Stream> stream_;
  std::shared_ptr<Reader> reader_;
};

}  // namespace genai::fakes

// A stream with a read under way: bytes gather in a buffer, and the end of the stream is noticed while nobody waits for it.
//
// Servers use it to see that a client left, clients to see that a pooled connection died; for both the bytes that arrive are the next
// message's first. Confined to its loop. Shared, because a read under way keeps its buffer alive until it has ended.
#pragma once

#include <coroutine>
#include <functional>
#include <memory>
#include <string_view>
#include <system_error>
#include <vector>

#include "platform/net/stream.hpp"

namespace genai::net {

class ReadAhead final : public std::enable_shared_from_this<ReadAhead>, Completion {
 public:
  // `room`: the buffer's size at first; it grows on demand up to `most`.
  ReadAhead(std::unique_ptr<Stream> stream, std::size_t room, std::size_t most);

  Stream& stream() { return *stream_; }
  std::string_view bytes() const { return {buffer_.data() + begin_, end_ - begin_}; }
  // The first bytes are done with. Views of bytes() stay valid until the next arm() or wait().
  void consume(std::size_t count) { begin_ += count; }
  // So many more bytes are due: until they are there, reads take more at once, up to `most_expected`. 0: the buffer is as small as at first
  // again, once it is empty.
  void expect(std::size_t more);
  static constexpr std::size_t most_expected = 128 * 1024;
  // Puts a read under way unless one is, or the buffer is full. With `keep`, nothing that bytes() ever showed moves or is overwritten.
  void arm(bool keep = false);
  bool ended() const { return ended_; }                  // no more bytes will come
  std::error_code error() const { return error_; }       // why, when not by the peer's clean end
  bool full() const { return end_ - begin_ >= most_; }
  // arm(true) will be able to read.
  bool has_room() const { return reading_ || end_ < buffer_.size(); }

  // Called once, when the stream ends while set. While it is set, reads follow each other (with `keep`) as long as there is room: the end stands
  // behind the bytes that came before it.
  void on_end(std::function<void()> ended) { on_end_ = std::move(ended); }

  // co_await read_ahead.wait(): until more bytes are there, the stream has ended, the buffer is full, or interrupt().
  struct Wait {
    ReadAhead& of;
    bool await_ready() {
      of.arm();
      return of.ended_ || !of.reading_ || std::exchange(of.interrupted_, false);
    }
    void await_suspend(std::coroutine_handle<> waiter) noexcept { of.waiter_ = waiter; }
    void await_resume() const noexcept { of.interrupted_ = false; }
  };
  Wait wait() { return Wait{*this}; }
  // Ends a wait. From the same loop.
  void interrupt();
  // Closes the stream; a wait ends.
  void close();

 private:
  void complete(IoResult result) override;
  std::unique_ptr<Stream> stream_;
  std::vector<char> buffer_;
  const std::size_t room_;
  const std::size_t most_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  bool reading_ = false;
  bool ended_ = false;
  bool interrupted_ = false;
  std::error_code error_;
  std::coroutine_handle<> waiter_;
  std::function<void()> on_end_;
  std::shared_ptr<ReadAhead> self_;  // while a read is under way
};

}  // namespace genai::net

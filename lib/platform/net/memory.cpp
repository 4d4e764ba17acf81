#include "platform/net/memory.hpp"

#include <array>
#include <cstring>
#include <optional>

namespace genai::net {
namespace {

// One direction: bytes on the way, and at most one reader and one writer that wait. Completions go through the loop, as with sockets.
struct Pipe {
  Pipe(Loop& on, std::size_t most) : loop(on), capacity(most) {}

  Loop& loop;
  const std::size_t capacity;
  std::string bytes;
  std::uint64_t taken = 0;
  bool ended = false;  // by the sender: the reader sees what is left, then the end
  bool broken = false; // by the receiver: sending fails
  bool reset = false;  // by the sender: what was on the way is lost

  std::span<char> read_into;
  Completion* reader = nullptr;
  std::string unsent;
  std::size_t sending = 0;
  Completion* writer = nullptr;

  void finish(Completion*& who, IoResult result) {
    if (auto* completion = std::exchange(who, nullptr)) loop.post([completion, result] { completion->complete(result); });
  }
  void pump() {
    if (!unsent.empty() && bytes.size() < capacity) {
      const auto room = std::min(capacity - bytes.size(), unsent.size());
      bytes.append(unsent, 0, room);
      unsent.erase(0, room);
      if (unsent.empty()) finish(writer, {sending, {}});
    }
    if (reader == nullptr) return;
    if (reset) return finish(reader, {0, std::make_error_code(std::errc::connection_reset)});
    if (!bytes.empty()) {
      const auto count = std::min(read_into.size(), bytes.size());
      std::memcpy(read_into.data(), bytes.data(), count);
      bytes.erase(0, count);
      taken += count;
      finish(reader, {count, {}});
      pump();
    } else if (ended) {
      finish(reader, {0, {}});
    }
  }
};

class MemoryStream final : public Stream {
 public:
  MemoryStream(Loop& loop, std::shared_ptr<Pipe> in, std::shared_ptr<Pipe> out)
      : loop_(loop), in_(std::move(in)), out_(std::move(out)) {}
  ~MemoryStream() override { close(); }

  Loop& loop() override { return loop_; }
  void start_read(std::span<char> into, Completion& done) override {
    in_->reader = &done;
    in_->read_into = into;
    if (closed_) in_->finish(in_->reader, {0, std::make_error_code(std::errc::operation_canceled)});
    else in_->pump();
  }
  bool start_write(std::span<const std::string_view> parts, IoResult& now, Completion& done) override {
    if (closed_ || out_->broken) {
      now = {0, std::make_error_code(std::errc::broken_pipe)};
      return true;
    }
    out_->sending = 0;
    for (const auto part : parts) {
      out_->unsent += part;
      out_->sending += part.size();
    }
    now = {out_->sending, {}};
    out_->pump();
    if (out_->unsent.empty()) return true;
    out_->writer = &done;
    return false;
  }
  void close() override {
    if (std::exchange(closed_, true)) return;
    const auto cancelled = std::make_error_code(std::errc::operation_canceled);
    in_->finish(in_->reader, {0, cancelled});
    out_->unsent.clear();
    out_->finish(out_->writer, {0, cancelled});
    finish_writing();
    in_->broken = true;
    in_->unsent.clear();
    in_->finish(in_->writer, {0, std::make_error_code(std::errc::broken_pipe)});
  }
  void reset() {
    out_->reset = true;
    close();
  }
  void finish_writing() override {
    out_->ended = true;
    out_->pump();
  }
  std::uint64_t acknowledged() const override { return out_->taken; }
  bool peer_ended() const override { return in_->ended; }
  std::string peer() const override { return "memory"; }

 private:
  Loop& loop_;
  std::shared_ptr<Pipe> in_;
  std::shared_ptr<Pipe> out_;
  bool closed_ = false;
};

}  // namespace

void reset(Stream& end) { static_cast<MemoryStream&>(end).reset(); }

std::pair<std::unique_ptr<Stream>, std::unique_ptr<Stream>> make_stream_pair(Loop& loop, std::size_t capacity) {
  auto there = std::make_shared<Pipe>(loop, capacity);
  auto back = std::make_shared<Pipe>(loop, capacity);
  return {std::make_unique<MemoryStream>(loop, back, there), std::make_unique<MemoryStream>(loop, there, back)};
}

}  // namespace genai::net

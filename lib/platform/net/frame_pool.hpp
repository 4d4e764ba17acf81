// Memory for coroutine frames, recycled within a thread.
//
// A request awaits some dozen short tasks, an event of a stream half a dozen, always the same ones: their frames come back in the size they
// left. Bounded: at most `kept` frames of each of the size classes stay with a thread; larger frames go to the heap.
#pragma once

#include <array>
#include <cstddef>
#include <new>

namespace genai::net {

class FramePool {
 public:
  FramePool() = default;
  FramePool(const FramePool&) = delete;
  FramePool& operator=(const FramePool&) = delete;
  ~FramePool() {
    for (auto& shelf : shelves_) {
      while (shelf.count > 0) ::operator delete(shelf.frames[--shelf.count]);
    }
  }

  void* take(std::size_t size) {
    const auto index = index_of(size);
    if (index < classes && shelves_[index].count > 0) return shelves_[index].frames[--shelves_[index].count];
    return ::operator new(index < classes ? (index + 1) * step : size);
  }
  void give(void* frame, std::size_t size) noexcept {
    const auto index = index_of(size);
    if (index < classes && shelves_[index].count < kept) shelves_[index].frames[shelves_[index].count++] = frame;
    else ::operator delete(frame);
  }

  static FramePool& of_this_thread() {
    static thread_local FramePool pool;
    return pool;
  }

 private:
  static constexpr std::size_t step = 64;
  static constexpr std::size_t classes = 32;  // up to 2 KiB
  static constexpr std::size_t kept = 16;
  static std::size_t index_of(std::size_t size) { return (size - 1) / step; }
  struct Shelf {
    std::array<void*, kept> frames;
    std::size_t count = 0;
  };
  std::array<Shelf, classes> shelves_;
};

}  // namespace genai::net

#include "platform/net/frame_pool.hpp"

#include <array>
#include <new>

namespace genai::net {
namespace {

constexpr std::size_t step = 64;
constexpr std::size_t classes = 32;  // up to 2 KiB
constexpr std::size_t kept = 16;

struct Shelf {
  std::array<void*, kept> frames;
  std::size_t count = 0;
};

struct Shelves {
  std::array<Shelf, classes> of;
  ~Shelves() {
    for (auto& shelf : of) {
      while (shelf.count > 0) ::operator delete(shelf.frames[--shelf.count]);
    }
  }
};
thread_local Shelves shelves;

std::size_t class_of(std::size_t size) { return (size - 1) / step; }

}  // namespace

void* take_frame(std::size_t size) {
  const auto index = class_of(size);
  if (index >= classes) return ::operator new(size);
  auto& shelf = shelves.of[index];
  return shelf.count > 0 ? shelf.frames[--shelf.count] : ::operator new((index + 1) * step);
}

void give_frame(void* frame, std::size_t size) noexcept {
  const auto index = class_of(size);
  if (index < classes && shelves.of[index].count < kept) {
    auto& shelf = shelves.of[index];
    shelf.frames[shelf.count++] = frame;
  } else {
    ::operator delete(frame);
  }
}

}  // namespace genai::net

// Memory for coroutine frames, recycled within a thread.
//
// A request awaits some dozen short tasks, an event of a stream half a dozen, always the same ones: their frames come back in the size they
// left. Bounded: at most `kept` frames of each of the size classes stay with a thread; larger frames go to the heap.
#pragma once

#include <cstddef>

namespace genai::net {

// Of the calling thread. `size` is the frame's, the same for both calls.
void* take_frame(std::size_t size);
void give_frame(void* frame, std::size_t size) noexcept;

}  // namespace genai::net

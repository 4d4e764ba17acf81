// The World of a real process.
#pragma once

#include <array>
#include <ostream>
#include <streambuf>

#include "base/clock.hpp"
#include "genai/world.hpp"

namespace genai {

// Writes to a descriptor and remembers the first error. Bytes after an error are dropped.
class DescriptorBuffer final : public std::streambuf {
 public:
  explicit DescriptorBuffer(int descriptor);
  int error() const { return error_; }  // errno, or 0

 protected:
  int overflow(int byte) override;
  int sync() override;

 private:
  int descriptor_;
  int error_ = 0;
  std::array<char, 16 * 1024> buffer_;
};

// One per process, made first in main. SIGPIPE is ignored from then on: a write to a closed pipe fails instead. Standard descriptors that were
// closed are occupied, so that no file takes their numbers and swallows our output.
class Process {
 public:
  Process();
  World& world() { return world_; }
  // Flushes and says what the process ends with: `code`, unless the output could not be written. A reader that left early is no failure.
  int finish(int code);

 private:
  SystemClock clock_;
  DescriptorBuffer out_buffer_;
  DescriptorBuffer err_buffer_;
  std::ostream out_;
  std::ostream err_;
  World world_;
};

}  // namespace genai

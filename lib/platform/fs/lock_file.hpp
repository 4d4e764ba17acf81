// One owner for a directory.
#pragma once

#include <filesystem>

#include "base/error.hpp"
#include "platform/fs/file.hpp"

namespace genai::fs {

// An exclusive lock on DIR/lock, held until destruction or the end of the process, however it ends. The file holds the owner's process
// id as text and stays when the lock is released: removing it would let two processes lock two files of one name.
class DirectoryLock {
 public:
  // Fails at once with lock_held, naming the holder's process id, when another owner (even in this process) has it.
  static Result<DirectoryLock> take(const std::filesystem::path& dir);

 private:
  explicit DirectoryLock(File file) : file_(std::move(file)) {}
  File file_;
};

}  // namespace genai::fs

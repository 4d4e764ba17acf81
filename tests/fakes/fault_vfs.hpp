// SQLite's own view of a bad disk: a VFS in front of the real one that fails or holds chosen calls.
#pragma once

#include <sqlite3.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <new>

namespace genai::fakes {

// While it lives it is the default VFS of the process. One at a time; open databases only while it lives.
class FaultVfs {
 public:
  FaultVfs() : real_(sqlite3_vfs_find(nullptr)), vfs_(*real_) {
    vfs_.zName = "faults";
    vfs_.szOsFile = static_cast<int>(sizeof(File)) + real_->szOsFile;
    vfs_.xOpen = open;
    active = this;
    sqlite3_vfs_register(&vfs_, 1);
  }
  FaultVfs(const FaultVfs&) = delete;
  ~FaultVfs() {
    sqlite3_vfs_unregister(&vfs_);
    sqlite3_vfs_register(real_, 1);
    active = nullptr;
  }

  // SQLite result codes that every such call returns from now on; 0: none.
  std::atomic<int> write_error{0};
  std::atomic<int> sync_error{0};
  std::atomic<int> open_error{0};
  // Counts down over writes, syncs and truncations; the call that reaches zero fails, once.
  std::atomic<long> fail_in{0};
  std::atomic<long> failed{0};

  // Syncs stop until release(); wait_for_sync() returns when one has.
  void hold_syncs() {
    const std::lock_guard lock(mutex_);
    hold_ = true;
  }
  void wait_for_sync() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return held_ > 0; });
  }
  void release() {
    const std::lock_guard lock(mutex_);
    hold_ = false;
    changed_.notify_all();
  }

 private:
  struct File {
    sqlite3_file base;
    sqlite3_file* real;
  };
  static inline FaultVfs* active = nullptr;

  static sqlite3_file* real(sqlite3_file* file) { return reinterpret_cast<File*>(file)->real; }
  static int fault(const std::atomic<int>& always, int code) {
    if (const int error = always.load(); error != 0) {
      ++active->failed;
      return error;
    }
    if (active->fail_in.load() > 0 && --active->fail_in == 0) {
      ++active->failed;
      return code;
    }
    return SQLITE_OK;
  }

  static int open(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out) {
    auto* self = reinterpret_cast<File*>(file);
    self->base.pMethods = nullptr;
    if (const int error = active->open_error.load(); error != 0) return error;
    self->real = reinterpret_cast<sqlite3_file*>(self + 1);
    const int code = active->real_->xOpen(active->real_, name, self->real, flags, out);
    if (self->real->pMethods != nullptr) self->base.pMethods = &methods;
    return code;
  }
  static int close(sqlite3_file* f) { return real(f)->pMethods->xClose(real(f)); }
  static int read(sqlite3_file* f, void* to, int n, sqlite3_int64 at) { return real(f)->pMethods->xRead(real(f), to, n, at); }
  static int write(sqlite3_file* f, const void* from, int n, sqlite3_int64 at) {
    if (const int code = fault(active->write_error, SQLITE_IOERR_WRITE); code != SQLITE_OK) return code;
    return real(f)->pMethods->xWrite(real(f), from, n, at);
  }
  static int truncate(sqlite3_file* f, sqlite3_int64 size) {
    if (const int code = fault(active->write_error, SQLITE_IOERR_TRUNCATE); code != SQLITE_OK) return code;
    return real(f)->pMethods->xTruncate(real(f), size);
  }
  static int sync(sqlite3_file* f, int flags) {
    {
      std::unique_lock lock(active->mutex_);
      ++active->held_;
      active->changed_.notify_all();
      active->changed_.wait(lock, [] { return !active->hold_; });
      --active->held_;
    }
    if (const int code = fault(active->sync_error, SQLITE_IOERR_FSYNC); code != SQLITE_OK) return code;
    return real(f)->pMethods->xSync(real(f), flags);
  }
  static int file_size(sqlite3_file* f, sqlite3_int64* size) { return real(f)->pMethods->xFileSize(real(f), size); }
  static int lock(sqlite3_file* f, int how) { return real(f)->pMethods->xLock(real(f), how); }
  static int unlock(sqlite3_file* f, int how) { return real(f)->pMethods->xUnlock(real(f), how); }
  static int check_lock(sqlite3_file* f, int* out) { return real(f)->pMethods->xCheckReservedLock(real(f), out); }
  static int control(sqlite3_file* f, int op, void* arg) { return real(f)->pMethods->xFileControl(real(f), op, arg); }
  static int sector_size(sqlite3_file* f) { return real(f)->pMethods->xSectorSize(real(f)); }
  static int characteristics(sqlite3_file* f) { return real(f)->pMethods->xDeviceCharacteristics(real(f)); }
  static int shm_map(sqlite3_file* f, int page, int size, int extend, void volatile** at) {
    return real(f)->pMethods->xShmMap(real(f), page, size, extend, at);
  }
  static int shm_lock(sqlite3_file* f, int at, int n, int flags) { return real(f)->pMethods->xShmLock(real(f), at, n, flags); }
  static void shm_barrier(sqlite3_file* f) { real(f)->pMethods->xShmBarrier(real(f)); }
  static int shm_unmap(sqlite3_file* f, int remove) { return real(f)->pMethods->xShmUnmap(real(f), remove); }

  static constexpr sqlite3_io_methods methods{2,          close,     read,    write,       truncate,        sync,     file_size,
                                              lock,       unlock,    check_lock, control,  sector_size,     characteristics, shm_map,
                                              shm_lock,   shm_barrier, shm_unmap, nullptr, nullptr};

  sqlite3_vfs* real_;
  sqlite3_vfs vfs_;
  std::mutex mutex_;  // guards hold_, held_
  std::condition_variable changed_;
  bool hold_ = false;
  int held_ = 0;
};

}  // namespace genai::fakes

// Keys that change while the gateway runs: read again from their file when it changes, asked of their command now and then.
//
// Looking is done by one thread beside the loops; what it finds is published, and a request only compares a number. When no key can be had the last good
// one stays in use.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.hpp"
#include "base/secret.hpp"
#include "features/providers/config.hpp"

namespace genai::providers {

// One provider's key as it is now. Any thread.
class LiveKey {
 public:
  explicit LiveKey(Secret first) : key_(std::move(first)) {}

  // Another number: another key.
  std::uint64_t version() const noexcept { return version_.load(std::memory_order_acquire); }
  Secret current() const;
  // The provider did not believe it: whoever keeps it looks again soon.
  void refused() noexcept;

 private:
  friend class KeyKeeper;
  // False: it is the key that is known.
  bool publish(Secret next);
  std::atomic<std::uint64_t> version_{1};
  std::atomic<bool> refused_{false};
  mutable std::mutex mutex_;  // guards what follows
  Secret key_;
  std::function<void()> wake_;  // of the keeper
};

// Keeps the keys of those providers whose key can change, and gives them their LiveKey.
class KeyKeeper {
 public:
  static constexpr std::chrono::seconds look{1};        // between two looks at a file
  static constexpr std::chrono::seconds patience{10};   // between two looks because a key was refused
  static constexpr std::chrono::seconds retry{30};      // after a command that failed, at the latest

  // `report` is told one sentence for each change and each new reason of a failure, on the keeper's thread. No secret is in them.
  KeyKeeper(std::vector<ProviderConfig>& providers, const Clock& clock, std::function<void(std::string)> report);
  ~KeyKeeper();

  bool empty() const { return kept_.empty(); }
  // Looks from now on, on a thread of its own, until destroyed. Without keys that change there is none.
  void start();
  // What the thread does at each turn: looks at what is due. The moment of the next turn.
  MonoTime turn();
  // Looks that came to nothing. Any thread.
  std::uint64_t failures() const { return failures_.load(std::memory_order_relaxed); }

 private:
  // A file as it was when it was read.
  struct Stamp {
    std::uint64_t inode = 0;
    std::int64_t size = 0;
    std::int64_t changed_ns = 0;
    friend bool operator==(const Stamp&, const Stamp&) = default;
  };
  struct Kept {
    std::string provider;
    std::shared_ptr<LiveKey> key;
    config::SecretSource source;
    Nanoseconds refresh;
    Stamp stamp;
    MonoTime due;       // the next look
    MonoTime asked;     // the last look because the key was refused
    std::string wrong;  // as it was reported; empty: nothing is
  };
  static Stamp stamp_of(const config::SecretSource& source);
  void look_at(Kept& kept, bool again);
  void read(Kept& kept, Stamp stamp);
  void run();

  const Clock& clock_;
  const std::function<void(std::string)> report_;
  std::vector<Kept> kept_;
  std::atomic<std::uint64_t> failures_{0};
  std::mutex mutex_;  // guards stopping_, woken_
  std::condition_variable changed_;
  bool stopping_ = false;
  bool woken_ = false;
  std::thread thread_;
};

}  // namespace genai::providers

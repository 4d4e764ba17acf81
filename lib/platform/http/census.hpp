// How many connections there are, in total and from each address, over all loops.
#pragma once

#include <atomic>
#include <map>
#include <mutex>
#include <string>

namespace genai::http {

// Any thread.
class Census {
 public:
  Census(std::size_t most, std::size_t most_per_address) : most_(most), most_per_address_(most_per_address) {}

  std::size_t total() const { return total_.load(std::memory_order_relaxed); }
  bool full() const { return total_.load(std::memory_order_relaxed) >= most_; }

  // Counts one more from `address`, as address_of() gives it. False, and not counted: it has its share. This machine's own have no limit.
  bool enter(const std::string& address) {
    const std::lock_guard lock(mutex_);
    auto& count = by_address_[address];
    if (count >= most_per_address_ && !is_local(address)) return false;
    ++count;
    ++total_;
    return true;
  }
  void leave(const std::string& address) {
    const std::lock_guard lock(mutex_);
    const auto found = by_address_.find(address);
    if (--found->second == 0) by_address_.erase(found);
    --total_;
  }

  // Of a peer as streams name it: "10.0.0.1:80", "[::1]:80", "unix:/path".
  static std::string address_of(const std::string& peer) { return peer.substr(0, peer.rfind(':')); }

 private:
  static bool is_local(const std::string& address) {
    return address.starts_with("127.") || address == "[::1]" || address == "unix" || address == "unknown";
  }
  const std::size_t most_;
  const std::size_t most_per_address_;
  std::atomic<std::size_t> total_{0};
  std::mutex mutex_;  // guards by_address_
  std::map<std::string, std::size_t> by_address_;
};

}  // namespace genai::http

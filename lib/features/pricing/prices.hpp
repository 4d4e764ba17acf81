// The prices in force: one catalogue that all loops share, replaced as a whole while requests run.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>

#include "domain/catalog/catalog.hpp"

namespace genai::pricing {

// Any thread.
class Prices {
 public:
  explicit Prices(catalog::Catalog catalog) { replace(std::move(catalog)); }

  std::shared_ptr<const catalog::Catalog> current() const {
    const std::lock_guard lock(mutex_);
    return current_;
  }
  // Requests that have begun keep the catalogue that they began with.
  void replace(catalog::Catalog catalog) {
    auto next = std::make_shared<const catalog::Catalog>(std::move(catalog));
    const std::lock_guard lock(mutex_);
    current_ = std::move(next);
    generation_.fetch_add(1, std::memory_order_release);
  }
  // Grows with each replacement: what was made from an older catalogue is out of date.
  std::uint64_t generation() const { return generation_.load(std::memory_order_acquire); }

 private:
  mutable std::mutex mutex_;  // guards current_
  std::shared_ptr<const catalog::Catalog> current_;
  std::atomic<std::uint64_t> generation_{0};
};

}  // namespace genai::pricing

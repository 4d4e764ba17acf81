#include "features/providers/keys.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <utility>

namespace genai::providers {

Secret LiveKey::current() const {
  const std::lock_guard lock(mutex_);
  return key_;
}

void LiveKey::refused() noexcept {
  if (refused_.exchange(true, std::memory_order_relaxed)) return;
  const std::lock_guard lock(mutex_);
  if (wake_) wake_();
}

bool LiveKey::publish(Secret next) {
  const std::lock_guard lock(mutex_);
  if (key_.reveal() == next.reveal()) return false;
  key_ = std::move(next);
  version_.fetch_add(1, std::memory_order_release);
  return true;
}

KeyKeeper::KeyKeeper(std::vector<ProviderConfig>& providers, const Clock& clock, std::function<void(std::string)> report) : clock_(clock), report_(std::move(report)) {
  const auto now = clock_.now();
  for (auto& provider : providers) {
    if (!provider.key_source.can_change()) continue;
    provider.live_key = std::make_shared<LiveKey>(provider.api_key);
    const bool is_file = provider.key_source.kind == config::SecretSource::Kind::file;
    kept_.push_back({.provider = provider.name,
                     .key = provider.live_key,
                     .source = provider.key_source,
                     .refresh = provider.key_refresh,
                     .stamp = {},  // so that what changed since the configuration was read is seen
                     .due = is_file ? now : now + provider.key_refresh,
                     .asked = now - patience,
                     .wrong = {}});
    provider.live_key->wake_ = [this] {
      const std::lock_guard lock(mutex_);
      woken_ = true;
      changed_.notify_one();
    };
  }
}

KeyKeeper::~KeyKeeper() {
  for (const auto& kept : kept_) {
    const std::lock_guard lock(kept.key->mutex_);
    kept.key->wake_ = nullptr;
  }
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    changed_.notify_one();
  }
  thread_.join();
}

void KeyKeeper::start() {
  if (!kept_.empty()) thread_ = std::thread(&KeyKeeper::run, this);
}

MonoTime KeyKeeper::turn() {
  auto next = MonoTime::max();
  for (auto& kept : kept_) {
    const auto now = clock_.now();
    const bool is_asked = kept.key->refused_.load(std::memory_order_relaxed) && now >= kept.asked + patience;
    if (is_asked) {
      kept.key->refused_.store(false, std::memory_order_relaxed);
      kept.asked = now;
    }
    if (is_asked || now >= kept.due) look_at(kept, is_asked);
    next = std::min(next, kept.due);
    if (kept.key->refused_.load(std::memory_order_relaxed)) next = std::min(next, kept.asked + patience);
  }
  return next;
}

// `again`: also when nothing seems to have changed.
void KeyKeeper::look_at(Kept& kept, bool again) {
  if (kept.source.kind == config::SecretSource::Kind::command) {
    read(kept, {});
    kept.due = clock_.now() + (kept.wrong.empty() ? kept.refresh : std::min<Nanoseconds>(kept.refresh, retry));
    return;
  }
  kept.due = clock_.now() + look;
  const auto stamp = stamp_of(kept.source);
  if (again || stamp != kept.stamp || !kept.wrong.empty()) read(kept, stamp);
}

void KeyKeeper::read(Kept& kept, Stamp stamp) {
  auto secret = kept.source.read();
  if (!secret) {
    failures_.fetch_add(1, std::memory_order_relaxed);
    if (std::exchange(kept.wrong, secret.error().what) != secret.error().what)
      report_("the key of provider '" + kept.provider + "' stays as it was: " + secret.error().what);
    return;
  }
  kept.stamp = stamp;
  kept.wrong.clear();
  if (kept.key->publish(*std::move(secret))) report_("the key of provider '" + kept.provider + "' has been replaced");
}

KeyKeeper::Stamp KeyKeeper::stamp_of(const config::SecretSource& source) {
  struct stat info {};
  if (::stat(source.file_path().c_str(), &info) != 0) return {};
  return {info.st_ino, info.st_size, info.st_mtim.tv_sec * 1'000'000'000 + info.st_mtim.tv_nsec};
}

void KeyKeeper::run() {
  for (;;) {
    const auto next = turn();
    std::unique_lock lock(mutex_);
    const auto is_due = [this] { return stopping_ || woken_; };
    const auto wait = std::clamp<Nanoseconds>(next - clock_.now(), Nanoseconds(0), std::chrono::hours(1));
    changed_.wait_for(lock, wait, is_due);
    if (stopping_) return;
    woken_ = false;
  }
}

}  // namespace genai::providers

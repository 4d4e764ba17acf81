#include "features/telemetry/request_log.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <climits>
#include <csignal>
#include <optional>
#include <utility>

#include "platform/fs/file.hpp"
#include "platform/json/writer.hpp"

namespace genai::telemetry {
namespace {

using Steady = std::chrono::steady_clock;

constexpr std::chrono::milliseconds gather_time{20};  // lines that come together are written together
constexpr std::chrono::milliseconds poll_time{100};   // at a reader who stalls, before looking whether to stop
constexpr std::chrono::seconds last_words{1};
constexpr std::chrono::seconds look_every{1};         // whether the file is still the one of that name
constexpr int standard_error = 2;

std::uint64_t lines_of(std::string_view text) { return static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n')); }

}  // namespace

// Where lines go. Used by one thread.
class RequestLog::Sink {
 public:
  static Result<std::unique_ptr<Sink>> open(std::filesystem::path path) {
    auto sink = std::unique_ptr<Sink>(new Sink(std::move(path)));
    if (sink->path_.empty()) {
      sink->use_standard_error();
      return sink;
    }
    auto file = open_file(sink->path_);
    if (!file) return file.error();
    sink->use(*std::move(file));
    return sink;
  }

  // As often as once a second, and if it must: goes to the file that has the name now. What cannot be opened leaves the old one in use.
  void follow(bool must) {
    if (path_.empty()) return;
    const auto now = Steady::now();
    if (!must && now - looked_ < look_every) return;
    looked_ = now;
    struct stat named {};
    const bool same = ::stat(path_.c_str(), &named) == 0 && named.st_dev == device_ && named.st_ino == inode_;
    if (same && !must) return;
    if (auto file = open_file(path_)) use(*std::move(file));
  }

  // False: `text` could not be written, or not before `give_up` said so.
  template <class GiveUp>
  bool write(std::string_view text, GiveUp give_up) {
    while (!text.empty()) {
      const auto piece = regular_ ? text : text.substr(0, PIPE_BUF);
      const ssize_t sent = socket_ ? ::send(file_.fd(), piece.data(), piece.size(), MSG_DONTWAIT | MSG_NOSIGNAL) : ::write(file_.fd(), piece.data(), piece.size());
      if (sent >= 0) {
        text.remove_prefix(static_cast<std::size_t>(sent));
        continue;
      }
      if (errno == EINTR) continue;
      if (errno != EAGAIN && errno != EWOULDBLOCK) return false;
      if (give_up()) return false;
      pollfd waiting{file_.fd(), POLLOUT, 0};
      ::poll(&waiting, 1, static_cast<int>(poll_time.count()));
    }
    return true;
  }

 private:
  explicit Sink(std::filesystem::path path) : path_(std::move(path)) {}

  static Result<fs::File> open_file(const std::filesystem::path& path) { return fs::File::open(path, O_WRONLY | O_CREAT | O_APPEND | O_NONBLOCK); }

  // A pipe or terminal is opened once more, so that it can be written to without waiting while others who write there still wait. A file or socket is
  // used as it is: two positions in one file would overwrite each other.
  void use_standard_error() {
    struct stat there {};
    if (::fstat(standard_error, &there) != 0) return;
    const bool shared = S_ISREG(there.st_mode) || S_ISSOCK(there.st_mode);
    auto file = fs::File::open(shared ? "/dev/null" : "/proc/self/fd/2", O_WRONLY | O_NONBLOCK);
    if (!file) return;
    if (shared) ::dup3(standard_error, file->fd(), O_CLOEXEC);
    use(*std::move(file));
  }

  void use(fs::File file) {
    file_ = std::move(file);
    struct stat opened {};
    if (::fstat(file_.fd(), &opened) != 0) return;
    device_ = opened.st_dev;
    inode_ = opened.st_ino;
    regular_ = S_ISREG(opened.st_mode);
    socket_ = S_ISSOCK(opened.st_mode);
    looked_ = Steady::now();
  }

  const std::filesystem::path path_;  // empty: standard error
  fs::File file_;
  dev_t device_ = 0;
  ino_t inode_ = 0;
  bool regular_ = false;
  bool socket_ = false;
  Steady::time_point looked_{};
};

RequestLog::RequestLog(RequestLogConfig config, std::unique_ptr<Sink> sink) : config_(std::move(config)), sink_(std::move(sink)) {
  // Signals are for the other threads.
  sigset_t all, before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread([this] { run(); });
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

Result<std::unique_ptr<RequestLog>> RequestLog::open(RequestLogConfig config) {
  auto sink = Sink::open(config.file);
  if (!sink) return sink.error();
  return std::unique_ptr<RequestLog>(new RequestLog(std::move(config), *std::move(sink)));
}

RequestLog::~RequestLog() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void RequestLog::add(std::string_view line) {
  bool first = false;
  {
    const std::lock_guard lock(mutex_);
    if (waiting_.size() + line.size() + 1 > config_.max_waiting_bytes) {
      dropped_.fetch_add(1, std::memory_order_relaxed);
      return;
    }
    first = waiting_.empty();
    waiting_.append(line).push_back('\n');
    added_ += line.size() + 1;
  }
  if (first) changed_.notify_all();
}

void RequestLog::reopen() {
  const std::lock_guard lock(mutex_);
  reopen_ = true;
}

void RequestLog::flush() {
  std::unique_lock lock(mutex_);
  const auto all = added_;
  changed_.wait(lock, [&] { return done_ >= all; });
}

void RequestLog::run() {
  std::optional<Steady::time_point> last;  // until when, once it is to stop
  const auto give_up = [&] {
    if (!stopping_) return false;
    if (!last) last = Steady::now() + last_words;
    return Steady::now() >= *last;
  };
  std::string writing;
  for (;;) {
    bool reopened = false;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return !waiting_.empty() || stopping_; });
      if (waiting_.empty()) return;
      if (!stopping_) changed_.wait_for(lock, gather_time, [this] { return stopping_.load(); });
      writing.swap(waiting_);
      reopened = std::exchange(reopen_, false);
    }
    sink_->follow(reopened);
    if (!sink_->write(writing, give_up)) dropped_.fetch_add(lines_of(writing), std::memory_order_relaxed);
    {
      const std::lock_guard lock(mutex_);
      done_ += writing.size();
    }
    changed_.notify_all();
    writing.clear();
  }
}

namespace {

void text_member(std::string& to, std::string_view name, std::string_view value) {
  if (value.empty()) return;
  to.append(to.empty() ? "\"" : ",\"").append(name).append("\":");
  json::append_string(to, value.substr(0, 256));
}
void number_member(std::string& to, std::string_view name, std::int64_t value) {
  to.append(to.empty() ? "\"" : ",\"").append(name).append("\":");
  json::append_integer(to, value);
}

// Nano-USD as a decimal number, all nine places and no more than needed: 0.0000125.
std::string decimal_usd(NanoUsd cost) {
  constexpr std::int64_t nano = 1'000'000'000;
  std::string text = std::to_string(cost.value() / nano);
  std::string places = std::to_string(nano + cost.value() % nano).substr(1);
  places.erase(places.find_last_not_of('0') + 1);
  if (!places.empty()) text += "." + places;
  return text;
}

// Milliseconds with three places.
void duration_member(std::string& to, std::string_view name, Nanoseconds value) {
  const auto us = std::max<std::int64_t>(0, std::chrono::duration_cast<std::chrono::microseconds>(value).count());
  number_member(to, name, us / 1000);
  const auto places = std::to_string(1000 + us % 1000);
  to.append(".").append(places, 1);
}

}  // namespace

std::string log_members(const record::Record& record) {
  std::string to;
  to.reserve(384);
  text_member(to, "model", record.model);
  text_member(to, "provider", record.provider);
  text_member(to, "upstream_model", record.upstream_model);
  text_member(to, "user", record.user);
  to.append(to.empty() ? "" : ",").append("\"streamed\":").append(record.streamed ? "true" : "false");
  text_member(to, "outcome", record::name(record.outcome));
  text_member(to, "error_code", record.error_code);
  number_member(to, "prompt_tokens", record.usage.prompt.value());
  number_member(to, "completion_tokens", record.usage.completion.value());
  number_member(to, "cached_tokens", record.usage.cached.value());
  to.append(",\"cost_usd\":").append(record.cost ? decimal_usd(*record.cost) : "null");
  if (record.ttft) duration_member(to, "ttft_ms", *record.ttft);
  else to.append(",\"ttft_ms\":null");
  return to;
}

}  // namespace genai::telemetry
